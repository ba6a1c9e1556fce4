/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks of directories ("Directories" in the specification). A directory is a file of
 * three parts: blocks of entries from its start on, from 32 GiB on an index of the names'
 * hashes, from 64 GiB on a table of free room, which readers do not need. A small one has
 * a single block, with the index at its end. Blocks are 2^n blocks of the file system,
 * which may lie apart.
 */
#include <inttypes.h>

#include "xfs.h"

enum { LEVELS_MAX = 5, TAIL = 8 };

static const struct xfs_meta data_meta = {
	.what = "block of a directory", .crc = 4, .place = 8, .uuid = 24, .owner = 40};
static const struct xfs_meta hash_meta = {.what = "hash index of a directory",
					  .crc = 12,
					  .place = 16,
					  .uuid = 32,
					  .owner = 48};

static struct xfs_dir_block *find_kept(struct xfs *x, uint64_t ino, uint64_t at)
{
	struct xfs_dir_block *oldest = &x->dir[0];

	for (size_t i = 0; i < XFS_DIR_KEPT; i++) {
		struct xfs_dir_block *b = &x->dir[i];

		if (b->used && b->ino == ino && b->at == at)
			return b;
		if (b->used < oldest->used)
			oldest = b;
	}
	oldest->used = 0;
	return oldest;
}

static int read_block(struct xfs *x, const struct xfs_inode *dir, uint64_t at,
		      uint8_t *to, struct err *e)
{
	const struct map_space space = xfs_space(x);
	uint64_t first = at / space.unit, count = 1ull << x->super.dir_log, next, disk;
	const struct map *map = NULL;
	int r = xfs_map_of(x, dir, &map, e);

	if (r < 0)
		return r;
	if (!map_next(map, first, &next) || next >= first + count)
		return err_set(e, ERR_CORRUPT, "it is missing");
	if (!map_covers(map, first, count) || !map_disk(map, first, &disk))
		return err_set(e, ERR_CORRUPT, "a part of it is missing");
	r = map_read(&space, map, at, to, x->super.dir_size, e);
	if (r < 0)
		return r;
	return xfs_meta_check(&x->super, at < XFS_DIR_LEAF ? &data_meta : &hash_meta,
			      slice_of(to, x->super.dir_size), disk * space.unit,
			      dir->ino, e);
}

static int view_data(const struct xfs_super *s, struct slice all,
		     struct xfs_dir_view *ret, struct err *e)
{
	size_t head = s->v5 ? 64 : 16, end = all.n;
	struct reader rd = reader_of(all);
	uint64_t hashes;

	ret->kind = XFS_DIR_DATA;
	ret->single = slice_has(all, 0, s->v5 ? "XDB3" : "XD2B", 4);
	if (!ret->single && !slice_has(all, 0, s->v5 ? "XDD3" : "XD2D", 4))
		return err_set(e, ERR_CORRUPT, "it has the wrong magic number");
	if (ret->single) {
		rd_seek(&rd, all.n - TAIL);
		hashes = rd_u32be(&rd) * 8ull;
		if (hashes > all.n - head - TAIL ||
		    !slice_sub(all, all.n - TAIL - hashes, hashes, &ret->hashes))
			return err_set(e, ERR_CORRUPT, "its index is longer than it");
		end = all.n - TAIL - (size_t)hashes;
	}
	return slice_sub(all, head, end - head, &ret->records)
		       ? 0
		       : err_set(e, ERR_BUG, "a block of a directory is too short");
}

static int view_hashes(const struct xfs_super *s, struct slice all,
		       struct xfs_dir_view *ret, struct err *e)
{
	static const uint16_t magics[2][4] = {{0, 0xd2f1, 0xd2ff, 0xfebe},
					      {0, 0x3df1, 0x3dff, 0x3ebe}};
	size_t head = s->v5 ? 64 : 16;
	struct reader rd = reader_of(all);
	unsigned magic, count, kind = XFS_DIR_LEAF1;

	ret->next = (uint64_t)rd_u32be(&rd) << s->block_log;
	rd_seek(&rd, 8);
	magic = rd_u16be(&rd);
	rd_seek(&rd, s->v5 ? 56 : 12);
	count = rd_u16be(&rd);
	ret->level = rd_u16be(&rd);
	while (kind <= XFS_DIR_NODE && magic != magics[s->v5][kind])
		kind++;
	if (kind > XFS_DIR_NODE)
		return err_set(e, ERR_CORRUPT, "it has the wrong magic number");
	ret->kind = kind;
	if (!slice_sub(all, head, count * 8ull, &ret->records) ||
	    (kind == XFS_DIR_NODE && (ret->level == 0 || ret->level > LEVELS_MAX)))
		return err_set(e, ERR_CORRUPT, "its numbers are not possible");
	return 0;
}

int xfs_dir_block(struct xfs *x, const struct xfs_inode *dir, uint64_t at,
		  struct xfs_dir_view *ret, struct err *e)
{
	struct xfs_dir_block *b = find_kept(x, dir->ino, at);
	struct xfs_dir_view view = {0};
	int r = 0;

	if (!b->used) {
		if (!b->bytes)
			b->bytes = malloc(x->super.dir_size);
		if (!b->bytes)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = read_block(x, dir, at, b->bytes, e);
		b->ino = dir->ino;
		b->at = at;
	}
	view.all = slice_of(b->bytes, x->super.dir_size);
	if (r >= 0)
		r = at < XFS_DIR_LEAF ? view_data(&x->super, view.all, &view, e)
				      : view_hashes(&x->super, view.all, &view, e);
	if (r < 0)
		return err_wrap(e, "block at byte %" PRIu64, at);
	b->used = ++x->clock;
	*ret = view;
	return 0;
}
