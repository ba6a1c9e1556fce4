/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Metadata blocks ("Metadata blocks" in the specification): two bytes with the length of
 * what is stored, whose highest bit says that it is not compressed, then that. A record
 * may begin in one block and end in the next.
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "squashfs.h"

enum { HEAD = 2, NOT_PACKED = 0x8000 };

static struct squash_meta *find_kept(struct squash *x, uint64_t at)
{
	struct squash_meta *oldest = &x->meta[0];

	for (size_t i = 0; i < SQUASH_META_KEPT; i++) {
		if (x->meta[i].used && x->meta[i].at == at)
			return &x->meta[i];
		if (x->meta[i].used < oldest->used)
			oldest = &x->meta[i];
	}
	oldest->used = 0;
	return oldest;
}

/* Reads the block at a cursor into *m. */
static int load(struct squash *x, const struct squash_cursor *c, struct squash_meta *m,
		struct err *e)
{
	uint8_t packed[HEAD + SQUASH_META];
	struct slice head = slice_of(packed, HEAD), in;
	struct reader rd = reader_of(head);
	uint16_t field;
	size_t n;
	int r;

	if (!range_fits(c->block, HEAD, c->end))
		return err_set(e, ERR_CORRUPT, "it lies outside of its table");
	r = blocks_read(x->blocks, c->block, packed, HEAD, e);
	if (r < 0)
		return r;
	field = rd_u16le(&rd);
	n = field & (NOT_PACKED - 1u);
	if (n == 0 || n > SQUASH_META || !range_fits(c->block + HEAD, n, c->end))
		return err_set(e, ERR_CORRUPT, "its length of %zu is not possible", n);
	r = blocks_read(x->blocks, c->block + HEAD, packed + HEAD, n, e);
	if (r < 0)
		return r;
	in = slice_of(packed + HEAD, n);
	m->n = n;
	if (field & NOT_PACKED)
		memcpy(m->bytes, in.p, n);
	else
		r = x->super.unpack(in, m->bytes, SQUASH_META, &m->n, e);
	m->at = c->block;
	m->next = c->block + HEAD + n;
	return r;
}

/* The block at a cursor, borrowed until the next call. */
static int get_block(struct squash *x, const struct squash_cursor *c,
		     const struct squash_meta **ret, struct err *e)
{
	struct squash_meta *m = find_kept(x, c->block);
	int r = m->used ? 0 : load(x, c, m, e);

	if (r >= 0 && c->off >= m->n)
		r = err_set(e, ERR_CORRUPT, "it holds %zu bytes, not %" PRIu32, m->n,
			    c->off);
	if (r < 0)
		return err_wrap(e, "the metadata block at byte %" PRIu64, c->block);
	m->used = ++x->clock;
	*ret = m;
	return 0;
}

int squash_meta_read(struct squash *x, struct squash_cursor *at, void *buf, size_t len,
		     struct err *e)
{
	struct squash_cursor c = *at;
	const struct squash_meta *m = NULL;
	uint8_t *to = buf;

	while (len) {
		int r = get_block(x, &c, &m, e);
		size_t n;

		if (r < 0)
			return r;
		n = len < m->n - c.off ? len : m->n - c.off;
		memcpy(to, m->bytes + c.off, n);
		to += n;
		len -= n;
		c.off += (uint32_t)n;
		if (c.off == m->n) {
			c.block = m->next;
			c.off = 0;
		}
	}
	*at = c;
	return 0;
}
