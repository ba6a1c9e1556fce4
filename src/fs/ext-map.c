/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a file's blocks lie: extent trees and the older indirect blocks, both turned into
 * one list of runs (ext4 documentation, "The Contents of inode.i_block"). A tree is
 * walked with the bounds its parents set, so that a damaged one can neither loop nor
 * overlap.
 */
#include <inttypes.h>

#include "ext.h"
#include "limits.h"

enum {
	EXTENT_MAGIC = 0xf30a,
	EXTENT_DEPTH_MAX = 5,
	EXTENT_SIZE = 12,         /* of the header, of an index and of an extent */
	EXTENT_INIT_MAX = 0x8000, /* a longer one is allocated but not written */
	DIRECT = 12               /* block numbers in i_block before the indirect ones */
};

struct walk {
	struct ext *x;
	const struct ext_inode *inode;
	struct map *map;
	uint32_t block_size;
	uint64_t end;     /* file blocks that the size covers */
	uint32_t visited; /* index blocks read */
};

static int add_run(struct walk *w, uint64_t at, uint64_t count, uint64_t disk,
		   struct err *e)
{
	const struct ext_super *s = &w->x->super;

	if (disk <= s->first_block || disk >= s->blocks || count > s->blocks - disk)
		return err_set(e, ERR_CORRUPT,
			       "block %" PRIu64 " lies outside of the file system", disk);
	return map_add(w->map, at, count, disk, e);
}

/* A block of the map itself, in memory of its own: walks nest. */
static int read_index(struct walk *w, uint64_t disk, uint8_t **ret, struct err *e)
{
	const struct ext_super *s = &w->x->super;
	_cleanup_free_ uint8_t *block = NULL;
	int r;

	if (disk <= s->first_block || disk >= s->blocks)
		return err_set(e, ERR_CORRUPT,
			       "index block %" PRIu64 " lies outside of the file system",
			       disk);
	if (++w->visited > LIMIT_MAP_BLOCKS)
		return err_set(e, ERR_LIMIT, "the file's map has more than %u blocks",
			       LIMIT_MAP_BLOCKS);
	block = malloc(w->block_size);
	if (!block)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(w->x->io.blocks, disk * w->block_size, block, w->block_size, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(block);
	return 0;
}

static int walk_node(struct walk *w, struct slice node, int depth, uint64_t from,
		     uint64_t to, struct err *e);

static int walk_child(struct walk *w, uint64_t disk, int depth, uint64_t from,
		      uint64_t to, struct err *e)
{
	_cleanup_free_ uint8_t *block = NULL;
	struct slice node;
	int r = read_index(w, disk, &block, e);

	if (r < 0)
		return r;
	node = slice_of(block, w->block_size);
	r = walk_node(w, node, depth, from, to, e);
	return r < 0 ? err_wrap(e, "extent block %" PRIu64, disk) : 0;
}

/* One extent: `from` is the first file block it may cover, `to` ends what it may. */
static int walk_extent(struct walk *w, struct reader *r, uint64_t *from, uint64_t to,
		       struct err *e)
{
	uint64_t at = rd_u32le(r), count = rd_u16le(r);
	uint64_t disk = (uint64_t)rd_u16le(r) << 32;
	bool written = count <= EXTENT_INIT_MAX;

	disk |= rd_u32le(r);
	if (!written)
		count -= EXTENT_INIT_MAX;
	if (!rd_ok(r) || count == 0 || at < *from || at + count > to)
		return err_set(e, ERR_CORRUPT,
			       "extent of blocks %" PRIu64 "+%" PRIu64
			       " is out of order or overlaps",
			       at, count);
	*from = at + count;
	return written ? add_run(w, at, count, disk, e) : 0;
}

static int check_node(struct walk *w, struct slice node, int depth, uint16_t *ret_entries,
		      struct err *e)
{
	struct reader r = reader_of(node);
	uint16_t magic = rd_u16le(&r), entries = rd_u16le(&r), max = rd_u16le(&r);
	uint16_t found_depth = rd_u16le(&r);
	bool is_root = node.n == sizeof(w->inode->block);

	if (!rd_ok(&r) || magic != EXTENT_MAGIC)
		return err_set(e, ERR_CORRUPT, "extent header: bad magic number");
	if (max > (node.n - EXTENT_SIZE) / EXTENT_SIZE || entries > max)
		return err_set(e, ERR_CORRUPT, "extent header: %u of %u entries", entries,
			       max);
	if (found_depth > EXTENT_DEPTH_MAX || (depth >= 0 && found_depth != depth))
		return err_set(e, ERR_CORRUPT, "extent depth %u where at most %d fits",
			       found_depth, depth >= 0 ? depth : EXTENT_DEPTH_MAX);
	if (entries == 0 && found_depth > 0)
		return err_set(e, ERR_CORRUPT, "extent index without entries");
	if (!is_root && max > 0 && node.n - EXTENT_SIZE - max * EXTENT_SIZE >= 4 &&
	    !ext2fs_extent_block_csum_verify(
		    w->x->lib, w->inode->ino,
		    (struct ext3_extent_header *)(uintptr_t)node.p))
		return err_set(e, ERR_CORRUPT, "extent block: the checksum is wrong");
	*ret_entries = entries;
	return found_depth;
}

/* A node covers file blocks [from, to). `depth` is what its parent says, -1 at the root.
 */
static int walk_node(struct walk *w, struct slice node, int depth, uint64_t from,
		     uint64_t to, struct err *e)
{
	struct reader r = reader_of(node);
	uint16_t entries = 0;
	int r2 = check_node(w, node, depth, &entries, e);

	if (r2 < 0)
		return r2;
	depth = r2;
	rd_skip(&r, EXTENT_SIZE);
	for (unsigned i = 0; i < entries; i++) {
		struct reader next = r;
		uint64_t at, until = to, disk;

		if (depth == 0) {
			r2 = walk_extent(w, &r, &from, to, e);
			if (r2 < 0)
				return r2;
			continue;
		}
		at = rd_u32le(&r);
		disk = rd_u32le(&r);
		disk |= (uint64_t)rd_u16le(&r) << 32;
		rd_skip(&r, 2);
		if (i + 1u < entries) {
			rd_skip(&next, EXTENT_SIZE);
			until = rd_u32le(&next);
		}
		if (!rd_ok(&r) || at < from || at >= until || until > to)
			return err_set(
				e, ERR_CORRUPT,
				"extent index of block %" PRIu64 " is out of order", at);
		r2 = walk_child(w, disk, depth - 1, at, until, e);
		if (r2 < 0)
			return r2;
		from = until;
	}
	return 0;
}

/* Blocks mapped by one entry at this level of indirection. */
static uint64_t span_of(const struct walk *w, unsigned level)
{
	uint64_t span = 1;

	while (level--)
		span *= w->block_size / 4;
	return span;
}

static int walk_indirect(struct walk *w, struct slice numbers, unsigned level,
			 uint64_t *at, struct err *e)
{
	struct reader numbers_left = reader_of(numbers);

	while (*at < w->end && rd_left(&numbers_left) >= 4) {
		uint32_t disk = rd_u32le(&numbers_left);
		_cleanup_free_ uint8_t *block = NULL;
		int r;

		if (disk == 0) {
			*at += span_of(w, level);
			continue;
		}
		if (level == 0) {
			r = add_run(w, (*at)++, 1, disk, e);
			if (r < 0)
				return r;
			continue;
		}
		r = read_index(w, disk, &block, e);
		if (r >= 0)
			r = walk_indirect(w, slice_of(block, w->block_size), level - 1,
					  at, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int load_map(struct walk *w, struct err *e)
{
	struct slice root = slice_of(w->inode->block, sizeof(w->inode->block)), part;
	uint64_t at = 0;
	int r;

	if (w->inode->flags & EXT4_EXTENTS_FL)
		return walk_node(w, root, -1, 0, (uint64_t)UINT32_MAX + 1, e);
	if (w->end > (uint64_t)UINT32_MAX + 1)
		return err_set(e, ERR_CORRUPT,
			       "a size of %" PRIu64 " bytes is not possible",
			       w->inode->size);
	if (!slice_sub(root, 0, DIRECT * 4, &part))
		return err_set(e, ERR_BUG, "an inode without block numbers");
	r = walk_indirect(w, part, 0, &at, e);
	for (unsigned level = 1; r >= 0 && level <= 3; level++)
		if (slice_sub(root, (DIRECT + level - 1) * 4ul, 4, &part))
			r = walk_indirect(w, part, level, &at, e);
	return r;
}

int ext_map_of(struct ext *x, const struct ext_inode *i, const struct map **ret,
	       struct err *e)
{
	struct map *m;
	struct walk w;
	int r;

	*ret = maps_find(&x->maps, i->ino);
	if (*ret)
		return 0;
	m = maps_replace(&x->maps);
	w = (struct walk){.x = x, .inode = i, .map = m};
	w.block_size = ext_block_size(&x->super);
	w.end = i->size / w.block_size + (i->size % w.block_size != 0);
	r = load_map(&w, e);
	if (r < 0)
		return r;
	maps_keep(&x->maps, m, i->ino);
	*ret = m;
	return 0;
}

struct map_space ext_space(const struct ext *x)
{
	return (struct map_space){.blocks = x->io.blocks,
				  .unit = ext_block_size(&x->super)};
}
