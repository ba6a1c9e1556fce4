/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks of the journal shown in their place. Their contents stay where they are, in the
 * journal: only a table of places is held in memory.
 */
#include <string.h>

#include "journal.h"

struct overlay {
	struct blocks blocks;
	struct blocks *parent;
	struct overlay_block *list;
	size_t n;
	uint32_t block_size;
};

/* The first entry at or behind the block. */
static size_t find_block(const struct overlay *o, uint64_t block)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (o->list[mid].block < block)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Bytes that lie together: outside of the journal, or in one block of it. */
struct run {
	uint64_t from, n, at; /* where, how many, and from which byte of the block */
	bool escaped;
};

/* What shows [off, off + len), from its start. `*i` is the entry at or behind it. */
static struct run run_at(const struct overlay *o, size_t *i, uint64_t off, uint64_t len)
{
	uint64_t next = *i < o->n ? o->list[*i].block * o->block_size : UINT64_MAX;
	struct run run = {.from = off, .n = next - off};

	if (off >= next) {
		const struct overlay_block *b = &o->list[(*i)++];

		run.at = off - next;
		run.from = b->from + run.at;
		run.n = o->block_size - run.at;
		run.escaped = b->escaped;
	}
	if (run.n > len)
		run.n = len;
	return run;
}

static int overlay_read(struct blocks *b, uint64_t off, void *buf, size_t len,
			struct err *e)
{
	static const uint8_t magic[4] = {0xc0, 0x3b, 0x39, 0x98};
	struct overlay *o = (struct overlay *)b;
	uint8_t *to = buf;

	for (size_t i = find_block(o, off / o->block_size); len;) {
		struct run run = run_at(o, &i, off, len);
		int r = blocks_read(o->parent, run.from, to, (size_t)run.n, e);

		if (r < 0)
			return r;
		for (uint64_t k = run.at; run.escaped && k < 4 && k - run.at < run.n; k++)
			to[k - run.at] = magic[k];
		off += run.n;
		to += run.n;
		len -= (size_t)run.n;
	}
	return 0;
}

static void overlay_done(struct blocks *b)
{
	free(((struct overlay *)b)->list);
}

static int overlay_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
			 void *ctx, struct err *e)
{
	struct overlay *o = (struct overlay *)b;
	int r = 0;

	for (size_t i = find_block(o, off / o->block_size); r >= 0 && len;) {
		struct run run = run_at(o, &i, off, len);

		r = blocks_where(o->parent, run.from, run.n, fn, ctx, e);
		off += run.n;
		len -= run.n;
	}
	return r;
}

int journal_overlay_walk(struct blocks *overlay, journal_block_fn fn, void *ctx,
			 struct err *e)
{
	const struct overlay *o = (struct overlay *)overlay;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < o->n; i++)
		r = fn(ctx, o->list[i].block, e);
	return r;
}

bool journal_overlay_has(struct blocks *overlay, uint64_t first, uint64_t count)
{
	const struct overlay *o = (struct overlay *)overlay;
	size_t i = find_block(o, first);

	return i < o->n && o->list[i].block - first < count;
}

static const struct blocks_ops overlay_ops = {
	.read = overlay_read, .where = overlay_where, .done = overlay_done};

int journal_overlay(struct blocks *parent, uint32_t block_size,
		    struct overlay_block *list, size_t n, struct blocks **ret,
		    struct err *e)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return err_set(e, ERR_NOMEM, "out of memory");
	o->blocks = (struct blocks){.ops = &overlay_ops,
				    .format = "journal",
				    .size = parent->size,
				    .sector_size = parent->sector_size};
	o->parent = parent;
	o->list = list;
	o->n = n;
	o->block_size = block_size;
	*ret = &o->blocks;
	return 0;
}
