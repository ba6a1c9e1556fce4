/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a file's data lie ("Data Extents" in the specification): records of 16 bytes,
 * either in the inode or in the leaves of a B+tree whose root lies there. A tree is
 * walked with the bounds that its parents set, so that a damaged one can neither loop nor
 * overlap.
 */
#include <inttypes.h>

#include "limits.h"
#include "xfs.h"

enum {
	EXTENT = 16,
	LEVELS_MAX = 9,
	ROOT_HEAD = 4,
	HEAD_V4 = 24,
	HEAD_V5 = 72,
};

static const struct xfs_meta tree_meta = {.what = "block of an extent tree",
					  .crc = 64,
					  .place = 24,
					  .uuid = 40,
					  .owner = 56};

struct walk {
	struct xfs *x;
	const struct xfs_inode *inode;
	struct map *map;
	uint64_t from;    /* the first block of the file that may come next */
	uint64_t extents; /* seen so far */
	uint32_t visited; /* blocks of the tree that were read */
};

/* One extent, which has to end before block `to` of the file. */
static int walk_extent(struct walk *w, struct reader *rd, uint64_t to, struct err *e)
{
	uint64_t high = rd_u64be(rd), low = rd_u64be(rd), disk;
	bool written = !(high >> 63);
	uint64_t at = (high & ~(1ull << 63)) >> 9;
	uint64_t start = (high & 511) << 43 | low >> 21;
	uint64_t count = low & ((1u << 21) - 1);

	if (!rd_ok(rd) || count == 0 || at < w->from || at > to || count > to - at)
		return err_set(e, ERR_CORRUPT,
			       "extent of blocks %" PRIu64 "+%" PRIu64
			       " is out of order or overlaps",
			       at, count);
	w->from = at + count;
	w->extents++;
	/* What lies on the realtime device is not counted in groups. */
	if (w->inode->realtime)
		return 0;
	if (!xfs_block_linear(&w->x->super, start, count, &disk))
		return err_set(e, ERR_CORRUPT,
			       "extent at block %" PRIu64
			       " lies outside of the file system",
			       start);
	return written ? map_add(w->map, at, count, disk, e) : 0;
}

static int walk_extents(struct walk *w, struct slice records, uint64_t to, struct err *e)
{
	struct reader rd = reader_of(records);
	int r = 0;

	while (r >= 0 && rd_left(&rd))
		r = walk_extent(w, &rd, to, e);
	return r;
}

static int walk_block(struct walk *w, uint64_t block, unsigned level, uint64_t to,
		      struct err *e);

/* The children of a node: `keys` says where each begins. */
static int walk_children(struct walk *w, struct slice keys, struct slice places,
			 unsigned level, uint64_t to, struct err *e)
{
	struct reader key = reader_of(keys), place = reader_of(places);
	uint64_t at = rd_u64be(&key);
	int r = 0;

	while (r >= 0 && rd_left(&place)) {
		uint64_t child = rd_u64be(&place);
		uint64_t until = rd_left(&key) ? rd_u64be(&key) : to;

		if (at < w->from || at >= until || until > to)
			return err_set(e, ERR_CORRUPT,
				       "the tree's key %" PRIu64 " is out of order", at);
		r = walk_block(w, child, level - 1, until, e);
		at = until;
	}
	return r;
}

/* A node's records behind its head: room for as many keys as places. */
static int walk_node(struct walk *w, struct slice records, unsigned count, unsigned level,
		     uint64_t to, struct err *e)
{
	size_t most = records.n / 16;
	struct slice keys, places;

	if (count == 0 || count > most || !slice_sub(records, 0, count * 8ul, &keys) ||
	    !slice_sub(records, most * 8, count * 8ul, &places))
		return err_set(e, ERR_CORRUPT, "a node of %u keys is not possible",
			       count);
	return walk_children(w, keys, places, level, to, e);
}

static int read_tree_block(struct walk *w, uint64_t block, uint8_t *to, struct err *e)
{
	const struct xfs_super *s = &w->x->super;
	struct slice bytes = slice_of(to, s->block_size);
	uint64_t linear;
	int r;

	if (!xfs_block_linear(s, block, 1, &linear))
		return err_set(e, ERR_CORRUPT, "it lies outside of the file system");
	if (++w->visited > LIMIT_MAP_BLOCKS)
		return err_set(e, ERR_LIMIT, "the file's map has more than %u blocks",
			       LIMIT_MAP_BLOCKS);
	r = blocks_read(w->x->blocks, linear << s->block_log, to, s->block_size, e);
	if (r < 0)
		return r;
	if (!slice_has(bytes, 0, s->v5 ? "BMA3" : "BMAP", 4))
		return err_set(e, ERR_CORRUPT, "it does not look like one");
	return xfs_meta_check(s, &tree_meta, bytes, linear << s->block_log, w->inode->ino,
			      e);
}

static int walk_block_bytes(struct walk *w, struct slice block, unsigned level,
			    uint64_t to, struct err *e)
{
	struct reader rd = reader_of(block);
	unsigned found, count;
	struct slice records;

	rd_skip(&rd, 4);
	found = rd_u16be(&rd);
	count = rd_u16be(&rd);
	rd_seek(&rd, w->x->super.v5 ? HEAD_V5 : HEAD_V4);
	records = rd_bytes(&rd, rd_left(&rd));
	if (!rd_ok(&rd) || found != level)
		return err_set(e, ERR_CORRUPT, "level %u where %u belongs", found, level);
	if (level)
		return walk_node(w, records, count, level, to, e);
	if (count == 0 || !slice_sub(records, 0, count * (uint64_t)EXTENT, &records))
		return err_set(e, ERR_CORRUPT, "%u extents are not possible", count);
	return walk_extents(w, records, to, e);
}

/* A block of the tree, in memory of its own: walks nest. */
static int walk_block(struct walk *w, uint64_t block, unsigned level, uint64_t to,
		      struct err *e)
{
	_cleanup_free_ uint8_t *bytes = malloc(w->x->super.block_size);
	int r;

	if (!bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = read_tree_block(w, block, bytes, e);
	if (r >= 0)
		r = walk_block_bytes(w, slice_of(bytes, w->x->super.block_size), level,
				     to, e);
	return r < 0 ? err_wrap(e, "extent tree block %" PRIu64, block) : 0;
}

/* The first block behind the largest possible file. */
static uint64_t file_end(const struct xfs_super *s)
{
	return (1ull << 63) >> s->block_log;
}

static int walk_root(struct walk *w, struct slice fork, struct err *e)
{
	struct reader rd = reader_of(fork);
	unsigned level = rd_u16be(&rd), count = rd_u16be(&rd);
	struct slice records = rd_bytes(&rd, rd_left(&rd));

	if (!rd_ok(&rd) || level == 0 || level > LEVELS_MAX)
		return err_set(e, ERR_CORRUPT, "an extent tree of %u levels", level);
	return walk_node(w, records, count, level, file_end(&w->x->super), e);
}

static int load_map(struct walk *w, struct err *e)
{
	const struct xfs_inode *i = w->inode;
	struct slice fork = xfs_fork(i), records;
	int r;

	if (i->format == XFS_EXTENTS) {
		if (i->extents > fork.n / EXTENT ||
		    !slice_sub(fork, 0, i->extents * EXTENT, &records))
			return err_set(e, ERR_CORRUPT,
				       "%" PRIu64 " extents are not possible",
				       i->extents);
		return walk_extents(w, records, file_end(&w->x->super), e);
	}
	if (i->format != XFS_BTREE)
		return err_set(e, ERR_CORRUPT, "it has no extents");
	r = walk_root(w, fork, e);
	if (r >= 0 && w->extents != i->extents)
		r = err_set(e, ERR_CORRUPT,
			    "its tree has %" PRIu64 " extents, not %" PRIu64, w->extents,
			    i->extents);
	return r;
}

int xfs_map_of(struct xfs *x, const struct xfs_inode *i, const struct map **ret,
	       struct err *e)
{
	struct walk w = {.x = x, .inode = i};
	int r;

	*ret = maps_find(&x->maps, i->ino);
	if (*ret)
		return 0;
	w.map = maps_replace(&x->maps);
	r = load_map(&w, e);
	if (r < 0)
		return err_wrap(e, "inode %" PRIu64, i->ino);
	maps_keep(&x->maps, w.map, i->ino);
	*ret = w.map;
	return 0;
}

struct map_space xfs_space(const struct xfs *x)
{
	return (struct map_space){.blocks = x->blocks, .unit = x->super.block_size};
}
