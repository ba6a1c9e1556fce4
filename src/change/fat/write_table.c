/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of clusters ("FAT Data Structure" in the specification), and the chains in
 * it. Whatever a cluster's entry has besides its number (the upper four bits of FAT32)
 * stays.
 */
#include <inttypes.h>
#include <string.h>

#include "limits.h"
#include "put.h"
#include "write.h"

enum { UNIT = 512, PIECE = 64 * 1024, FIRST = 2 };

static uint32_t mask_of(const struct fat_writer *w)
{
	return w->super.bits == 32 ? 0x0fffffff : (1u << w->super.bits) - 1;
}

/* A number from here on ends a chain. */
static uint32_t end_of(const struct fat_writer *w)
{
	return mask_of(w) & ~7u;
}

static uint32_t read_at(const struct fat_writer *w, uint64_t off)
{
	struct reader r = reader_of(slice_of(w->table.bytes, w->table.n));

	rd_seek(&r, off);
	return w->super.bits == 32 ? rd_u32le(&r) : rd_u16le(&r);
}

uint32_t fat_table_get(const struct fat_writer *w, uint32_t at)
{
	uint32_t value = read_at(w, (uint64_t)at * w->super.bits / 8);

	if (w->super.bits == 12 && (at & 1))
		value >>= 4;
	return value & mask_of(w);
}

static void set(struct fat_writer *w, uint32_t at, uint32_t value)
{
	size_t off = (size_t)((uint64_t)at * w->super.bits / 8);
	size_t n = w->super.bits == 32 ? 4 : 2;
	unsigned shift = w->super.bits == 12 && (at & 1) ? 4 : 0;
	uint32_t old = read_at(w, off), before = fat_table_get(w, at);

	if (off + n > w->table.n)
		return; /* fat_super_check() saw to it */
	put_le(w->table.bytes + off, n, (old & ~(mask_of(w) << shift)) | value << shift);
	for (size_t unit = off / UNIT; unit <= (off + n - 1) / UNIT; unit++)
		w->table.dirty[unit / 8] |= (uint8_t)(1u << unit % 8);
	w->table.free += before && !value;
	w->table.free -= !before && value;
}

/* --- The copies --- */

static int compare_copy(struct fat_writer *w, unsigned copy, struct err *e)
{
	_cleanup_free_ uint8_t *piece = malloc(PIECE);

	if (!piece)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t off = 0; off < w->table.n; off += PIECE) {
		size_t left = w->table.n - off, n = left < PIECE ? left : PIECE;
		int r = blocks_read(w->blocks,
				    w->super.table + copy * (uint64_t)w->table.n + off,
				    piece, n, e);

		if (r < 0)
			return r;
		if (memcmp(piece, w->table.bytes + off, n) != 0)
			return err_set(e, ERR_REFUSED,
				       "its tables of clusters are not the same: run "
				       "fsck.fat");
	}
	return 0;
}

int fat_table_read(struct fat_writer *w, struct err *e)
{
	struct fat_table *t = &w->table;
	int r;

	if (w->super.clusters > LIMIT_FAT_WRITE_CLUSTERS)
		return err_set(e, ERR_LIMIT,
			       "%" PRIu32 " clusters; at most %u are changed",
			       w->super.clusters, LIMIT_FAT_WRITE_CLUSTERS);
	/* The rest of a larger table stands for no cluster, but the copies follow each
	 * other at its size. */
	if ((uint64_t)w->super.fat_sectors * w->super.sector > LIMIT_FAT_WRITE_TABLE)
		return err_set(e, ERR_LIMIT, "a table of clusters of %" PRIu64 " bytes",
			       (uint64_t)w->super.fat_sectors * w->super.sector);
	t->n = (size_t)w->super.fat_sectors * w->super.sector;
	t->bytes = malloc(t->n);
	t->dirty = calloc(1, t->n / UNIT / 8 + 1);
	if (!t->bytes || !t->dirty)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(w->blocks, w->super.table, t->bytes, t->n, e);
	for (unsigned copy = 1; r >= 0 && copy < w->super.fats; copy++)
		r = compare_copy(w, copy, e);
	for (uint32_t i = FIRST; r >= 0 && i < w->super.clusters + FIRST; i++)
		t->free += fat_table_get(w, i) == 0;
	return r;
}

static bool is_dirty(const struct fat_table *t, size_t unit)
{
	return unit < t->n / UNIT && (t->dirty[unit / 8] & 1u << unit % 8);
}

int fat_table_write(struct fat_writer *w, struct err *e)
{
	struct fat_table *t = &w->table;
	size_t end;

	for (size_t unit = 0; unit < t->n / UNIT; unit = end + 1) {
		for (end = unit; is_dirty(t, end); end++)
			t->dirty[end / 8] &= (uint8_t) ~(1u << end % 8);
		for (unsigned copy = 0; end > unit && copy < w->super.fats; copy++) {
			uint64_t off = w->super.table + copy * (uint64_t)t->n;
			int r = blocks_write(w->blocks, off + unit * UNIT,
					     t->bytes + unit * UNIT, (end - unit) * UNIT,
					     e);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

void fat_table_done(struct fat_table *t)
{
	free(t->bytes);
	free(t->dirty);
}

/* --- Chains --- */

uint64_t fat_clusters(const struct fat_writer *w, uint64_t bytes)
{
	return bytes / w->super.cluster + (bytes % w->super.cluster != 0);
}

static bool is_cluster(const struct fat_writer *w, uint32_t at)
{
	return at >= FIRST && at < w->super.clusters + FIRST;
}

int fat_chain_read(const struct fat_writer *w, uint32_t first, struct fat_chain *ret,
		   struct err *e)
{
	_cleanup_fat_chain_ struct fat_chain c = {0};
	uint32_t at = first;

	/* Counted first; no chain is longer than all clusters, unless it is a loop. */
	for (; at && at < end_of(w); at = fat_table_get(w, at))
		if (!is_cluster(w, at) || ++c.n > w->super.clusters)
			return err_set(e, ERR_REFUSED,
				       "its chain of clusters is damaged: run fsck.fat");
	if (first && !at)
		return err_set(e, ERR_REFUSED,
			       "its chain of clusters ends in a free one: run fsck.fat");
	c.v = calloc(c.n + 1, sizeof(*c.v));
	if (!c.v)
		return err_set(e, ERR_NOMEM, "out of memory");
	at = first;
	for (size_t i = 0; i < c.n; i++, at = fat_table_get(w, at))
		c.v[i] = at;
	*ret = c;
	c.v = NULL;
	return 0;
}

/* The next free cluster behind the one that was taken last. */
static uint32_t find_free(const struct fat_writer *w)
{
	uint32_t at = w->table.last;

	for (uint32_t i = 0; i < w->super.clusters; i++) {
		at = is_cluster(w, at + 1) ? at + 1 : FIRST;
		if (fat_table_get(w, at) == 0)
			return at;
	}
	return 0;
}

static int take_free(struct fat_writer *w, struct fat_chain *c, size_t n, struct err *e)
{
	uint32_t *v;

	if (n - c->n > w->table.free)
		return err_set(e, ERR_REFUSED, "there is no room");
	v = realloc(c->v, n * sizeof(*v));
	if (!v)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->v = v;
	/* Behind the file's own last one, if that is free. */
	if (c->n)
		w->table.last = c->v[c->n - 1];
	while (c->n < n) {
		uint32_t at = find_free(w);

		set(w, at, mask_of(w));
		if (c->n)
			set(w, c->v[c->n - 1], at);
		c->v[c->n++] = w->table.last = at;
	}
	return 0;
}

int fat_chain_resize(struct fat_writer *w, struct fat_chain *c, size_t n, struct err *e)
{
	if (n > c->n)
		return take_free(w, c, n, e);
	while (c->n > n)
		set(w, c->v[--c->n], 0);
	if (n)
		set(w, c->v[n - 1], mask_of(w));
	return 0;
}

uint64_t fat_chain_byte(const struct fat_writer *w, const struct fat_chain *c,
			uint64_t off)
{
	return w->super.data +
	       (c->v[off / w->super.cluster] - (uint64_t)FIRST) * w->super.cluster +
	       off % w->super.cluster;
}

/* What lies together from byte `off` on, at most `most` bytes. */
static size_t together(const struct fat_writer *w, const struct fat_chain *c,
		       uint64_t off, uint64_t most)
{
	uint64_t at = off / w->super.cluster;
	uint64_t n = w->super.cluster - off % w->super.cluster;

	for (; n < most && at + 1 < c->n && c->v[at + 1] == c->v[at] + 1; at++)
		n += w->super.cluster;
	return (size_t)(n < most ? n : most);
}

int fat_chain_write(struct fat_writer *w, const struct fat_chain *c, uint64_t off,
		    struct slice bytes, struct err *e)
{
	static const uint8_t zeros[PIECE];
	uint64_t end = (uint64_t)c->n * w->super.cluster, from = off;

	while (off < end) {
		struct slice part = slice_of(zeros, PIECE);
		size_t n;
		int r;

		if (off - from < bytes.n &&
		    !slice_sub(bytes, off - from, bytes.n - (off - from), &part))
			return err_set(e, ERR_BUG, "bytes past their end");
		n = together(w, c, off, part.n < end - off ? part.n : end - off);
		r = blocks_write(w->blocks, fat_chain_byte(w, c, off), part.p, n, e);
		if (r < 0)
			return r;
		off += n;
	}
	return 0;
}
