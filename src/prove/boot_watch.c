/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watching one boot: everything that is readable is read, and the time is looked at. */
#include <errno.h>
#include <poll.h>

#include "boot.h"
#include "clock.h"
#include "escape.h"

enum {
	TICK = 500,         /* milliseconds between two looks at the clock */
	IDLE_PERCENT = 30,  /* a guest that asks again and again for its root takes 12 */
	IDLE_WINDOW = 2000, /* over which that is measured, milliseconds */
};

static uint64_t now_of(const struct boot *b)
{
	return clock_ms() - b->start;
}

static void keep(const struct boot *b, const char *name, struct slice bytes)
{
	if (b->options->keep)
		b->options->keep(b->options->keep_ctx, name, bytes);
}

/* Reads what there is; false at the end of the stream. */
static bool drain(int fd, struct slice *ret, uint8_t *buf, size_t size)
{
	ssize_t n = read(fd, buf, size);

	*ret = slice_of(buf, n > 0 ? (size_t)n : 0);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void count_frames(struct boot *b)
{
	if (b->frames.first && !sight_frame(&b->sight, b->frames.asked, now_of(b))) {
		b->frames.first = NULL;
		b->frames.asked = false;
	}
}

static void take_host(struct boot *b, struct slice bytes)
{
	struct dom0 *d = &b->dom0;
	const struct dom0_disk *disk = &d->disks[b->setup->root];

	dom0_feed(d, bytes, &b->console, &b->frames);
	count_frames(b);
	if (disk->connected)
		sight_pv(&b->sight, disk->reads + disk->writes, now_of(b));
	b->sight.faulted = d->faulted;
}

static void take_serial(struct boot *b, struct slice bytes)
{
	keep(b, "serial.log", bytes);
	if (b->setup->xen)
		take_host(b, bytes);
	else
		serial_feed(&b->console, bytes);
	if (b->console.hurt && !b->sight.hurt)
		b->sight.hurt = now_of(b);
	b->sight.excused = b->console.excused;
}

static void take_frames(struct boot *b, struct slice bytes)
{
	frames_feed(&b->frames, bytes);
	count_frames(b);
}

static void take_complaints(struct boot *b, struct slice bytes)
{
	if (b->setup->xl) {
		keep(b, "xl.log", bytes);
		return;
	}
	keep(b, "qemu.log", bytes);
	if (bytes.n <= b->complaints.max - b->complaints.n)
		escape_text(&b->complaints, bytes);
}

/* One of the three streams; it is closed at its end. */
static void take_stream(struct boot *b, int *fd,
			void (*take)(struct boot *b, struct slice bytes))
{
	uint8_t buf[16 * 1024];
	struct slice bytes;
	bool more = drain(*fd, &bytes, buf, sizeof(buf));

	if (bytes.n)
		take(b, bytes);
	if (!more) {
		cleanup_close(fd);
		*fd = -1;
	}
}

/* The server counts from its own start, before QEMU's. */
static uint64_t time_of(const struct boot *b, size_t disk, const struct serve_event *v)
{
	uint64_t before = b->start - b->served_at[disk];

	return v->milliseconds > before ? v->milliseconds - before : 1;
}

static void take_event(struct boot *b, size_t disk, const struct serve_event *v)
{
	if (v->kind == SERVE_READ_WATCHED)
		sight_read(&b->sight, v->id, time_of(b, disk, v));
	else if (v->kind == SERVE_WROTE)
		sight_wrote(&b->sight, v->id, time_of(b, disk, v));
	else if (v->kind == SERVE_FAILED && !b->failure.code)
		err_set(&b->failure, ERR_IO, "%s", v->why);
}

/* The end of a server is QEMU's end, or ends it. */
static void take_events(struct boot *b, size_t disk)
{
	struct serve_event v;
	struct err why = ERR_INIT;
	int r;

	while ((r = serve_next(&b->served[disk], &v, &why)) > 0)
		take_event(b, disk, &v);
	if (r < 0 && why.code != ERR_ABSENT && !b->failure.code)
		b->failure = why;
}

/* A Xen host tells it now and then. */
static bool times_of(const struct boot *b, uint64_t *had, uint64_t *waited)
{
	if (!b->setup->xl)
		return process_times(b->runner.pid, had, waited);
	*had = b->dom0.had;
	*waited = b->dom0.waited;
	return true;
}

/* A machine that waits for a processor which others have is not idle. */
static void look_at_processor(struct boot *b)
{
	uint64_t had = b->had, waited = b->waited, now = now_of(b), wanted;
	uint64_t wall = now - b->looked;
	bool first;

	if (wall < IDLE_WINDOW || (b->setup->xl && b->looks == b->dom0.looks))
		return;
	/* The first look of a Xen host begins what is measured. */
	first = b->setup->xl && b->looks == 0;
	b->looks = b->dom0.looks;
	if (times_of(b, &had, &waited) && !first && had >= b->had) {
		wanted = had + waited - b->had - b->waited;
		b->sight.idle =
			wanted * 100 < wall * IDLE_PERCENT ? b->sight.idle + wall : 0;
		b->sight.busy += had - b->had;
	}
	b->had = had;
	b->waited = waited;
	b->looked = now;
}

static void tell_steps(struct boot *b)
{
	const struct sight *s = &b->sight;

	if (b->dom0.created && !b->said_host)
		boot_tell(b, true, "Xen host %llu s", (unsigned long long)s->now / 1000);
	if (s->kernel && !b->said_kernel)
		boot_tell(b, true, "kernel %llu s", (unsigned long long)s->kernel / 1000);
	if (s->root && !b->said_root)
		boot_tell(b, true, "root %llu s", (unsigned long long)s->root / 1000);
	if (s->card && !b->said_card)
		boot_tell(b, true, "network %llu s", (unsigned long long)s->card / 1000);
	b->said_host = b->dom0.created;
	b->said_kernel = s->kernel;
	b->said_root = s->root;
	b->said_card = s->card;
	boot_tell(b, false, "waiting for %s, %llu s of %llu",
		  s->root                              ? "the network card"
		  : b->setup->xen && !b->dom0.created  ? "the Xen host"
		  : s->kernel || !sight_sees_kernel(s) ? "the root file system"
						       : "the kernel",
		  (unsigned long long)s->now / 1000,
		  (unsigned long long)b->patience.limit / 1000);
}

static void wait_and_take(struct boot *b)
{
	struct pollfd p[BOOT_SERVED_MAX + 3];
	size_t n = b->served_count;

	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = b->served[i].event_fd, .events = POLLIN};
	p[n] = (struct pollfd){.fd = b->serial, .events = POLLIN};
	p[n + 1] = (struct pollfd){.fd = b->network, .events = POLLIN};
	p[n + 2] = (struct pollfd){.fd = b->runner.errors, .events = POLLIN};
	if (poll(p, n + 3, TICK) <= 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (p[i].revents)
			take_events(b, i);
	if (p[n].revents)
		take_stream(b, &b->serial, take_serial);
	if (p[n + 1].revents)
		take_stream(b, &b->network, take_frames);
	if (p[n + 2].revents)
		take_stream(b, &b->runner.errors, take_complaints);
}

static bool is_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

/* What was written before the end is still to be read. */
static void take_rest(struct boot *b)
{
	for (size_t i = 0; i < b->served_count; i++)
		take_events(b, i);
	while (is_readable(b->serial))
		take_stream(b, &b->serial, take_serial);
	while (b->runner.errors >= 0) {
		size_t before = b->complaints.n;

		take_stream(b, &b->runner.errors, take_complaints);
		if (b->complaints.n == before)
			break;
	}
}

int boot_watch(struct boot *b, struct err *e)
{
	struct sight *s = &b->sight;

	while (b->end == SIGHT_ON) {
		wait_and_take(b);
		s->now = now_of(b);
		look_at_processor(b);
		if (process_has_ended(&b->runner) && !s->gone) {
			take_rest(b);
			s->gone = true;
		}
		s->no_guest = b->setup->xen && !b->dom0.created;
		s->gone = s->gone || b->dom0.ended;
		if (s->gone && b->dom0.failed && !b->failure.code)
			err_set(&b->failure, ERR_IO, "the Xen host: %s", b->dom0.why);
		if (b->failure.code && !s->root) {
			*e = b->failure;
			return -(int)e->code;
		}
		tell_steps(b);
		b->end = sight_decide(s, &b->patience, &b->why);
	}
	return 0;
}
