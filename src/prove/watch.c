/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watching requests. Ranges are few and unsorted, and may overlap: each request is held
 * against all of them.
 */
#include "watch.h"

#include <string.h>

#include "checked.h"
#include "clock.h"
#include "limits.h"

/* One of the two things that are told of a range. */
struct told {
	bool once, waits; /* ever; and nobody has taken it yet */
	uint64_t at;      /* on clock_ms(), the last time */
};

struct watched {
	uint64_t off, len;
	struct told read, written;
};

struct watch {
	struct watched *ranges;
	size_t n;
	uint64_t start;
	struct serve_event now; /* the counters */
	bool failed[ERR_CODE_COUNT];
	struct serve_event *queue; /* a ring */
	size_t queued, taken, room;
};

static int copy_ranges(struct watch *w, const struct serve_range *ranges, struct err *e)
{
	for (size_t i = 0; i < w->n; i++) {
		uint64_t end;

		if (!checked_add(ranges[i].off, ranges[i].len, &end))
			return err_set(e, ERR_USAGE, "range %zu ends behind every disk",
				       i);
		w->ranges[i].off = ranges[i].off;
		w->ranges[i].len = ranges[i].len;
	}
	return 0;
}

int watch_new(const struct serve_range *ranges, size_t n, uint64_t start,
	      struct watch **ret, struct err *e)
{
	_cleanup_(watch_freep) struct watch *w = NULL;
	int r;

	if (n > LIMIT_WATCHED)
		return err_set(e, ERR_LIMIT, "more than %d ranges to watch",
			       LIMIT_WATCHED);
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(e, ERR_NOMEM, "out of memory");
	w->n = n;
	w->start = start;
	/* Two for a range, one for a code, and the three others. */
	w->room = 2 * n + ERR_CODE_COUNT + 3;
	w->ranges = calloc(n + 1, sizeof(*w->ranges));
	w->queue = calloc(w->room, sizeof(*w->queue));
	if (!w->ranges || !w->queue)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = copy_ranges(w, ranges, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}

struct watch *watch_free(struct watch *w)
{
	if (w) {
		free(w->ranges);
		free(w->queue);
		free(w);
	}
	return NULL;
}

static struct serve_event *add(struct watch *w, enum serve_event_kind kind, size_t id)
{
	struct serve_event *v = &w->queue[w->queued++ % w->room];

	*v = w->now;
	v->kind = kind;
	v->id = (unsigned)id;
	v->milliseconds = clock_ms() - w->start;
	return v;
}

void watch_connected(struct watch *w)
{
	add(w, SERVE_CONNECTED, 0);
}

void watch_closed(struct watch *w)
{
	add(w, SERVE_CLOSED, 0);
}

/* Both ranges end below 2^64. */
static bool overlaps(const struct watched *r, uint64_t off, uint64_t len)
{
	return len && off < r->off + r->len && r->off < off + len;
}

/* Is it time to tell this? Notes that it is told. */
static bool is_news(struct told *t)
{
	uint64_t now = clock_ms();

	if (t->waits || (t->once && now - t->at < SERVE_AGAIN_MS))
		return false;
	*t = (struct told){.once = true, .waits = true, .at = now};
	return true;
}

void watch_read(struct watch *w, uint64_t off, uint64_t len)
{
	w->now.reads++;
	w->now.read_bytes += len;
	for (size_t i = 0; i < w->n; i++)
		if (overlaps(&w->ranges[i], off, len) && is_news(&w->ranges[i].read))
			add(w, SERVE_READ_WATCHED, i);
}

void watch_write(struct watch *w, uint64_t off, uint64_t len)
{
	w->now.written_bytes += len;
	if (w->now.writes++ == 0)
		add(w, SERVE_FIRST_WRITE, 0);
	for (size_t i = 0; i < w->n; i++)
		if (overlaps(&w->ranges[i], off, len) && is_news(&w->ranges[i].written))
			add(w, SERVE_WROTE, i);
}

void watch_failed(struct watch *w, const struct err *why)
{
	struct serve_event *v;
	size_t n = strlen(why->text);

	if (w->failed[why->code])
		return;
	w->failed[why->code] = true;
	v = add(w, SERVE_FAILED, 0);
	v->code = why->code;
	memcpy(v->why, why->text, n < sizeof(v->why) ? n : sizeof(v->why) - 1);
}

const struct serve_event *watch_next(const struct watch *w)
{
	return w->taken < w->queued ? &w->queue[w->taken % w->room] : NULL;
}

void watch_taken(struct watch *w)
{
	const struct serve_event *v = &w->queue[w->taken++ % w->room];

	if (v->kind == SERVE_READ_WATCHED)
		w->ranges[v->id].read.waits = false;
	else if (v->kind == SERVE_WROTE)
		w->ranges[v->id].written.waits = false;
}
