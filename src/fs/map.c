/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map.h"

#include "limits.h"

int map_add(struct map *m, uint64_t at, uint64_t count, uint64_t disk, struct err *e)
{
	struct map_run *last = m->n ? &m->runs[m->n - 1] : NULL;

	if (last && last->at + last->count == at && last->disk + last->count == disk &&
	    last->count + count <= UINT32_MAX) {
		last->count += (uint32_t)count;
		return 0;
	}
	if (m->n == LIMIT_FILE_RUNS)
		return err_set(e, ERR_LIMIT, "the file lies in more than %u pieces",
			       LIMIT_FILE_RUNS);
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 4;
		struct map_run *wider = realloc(m->runs, cap * sizeof(*wider));

		if (!wider)
			return err_set(e, ERR_NOMEM, "out of memory");
		m->runs = wider;
		m->cap = cap;
	}
	m->runs[m->n++] = (struct map_run){at, disk, (uint32_t)count};
	return 0;
}

/* The first run that ends behind the unit. */
static size_t find_run(const struct map *m, uint64_t at)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->runs[mid].at + m->runs[mid].count > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

int map_read(const struct map_space *s, const struct map *m, uint64_t off, void *buf,
	     size_t len, struct err *e)
{
	uint8_t *to = buf;

	for (size_t i = find_run(m, off / s->unit); len; i++) {
		uint64_t start = i < m->n ? m->runs[i].at * s->unit : UINT64_MAX;
		uint64_t gap = start > off ? start - off : 0;
		uint64_t n;
		int r;

		if (gap) {
			n = gap < len ? gap : len;
			memset(to, 0, (size_t)n);
			to += n;
			off += n;
			len -= (size_t)n;
		}
		if (len == 0)
			break;
		n = (uint64_t)m->runs[i].count * s->unit - (off - start);
		n = n < len ? n : len;
		r = blocks_read(s->blocks,
				s->origin + m->runs[i].disk * s->unit + (off - start), to,
				(size_t)n, e);
		if (r < 0)
			return r;
		to += n;
		off += n;
		len -= (size_t)n;
	}
	return 0;
}

int map_where(const struct map_space *s, const struct map *m, blocks_piece_fn fn,
	      void *ctx, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < m->n; i++)
		r = blocks_where(s->blocks, s->origin + m->runs[i].disk * s->unit,
				 (uint64_t)m->runs[i].count * s->unit, fn, ctx, e);
	return r;
}

bool map_disk(const struct map *m, uint64_t at, uint64_t *ret)
{
	size_t i = find_run(m, at);

	if (i >= m->n || m->runs[i].at > at)
		return false;
	*ret = m->runs[i].disk + (at - m->runs[i].at);
	return true;
}

bool map_next(const struct map *m, uint64_t at, uint64_t *ret)
{
	size_t i = find_run(m, at);

	if (i >= m->n)
		return false;
	*ret = m->runs[i].at > at ? m->runs[i].at : at;
	return true;
}

bool map_covers(const struct map *m, uint64_t first, uint64_t count)
{
	for (size_t i = find_run(m, first); count; i++) {
		uint64_t n;

		if (i >= m->n || m->runs[i].at > first)
			return false;
		n = m->runs[i].count - (first - m->runs[i].at);
		if (n >= count)
			return true;
		first += n;
		count -= n;
	}
	return true;
}

const struct map *maps_find(struct maps *maps, uint64_t file)
{
	for (size_t i = 0; i < MAPS_KEPT; i++) {
		if (maps->kept[i].file != file)
			continue;
		maps->kept[i].used = ++maps->clock;
		return &maps->kept[i];
	}
	return NULL;
}

struct map *maps_replace(struct maps *maps)
{
	struct map *oldest = &maps->kept[0];

	for (size_t i = 1; i < MAPS_KEPT; i++)
		if (maps->kept[i].used < oldest->used)
			oldest = &maps->kept[i];
	oldest->file = 0;
	oldest->n = 0;
	return oldest;
}

void maps_keep(struct maps *maps, struct map *m, uint64_t file)
{
	m->file = file;
	m->used = ++maps->clock;
}

void maps_done(struct maps *maps)
{
	for (size_t i = 0; i < MAPS_KEPT; i++)
		free(maps->kept[i].runs);
}
