/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A logical volume as blocks: its segments lie one after the other, and the bytes of a
 * segment go round its stripes in pieces of the stripe size.
 */
#include "lvm_parts.h"

struct map {
	struct blocks blocks;
	const lvm_segments *segments;
};

/* The segment that holds the byte; the caller has checked that there is one. */
static const struct lvm_segment *segment_at(const lvm_segments *list, uint64_t off)
{
	size_t low = 0, high = list->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (list->v[middle].start <= off)
			low = middle;
		else
			high = middle;
	}
	return &list->v[low];
}

/* Where a byte of the segment lies, and how many follow it there. */
static const struct lvm_stripe *stripe_at(const struct lvm_segment *s, uint64_t off,
					  uint64_t *ret_off, uint64_t *ret_len)
{
	uint64_t piece;

	if (s->n == 1) {
		*ret_off = off;
		*ret_len = s->len - off;
		return &s->stripes[0];
	}
	piece = off / s->stripe_size;
	*ret_off = piece / s->n * s->stripe_size + off % s->stripe_size;
	*ret_len = s->stripe_size - off % s->stripe_size;
	return &s->stripes[piece % s->n];
}

/* Where the next bytes of [off, off + len) lie: at *ret_off of the blocks returned, as
 * many as *ret_len. */
static struct blocks *next_piece(struct blocks *b, uint64_t off, uint64_t len,
				 uint64_t *ret_off, uint64_t *ret_len)
{
	const struct map *m = (const struct map *)b;
	const struct lvm_segment *s = segment_at(m->segments, off);
	uint64_t at, there;
	const struct lvm_stripe *stripe = stripe_at(s, off - s->start, &at, &there);

	*ret_off = stripe->off + at;
	*ret_len = len < there ? len : there;
	return stripe->blocks;
}

static int map_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	uint8_t *to = buf;
	uint64_t at, n;
	int r = 0;

	for (; r >= 0 && len; to += n, off += n, len -= n) {
		struct blocks *below = next_piece(b, off, len, &at, &n);

		r = blocks_read(below, at, to, (size_t)n, e);
	}
	return r;
}

static int map_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
		     struct err *e)
{
	const uint8_t *from = buf;
	uint64_t at, n;
	int r = 0;

	for (; r >= 0 && len; from += n, off += n, len -= n) {
		struct blocks *below = next_piece(b, off, len, &at, &n);

		r = blocks_write(below, at, from, (size_t)n, e);
	}
	return r;
}

static int map_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
		     void *ctx, struct err *e)
{
	uint64_t at, n;
	int r = 0;

	for (; r >= 0 && len; off += n, len -= n) {
		struct blocks *below = next_piece(b, off, len, &at, &n);

		r = blocks_where(below, at, n, fn, ctx, e);
	}
	return r;
}

static const struct blocks_ops map_ops = {
	.read = map_read, .write = map_write, .where = map_where};

int lvm_map(const lvm_segments *segments, uint64_t size, struct blocks **ret,
	    struct err *e)
{
	struct map *m = calloc(1, sizeof(*m));

	if (!m)
		return err_set(e, ERR_NOMEM, "out of memory");
	m->blocks = (struct blocks){.ops = &map_ops,
				    .format = "logical volume",
				    .size = size,
				    .sector_size = LVM_SECTOR};
	m->segments = segments;
	for (size_t i = 0; i < segments->n; i++)
		for (size_t j = 0; j < segments->v[i].n; j++) {
			uint32_t below = segments->v[i].stripes[j].blocks->sector_size;

			if (below > m->blocks.sector_size)
				m->blocks.sector_size = below;
		}
	*ret = &m->blocks;
	return 0;
}
