/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding one name in a directory by its hash: in the index at the end of a single block,
 * in a leaf of hashes, or through the tree above such leaves ("Leaf Directories" and
 * "Node Directories" in the specification). As in Linux, what the index does not have is
 * not there.
 */
#include <inttypes.h>

#include "limits.h"
#include "xfs.h"

enum { RECORD = 8 };

struct search {
	struct xfs *x;
	const struct xfs_inode *dir;
	struct slice name;
	uint32_t hash;
	uint64_t ino; /* what was found, or 0 */
};

static bool is_wanted(const struct search *s, struct slice name)
{
	return s->x->super.fold ? slice_same_folded(name, s->name)
				: slice_same(name, s->name);
}

/* --- In the inode --- */

static int compare_entry(void *ctx, const struct xfs_entry *entry, _unused_ struct err *e)
{
	struct search *s = ctx;

	if (!is_wanted(s, entry->name))
		return 0;
	s->ino = entry->ino;
	return 1;
}

/* --- By hash --- */

static uint32_t hash_name(struct slice name, bool fold)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < name.n; i++) {
		uint32_t c = (uint32_t)slice_at(name, i);

		if (fold && c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		hash = c ^ (hash << 7 | hash >> 25);
	}
	return hash;
}

/* A record of an index: a hash, and where that leads. */
static uint32_t record(struct slice records, size_t i, uint32_t *ret_to)
{
	struct reader rd = reader_of(records);
	uint32_t hash;

	rd_seek(&rd, i * RECORD);
	hash = rd_u32be(&rd);
	*ret_to = rd_u32be(&rd);
	return hash;
}

/* The first record whose hash is not below this one; records.n / RECORD without one. */
static size_t find_record(struct slice records, uint32_t hash)
{
	size_t low = 0, high = records.n / RECORD;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t ignored;

		if (record(records, mid, &ignored) < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct slice index_of(const struct xfs_dir_view *block)
{
	return block->kind == XFS_DIR_DATA ? block->hashes : block->records;
}

/* Is the entry at this place, in units of 8 bytes, the one? */
static int try_place(struct search *s, uint32_t place, struct err *e)
{
	uint64_t at = place * 8ull, in_block = at % s->x->super.dir_size;
	struct xfs_dir_view block;
	struct xfs_entry entry = {0};
	size_t len, head;
	int r = xfs_dir_block(s->x, s->dir, at - in_block, &block, e);

	if (r < 0)
		return r;
	head = slice_offset(block.all, block.records);
	if (block.kind != XFS_DIR_DATA || in_block < head)
		return err_set(e, ERR_CORRUPT, "its index leads to no entry");
	r = xfs_dir_record(&s->x->super, &block, (size_t)in_block - head, &entry, &len,
			   e);
	if (r >= 0 && entry.ino == 0)
		r = err_set(e, ERR_CORRUPT, "its index leads to no entry");
	if (r >= 0 && is_wanted(s, entry.name))
		s->ino = entry.ino;
	return r;
}

/* Looks at the records with the hash in the index of one block; *ret_next is where those
 * go on, or 0. */
static int search_leaf(struct search *s, uint64_t at, uint64_t *ret_next, struct err *e)
{
	struct xfs_dir_view leaf;
	int r = xfs_dir_block(s->x, s->dir, at, &leaf, e);

	*ret_next = 0;
	for (size_t i = r < 0 ? 0 : find_record(index_of(&leaf), s->hash); r >= 0; i++) {
		uint32_t place;

		if (i >= index_of(&leaf).n / RECORD) {
			*ret_next = leaf.kind == XFS_DIR_LEAFN ? leaf.next : 0;
			return 0;
		}
		if (record(index_of(&leaf), i, &place) != s->hash)
			return 0;
		/* Deleted entries lead to 0. */
		r = place ? try_place(s, place, e) : 0;
		if (r < 0 || s->ino)
			return r;
		r = xfs_dir_block(s->x, s->dir, at, &leaf, e);
	}
	return r;
}

static int check_index_place(const struct search *s, uint64_t at, struct err *e)
{
	if (at < XFS_DIR_LEAF || at >= XFS_DIR_FREE || at % s->x->super.dir_size)
		return err_set(e, ERR_CORRUPT, "its index leads to byte %" PRIu64, at);
	return 0;
}

/* The first leaf that may have the hash; *ret is 0 where none has it. */
static int find_leaf(struct search *s, uint64_t *ret, struct err *e)
{
	uint64_t at = XFS_DIR_LEAF;
	struct xfs_dir_view node;
	unsigned level = 0;
	int r = xfs_dir_block(s->x, s->dir, at, &node, e);

	while (r >= 0 && node.kind == XFS_DIR_NODE) {
		size_t i = find_record(node.records, s->hash);
		uint32_t to;

		if (level && node.level != level - 1)
			return err_set(e, ERR_CORRUPT, "level %u of its index below %u",
				       node.level, level);
		level = node.level;
		if (i >= node.records.n / RECORD) {
			*ret = 0;
			return 0;
		}
		(void)record(node.records, i, &to);
		at = (uint64_t)to << s->x->super.block_log;
		r = check_index_place(s, at, e);
		if (r >= 0)
			r = xfs_dir_block(s->x, s->dir, at, &node, e);
	}
	if (r >= 0 && level > 1)
		return err_set(e, ERR_CORRUPT, "its index ends at level %u", level);
	if (r >= 0)
		*ret = at;
	return r;
}

static int search_index(struct search *s, struct err *e)
{
	const struct map *map = NULL;
	uint64_t at = 0, index = XFS_DIR_LEAF / s->x->super.block_size, next;
	unsigned hops = 0;
	int r = xfs_map_of(s->x, s->dir, &map, e);

	if (r < 0)
		return r;
	if (map_next(map, index, &next)) {
		r = find_leaf(s, &at, e);
		if (r < 0 || at == 0)
			return r;
	}
	for (;;) {
		r = search_leaf(s, at, &next, e);
		if (r < 0 || s->ino || next == 0)
			return r;
		if (++hops > LIMIT_DIR_ENTRIES)
			return err_set(e, ERR_CORRUPT, "its index does not end");
		at = next;
		r = check_index_place(s, at, e);
		if (r < 0)
			return r;
	}
}

int xfs_dir_find(struct xfs *x, const struct xfs_inode *dir, struct slice name,
		 uint64_t *ret, struct err *e)
{
	struct search s = {.x = x, .dir = dir, .name = name};
	int r;

	s.hash = hash_name(name, x->super.fold);
	r = dir->format == XFS_LOCAL ? xfs_dir_walk(x, dir, compare_entry, &s, e)
				     : search_index(&s, e);
	if (r < 0)
		return err_wrap(e, "directory inode %" PRIu64, dir->ino);
	*ret = s.ino;
	return 0;
}
