/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copy on write. A range is taken apart into pieces that lie in one place: the source,
 * the scratch file, or nowhere (zeroes). A block that is first written in part is filled
 * up from where it was.
 */
#include "cow.h"

#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "cow_map.h"
#include "fd_io.h"
#include "limits.h"

struct cow {
	struct blocks blocks;
	struct blocks *source;
	int fd;
	uint64_t most;  /* blocks that may be written */
	uint32_t slots; /* blocks in the scratch file */
	struct cow_map map;
	uint8_t block[COW_BLOCK];
};

enum place { IN_SOURCE, IN_FILE, NOWHERE };

struct piece {
	enum place place;
	uint64_t len;
	uint64_t at; /* in the scratch file */
};

static const uint8_t zeroes[16 * COW_BLOCK];

int cow_needs(uint64_t limit, uint64_t *ret_file, uint64_t *ret_memory, struct err *e)
{
	uint64_t blocks = limit / COW_BLOCK;

	if (blocks > LIMIT_COW_BLOCKS)
		return err_set(e, ERR_USAGE,
			       "at most %" PRIu64 " GiB of a disk can be changed",
			       LIMIT_COW_BLOCKS * COW_BLOCK >> 30);
	*ret_file = blocks * COW_BLOCK;
	*ret_memory = cow_map_memory(blocks);
	return 0;
}

static void cow_done(struct blocks *b)
{
	cow_map_done(&((struct cow *)b)->map);
}

static struct piece place_of(const struct cow *c, uint64_t off)
{
	const struct cow_entry *at = cow_map_find(&c->map, off / COW_BLOCK);
	struct piece p = {.len = COW_BLOCK - off % COW_BLOCK};

	if (!at)
		p.place = IN_SOURCE;
	else if (at->slot == COW_NO_SLOT)
		p.place = NOWHERE;
	else {
		p.place = IN_FILE;
		p.at = (uint64_t)at->slot * COW_BLOCK + off % COW_BLOCK;
	}
	return p;
}

/* The longest piece at `off`, up to `len` bytes. */
static struct piece find(const struct cow *c, uint64_t off, uint64_t len)
{
	struct piece p = place_of(c, off);

	if (c->map.n == 0)
		p.len = len;
	while (p.len < len) {
		struct piece next = place_of(c, off + p.len);

		if (next.place != p.place ||
		    (p.place == IN_FILE && next.at != p.at + p.len))
			break;
		p.len += next.len;
	}
	if (p.len > len)
		p.len = len;
	return p;
}

static int in_scratch(int r, struct err *e)
{
	return r < 0 ? err_wrap(e, "the temporary file") : 0;
}

static int scratch_read(struct cow *c, uint64_t at, uint8_t *to, size_t len,
			struct err *e)
{
	return in_scratch(fd_read_at(c->fd, at, to, len, e), e);
}

static int scratch_write(struct cow *c, uint64_t at, const uint8_t *from, size_t len,
			 struct err *e)
{
	return in_scratch(fd_write_at(c->fd, at, from, len, e), e);
}

/* The bytes of a piece, wherever it lies. */
static int read_piece(struct cow *c, const struct piece *p, uint64_t off, uint8_t *to,
		      struct err *e)
{
	if (p->place == IN_FILE)
		return scratch_read(c, p->at, to, p->len, e);
	if (p->place == IN_SOURCE)
		return blocks_read(c->source, off, to, p->len, e);
	memset(to, 0, p->len);
	return 0;
}

static int read_range(struct blocks *b, uint64_t off, void *buf, size_t len,
		      struct err *e)
{
	struct cow *c = (struct cow *)b;
	uint8_t *to = buf;
	int r = 0;

	while (r >= 0 && len) {
		struct piece p = find(c, off, len);

		r = read_piece(c, &p, off, to, e);
		to += p.len;
		off += p.len;
		len -= p.len;
	}
	return r < 0 ? r : 0;
}

/* Room for all blocks of the range that were not written so far. */
static int reserve(struct cow *c, uint64_t off, uint64_t len, struct err *e)
{
	uint64_t fresh = 0;

	for (uint64_t done = 0; done < len;) {
		struct piece p = place_of(c, off + done);

		fresh += p.place == IN_SOURCE;
		done += p.len;
	}
	if (fresh > c->most - c->map.n)
		return err_set(e, ERR_LIMIT,
			       "more than %" PRIu64
			       " MiB of the disk were changed, which is the limit",
			       c->most * COW_BLOCK >> 20);
	return cow_map_reserve(&c->map, (size_t)fresh)
		       ? 0
		       : err_set(e, ERR_NOMEM, "out of memory");
}

/* Does a write of `len` bytes at `off` leave nothing of the first block as it was? */
static bool covers_block(const struct cow *c, uint64_t off, uint64_t len)
{
	uint64_t left = c->blocks.size - off;

	return off % COW_BLOCK == 0 && len >= (left < COW_BLOCK ? left : COW_BLOCK);
}

/* Part of a block that is not in the scratch file: the rest of it is copied. */
static int write_part(struct cow *c, const struct piece *p, uint64_t off,
		      const uint8_t *from, struct err *e)
{
	uint64_t start = off - off % COW_BLOCK, left = c->blocks.size - start;
	struct piece whole = {.place = p->place,
			      .len = left < COW_BLOCK ? left : COW_BLOCK};
	int r = read_piece(c, &whole, start, c->block, e);

	if (r < 0)
		return r;
	memcpy(c->block + off % COW_BLOCK, from, p->len);
	r = scratch_write(c, (uint64_t)c->slots * COW_BLOCK, c->block, whole.len, e);
	if (r < 0)
		return r;
	cow_map_put(&c->map, start / COW_BLOCK, c->slots++);
	return 0;
}

/* The blocks that the piece covers go behind all others in the scratch file. There are
 * never more slots than entries in the map, and of these no more than the limit. */
static int write_blocks(struct cow *c, const struct piece *p, uint64_t off,
			const uint8_t *from, struct err *e)
{
	int r = scratch_write(c, (uint64_t)c->slots * COW_BLOCK, from, p->len, e);

	if (r < 0)
		return r;
	for (uint64_t done = 0; done < p->len; done += COW_BLOCK)
		cow_map_put(&c->map, (off + done) / COW_BLOCK, c->slots++);
	return 0;
}

/* Cuts a piece that is not in the scratch file down to what is done in one go: whole
 * blocks, or a part of one. Are they whole blocks? */
static bool cut_piece(const struct cow *c, uint64_t off, struct piece *p)
{
	uint64_t rest = COW_BLOCK - off % COW_BLOCK;

	if (!covers_block(c, off, p->len)) {
		p->len = p->len < rest ? p->len : rest;
		return false;
	}
	if (off + p->len < c->blocks.size)
		p->len -= p->len % COW_BLOCK;
	return true;
}

static int write_piece(struct cow *c, struct piece *p, uint64_t off, const uint8_t *from,
		       struct err *e)
{
	if (p->place == IN_FILE)
		return scratch_write(c, p->at, from, p->len, e);
	return cut_piece(c, off, p) ? write_blocks(c, p, off, from, e)
				    : write_part(c, p, off, from, e);
}

static int write_range(struct blocks *b, uint64_t off, const void *buf, size_t len,
		       struct err *e)
{
	struct cow *c = (struct cow *)b;
	const uint8_t *from = buf;
	int r = reserve(c, off, len, e);

	while (r >= 0 && len) {
		struct piece p = find(c, off, len);

		r = write_piece(c, &p, off, from, e);
		from += p.len;
		off += p.len;
		len -= p.len;
	}
	return r < 0 ? r : 0;
}

/* Blocks that have a place in the scratch file keep it, or the file would grow. */
static int zero_piece(struct cow *c, struct piece *p, uint64_t off, struct err *e)
{
	if (p->place == NOWHERE)
		return 0;
	if (p->place == IN_FILE) {
		if (p->len > sizeof(zeroes))
			p->len = sizeof(zeroes);
		return scratch_write(c, p->at, zeroes, p->len, e);
	}
	if (!cut_piece(c, off, p))
		return write_part(c, p, off, zeroes, e);
	for (uint64_t done = 0; done < p->len; done += COW_BLOCK)
		cow_map_put(&c->map, (off + done) / COW_BLOCK, COW_NO_SLOT);
	return 0;
}

static const struct blocks_ops cow_ops = {
	.read = read_range, .write = write_range, .done = cow_done};

int cow_new(struct blocks *source, int scratch_fd, uint64_t limit, struct cow **ret,
	    struct err *e)
{
	struct cow *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->blocks = (struct blocks){.ops = &cow_ops,
				    .format = source->format,
				    .size = source->size,
				    .sector_size = source->sector_size};
	c->source = source;
	c->fd = scratch_fd;
	c->most = limit / COW_BLOCK;
	*ret = c;
	return 0;
}

struct cow *cow_free(struct cow *c)
{
	if (c)
		blocks_free(&c->blocks);
	return NULL;
}

struct blocks *cow_blocks(struct cow *c)
{
	return &c->blocks;
}

struct blocks *cow_source(const struct cow *c)
{
	return c->source;
}

uint64_t cow_size(const struct cow *c)
{
	return c->blocks.size;
}

/* Somebody asks for a range who is no reader of an image: it is his mistake. */
static int check_range(const struct cow *c, uint64_t off, uint64_t len, struct err *e)
{
	return range_fits(off, len, c->blocks.size)
		       ? 0
		       : err_set(e, ERR_USAGE,
				 "%" PRIu64 " bytes at offset %" PRIu64
				 " are past the end of the disk",
				 len, off);
}

int cow_read(struct cow *c, uint64_t off, void *buf, size_t len, struct err *e)
{
	int r = check_range(c, off, len, e);

	return r < 0 ? r : blocks_read(&c->blocks, off, buf, len, e);
}

int cow_write(struct cow *c, uint64_t off, const void *buf, size_t len, struct err *e)
{
	int r = check_range(c, off, len, e);

	return r < 0 ? r : blocks_write(&c->blocks, off, buf, len, e);
}

int cow_zero(struct cow *c, uint64_t off, uint64_t len, struct err *e)
{
	int r = check_range(c, off, len, e);

	if (r >= 0)
		r = reserve(c, off, len, e);
	while (r >= 0 && len) {
		struct piece p = find(c, off, len);

		r = zero_piece(c, &p, off, e);
		off += p.len;
		len -= p.len;
	}
	return r < 0 ? r : 0;
}

/* The last byte of the disk may lie in the middle of a block. */
static uint64_t end_of(const struct cow *c, uint64_t block)
{
	uint64_t start = block * COW_BLOCK, left = c->blocks.size - start;

	return start + (left < COW_BLOCK ? left : COW_BLOCK);
}

int cow_walk(const struct cow *c, cow_run_fn fn, void *ctx, struct err *e)
{
	_cleanup_free_ struct cow_entry *sorted = cow_map_sorted(&c->map);
	int r = sorted ? 0 : err_set(e, ERR_NOMEM, "out of memory");

	for (size_t i = 0, next; r >= 0 && i < c->map.n; i = next) {
		bool zero = sorted[i].slot == COW_NO_SLOT;
		uint64_t start = sorted[i].block * COW_BLOCK;

		for (next = i + 1; next < c->map.n; next++)
			if (sorted[next].block != sorted[next - 1].block + 1 ||
			    (sorted[next].slot == COW_NO_SLOT) != zero)
				break;
		r = fn(ctx, start, end_of(c, sorted[next - 1].block) - start, zero, e);
	}
	return r < 0 ? r : 0;
}
