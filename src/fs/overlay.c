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

/* Reads [at, at + len) of one replayed block. */
static int read_one(struct overlay *o, const struct overlay_block *b, uint64_t at,
		    uint8_t *to, size_t len, struct err *e)
{
	static const uint8_t magic[4] = {0xc0, 0x3b, 0x39, 0x98};
	int r = blocks_read(o->parent, b->from + at, to, len, e);

	for (uint64_t i = at; r >= 0 && b->escaped && i < 4 && i - at < len; i++)
		to[i - at] = magic[i];
	return r;
}

static int overlay_read(struct blocks *b, uint64_t off, void *buf, size_t len,
			struct err *e)
{
	struct overlay *o = (struct overlay *)b;
	uint8_t *to = buf;

	for (size_t i = find_block(o, off / o->block_size); len;) {
		uint64_t next = i < o->n ? o->list[i].block * o->block_size : UINT64_MAX;
		uint64_t n;
		int r;

		if (off < next) {
			n = next - off < len ? next - off : len;
			r = blocks_read(o->parent, off, to, (size_t)n, e);
		} else {
			n = o->block_size - (off - next);
			n = n < len ? n : len;
			r = read_one(o, &o->list[i], off - next, to, (size_t)n, e);
			i++;
		}
		if (r < 0)
			return r;
		off += n;
		to += n;
		len -= (size_t)n;
	}
	return 0;
}

static void overlay_done(struct blocks *b)
{
	free(((struct overlay *)b)->list);
}

/* The guest's own replay writes the blocks of the journal to their places. */
static int overlay_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
			 void *ctx, struct err *e)
{
	return blocks_where(((struct overlay *)b)->parent, off, len, fn, ctx, e);
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
