/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of files: blocks of equal size, one behind the other, each packed on its own,
 * and a shorter end that may lie in a fragment ("Fragments" in the specification).
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "limits.h"
#include "squashfs.h"

enum {
	FRAGMENT_ENTRY = 16,
	FRAGMENTS_PER_META = SQUASH_META / FRAGMENT_ENTRY,
	SIZES_AT_ONCE = 1024,
	/* In the stored size of a block: it is not compressed. */
	NOT_PACKED = 1 << 24
};

/* --- One block --- */

static uint32_t stored_len(uint32_t stored)
{
	return stored & ~(uint32_t)NOT_PACKED;
}

/* Is a block of this size possible, at this place? */
static int check_piece(const struct squash *x, const struct squash_piece *p,
		       struct err *e)
{
	uint32_t n = stored_len(p->stored);

	if (n > x->super.block_size || !range_fits(p->at, n, x->super.size))
		return err_set(e, ERR_CORRUPT,
			       "a block of %" PRIu32 " bytes at byte %" PRIu64
			       " is not possible",
			       n, p->at);
	return 0;
}

/* Unpacks a block, which is no hole, to `to`: at most `room` bytes. */
static int unpack(struct squash *x, const struct squash_piece *p, uint8_t *to,
		  size_t room, size_t *ret_n, struct err *e)
{
	uint32_t n = stored_len(p->stored);
	int r;

	if (p->stored & NOT_PACKED) {
		if (n > room)
			return err_set(e, ERR_CORRUPT, "it is too long");
		*ret_n = n;
		return blocks_read(x->blocks, p->at, to, n, e);
	}
	if (!x->packed)
		x->packed = malloc(x->super.block_size);
	if (!x->packed)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(x->blocks, p->at, x->packed, n, e);
	return r < 0 ? r : x->super.unpack(slice_of(x->packed, n), to, room, ret_n, e);
}

static struct squash_data *find_kept(struct squash *x, const struct squash_piece *p)
{
	struct squash_data *oldest = &x->data[0];

	for (size_t i = 0; i < SQUASH_DATA_KEPT; i++) {
		struct squash_data *d = &x->data[i];

		if (d->used && d->at == p->at && d->stored == p->stored)
			return d;
		if (d->used < oldest->used)
			oldest = d;
	}
	oldest->used = 0;
	return oldest;
}

/* The whole of a block, borrowed until the next call. */
static int get_data(struct squash *x, const struct squash_piece *p, struct slice *ret,
		    struct err *e)
{
	struct squash_data *d = find_kept(x, p);
	int r = 0;

	if (!d->used) {
		if (!d->bytes)
			d->bytes = malloc(x->super.block_size);
		if (!d->bytes)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = unpack(x, p, d->bytes, x->super.block_size, &d->n, e);
		d->at = p->at;
		d->stored = p->stored;
	}
	if (r < 0)
		return err_wrap(e, "the block at byte %" PRIu64, p->at);
	d->used = ++x->clock;
	*ret = slice_of(d->bytes, d->n);
	return 0;
}

/* --- The blocks of a file --- */

static uint64_t block_count(const struct squash *x, const struct squash_inode *file)
{
	uint64_t whole = file->size / x->super.block_size;

	return file->fragment == SQUASH_NO_FRAGMENT && file->size % x->super.block_size
		       ? whole + 1
		       : whole;
}

/* How many bytes of the file block `index` holds: all but the last are full. */
static size_t block_len(const struct squash *x, const struct squash_inode *file,
			uint64_t index)
{
	uint64_t left = file->size - index * x->super.block_size;

	return left < x->super.block_size ? (size_t)left : x->super.block_size;
}

/* The blocks lie one behind the other; the inode lists how long each is. */
static int read_sizes(struct squash *x, const struct squash_inode *file,
		      struct squash_piece *pieces, size_t count, struct err *e)
{
	uint8_t sizes[SIZES_AT_ONCE * 4];
	struct squash_cursor c = file->rest;
	uint64_t at = file->start;

	for (size_t i = 0; i < count;) {
		size_t n = count - i < SIZES_AT_ONCE ? count - i : SIZES_AT_ONCE;
		struct reader rd = reader_of(slice_of(sizes, n * 4));
		int r = squash_meta_read(x, &c, sizes, n * 4, e);

		for (; r >= 0 && rd_left(&rd); i++) {
			pieces[i] = (struct squash_piece){at, rd_u32le(&rd)};
			r = pieces[i].stored ? check_piece(x, &pieces[i], e) : 0;
			at += stored_len(pieces[i].stored);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* Makes the file's blocks those of x->map. */
static int learn_blocks(struct squash *x, const struct squash_inode *file, struct err *e)
{
	_cleanup_free_ struct squash_piece *pieces = NULL;
	uint64_t count = block_count(x, file);
	int r;

	if (x->map.known && x->map.file == file->id)
		return 0;
	if (count > LIMIT_FILE_RUNS)
		return err_set(e, ERR_LIMIT, "the file has more than %u blocks",
			       LIMIT_FILE_RUNS);
	pieces = calloc((size_t)count + 1, sizeof(*pieces));
	if (!pieces)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = read_sizes(x, file, pieces, (size_t)count, e);
	if (r < 0)
		return r;
	free(x->map.pieces);
	x->map = (struct squash_map){true, file->id, TAKE_PTR(pieces), (size_t)count};
	return 0;
}

/* --- Fragments --- */

/* Where a fragment lies. The table's blocks are found by a list of their places. */
static int find_fragment(struct squash *x, uint32_t number, struct squash_piece *ret,
			 struct err *e)
{
	uint8_t entry[FRAGMENT_ENTRY], place[8];
	struct squash_cursor c = {.end = x->super.fragment_table,
				  .off = number % FRAGMENTS_PER_META * FRAGMENT_ENTRY};
	struct reader rd = reader_of(slice_of(place, sizeof(place)));
	int r;

	if (number >= x->super.fragments)
		return err_set(e, ERR_CORRUPT, "there is no fragment %" PRIu32, number);
	r = blocks_read(x->blocks,
			x->super.fragment_table + number / FRAGMENTS_PER_META * 8ull,
			place, sizeof(place), e);
	c.block = rd_u64le(&rd);
	if (r >= 0)
		r = squash_meta_read(x, &c, entry, sizeof(entry), e);
	if (r < 0)
		return err_wrap(e, "fragment %" PRIu32, number);
	rd = reader_of(slice_of(entry, sizeof(entry)));
	ret->at = rd_u64le(&rd);
	ret->stored = rd_u32le(&rd);
	return check_piece(x, ret, e);
}

/* The end of a file, borrowed until the next call. */
static int get_tail(struct squash *x, const struct squash_inode *file, size_t len,
		    struct slice *ret, struct err *e)
{
	struct squash_piece piece;
	struct slice all;
	int r = find_fragment(x, file->fragment, &piece, e);

	if (r >= 0)
		r = get_data(x, &piece, &all, e);
	if (r < 0)
		return r;
	if (!slice_sub(all, file->off, len, ret))
		return err_set(e, ERR_CORRUPT,
			       "its end lies outside of fragment %" PRIu32,
			       file->fragment);
	return 0;
}

/* --- Reading --- */

static int check_len(const struct squash_piece *p, size_t n, size_t want, struct err *e)
{
	return n == want
		       ? 0
		       : err_set(e, ERR_CORRUPT,
				 "the block at byte %" PRIu64 " holds %zu bytes, not %zu",
				 p->at, n, want);
}

/* All `len` bytes of a block, unpacked to where they are wanted. */
static int read_whole(struct squash *x, const struct squash_piece *p, uint8_t *to,
		      size_t len, struct err *e)
{
	size_t n = 0;
	int r = unpack(x, p, to, len, &n, e);

	return r < 0 ? err_wrap(e, "the block at byte %" PRIu64, p->at)
		     : check_len(p, n, len, e);
}

/* [from, from + n) of block `index`. */
static int read_part(struct squash *x, const struct squash_inode *file, uint64_t index,
		     size_t from, uint8_t *to, size_t n, struct err *e)
{
	size_t len = block_len(x, file, index);
	const struct squash_piece *p = index < x->map.n ? &x->map.pieces[index] : NULL;
	struct slice all;
	struct reader rd;
	int r;

	if (p && !p->stored) {
		memset(to, 0, n);
		return 0;
	}
	if (p && n == len)
		return read_whole(x, p, to, n, e);
	r = p ? get_data(x, p, &all, e) : get_tail(x, file, len, &all, e);
	if (r >= 0 && p)
		r = check_len(p, all.n, len, e);
	if (r < 0)
		return r;
	rd = reader_of(all);
	rd_seek(&rd, from);
	rd_copy(&rd, to, n);
	return rd_ok(&rd) ? 0 : err_set(e, ERR_BUG, "a read past the end of a block");
}

int squash_file_read(struct squash *x, const struct squash_inode *file, uint64_t off,
		     void *buf, size_t len, struct err *e)
{
	const uint32_t block = x->super.block_size;
	uint8_t *to = buf;
	int r = learn_blocks(x, file, e);

	while (r >= 0 && len) {
		size_t from = (size_t)(off % block);
		size_t rest = block_len(x, file, off / block) - from;
		size_t n = len < rest ? len : rest;

		r = read_part(x, file, off / block, from, to, n, e);
		to += n;
		off += n;
		len -= n;
	}
	return r < 0 ? err_wrap(e, "inode %" PRIu32, file->number) : 0;
}
