/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Targets of symbolic links ("Symbolic Links" in the specification): in the inode, or in
 * blocks. In version 5 each extent of them begins with a head of its own.
 */
#include <inttypes.h>

#include "limits.h"
#include "xfs.h"

/* The most that Linux accepts, XFS_SYMLINK_MAXLEN. */
enum { TARGET_MAX = 1024, HEAD = 56 };

static const struct xfs_meta link_meta = {
	.what = "target of a link", .crc = 12, .place = 40, .uuid = 16, .owner = 32};

/* What one extent holds: `done` bytes of the target came before. */
static int part_of(const struct xfs *x, const struct xfs_inode *i, struct slice bytes,
		   uint64_t at, size_t done, struct slice *ret, struct err *e)
{
	size_t left = (size_t)i->size - done;
	struct reader rd = reader_of(bytes);
	int r;

	if (!x->super.v5) {
		*ret = rd_bytes(&rd, bytes.n < left ? bytes.n : left);
		return 0;
	}
	if (!slice_has(bytes, 0, "XSLM", 4))
		return err_set(e, ERR_CORRUPT, "its target does not look like one");
	r = xfs_meta_check(&x->super, &link_meta, bytes, at, i->ino, e);
	if (r < 0)
		return r;
	rd_skip(&rd, 4);
	if (rd_u32be(&rd) != done)
		return err_set(e, ERR_CORRUPT, "its target is out of order");
	left = rd_u32be(&rd);
	rd_seek(&rd, HEAD);
	*ret = rd_bytes(&rd, left);
	if (!rd_ok(&rd) || left == 0 || left > i->size - done)
		return err_set(e, ERR_CORRUPT, "a part of its target has %zu bytes",
			       left);
	return 0;
}

static int read_remote(struct xfs *x, const struct xfs_inode *i, uint8_t *to,
		       struct err *e)
{
	const uint32_t unit = x->super.block_size;
	const struct map *map = NULL;
	size_t done = 0;
	int r = xfs_map_of(x, i, &map, e);

	for (size_t k = 0; r >= 0 && done < i->size; k++) {
		const struct map_run *run = k < map->n ? &map->runs[k] : NULL;
		uint8_t bytes[65536 + TARGET_MAX];
		struct slice part = SLICE_NONE;
		struct reader rd;
		size_t n;

		if (!run || (uint64_t)run->count * unit > sizeof(bytes))
			return err_set(e, ERR_CORRUPT, "its target ends early");
		n = (size_t)run->count * unit;
		r = blocks_read(x->blocks, run->disk * unit, bytes, n, e);
		if (r >= 0)
			r = part_of(x, i, slice_of(bytes, n), run->disk * unit, done,
				    &part, e);
		rd = reader_of(part);
		rd_copy(&rd, to + done, part.n);
		done += part.n;
	}
	return r;
}

int xfs_link_read(struct xfs *x, const struct xfs_inode *i, struct arena *a,
		  struct slice *ret, struct err *e)
{
	struct slice fork = xfs_fork(i), target;
	struct reader rd = reader_of(fork);
	uint8_t *text;
	int r = 0;

	if (i->size == 0 || i->size > TARGET_MAX)
		return err_set(e, ERR_CORRUPT,
			       "inode %" PRIu64 ": a link of %" PRIu64
			       " bytes is not possible",
			       i->ino, i->size);
	text = arena_alloc(a, (size_t)i->size);
	if (!text)
		return arena_full(a, e);
	if (i->format != XFS_LOCAL)
		r = read_remote(x, i, text, e);
	else if (i->size > fork.n)
		r = err_set(e, ERR_CORRUPT, "its target is longer than it");
	else
		rd_copy(&rd, text, (size_t)i->size);
	target = slice_of(text, (size_t)i->size);
	if (r >= 0 && slice_find(target, 0, 0) < target.n)
		r = err_set(e, ERR_CORRUPT, "a NUL in a link");
	if (r < 0)
		return err_wrap(e, "inode %" PRIu64, i->ino);
	*ret = target;
	return 0;
}
