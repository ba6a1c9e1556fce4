/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories: each name has an item under its hash, by which it is found, and one under
 * a number that counts up, by which all are listed.
 */
#include <inttypes.h>

#include "btrfs.h"
#include "limits.h"
#include "name.h"

static enum node_type node_type_of(uint8_t type)
{
	static const enum node_type types[] = {NODE_OTHER, NODE_FILE,   NODE_DIR,
					       NODE_OTHER, NODE_OTHER,  NODE_OTHER,
					       NODE_OTHER, NODE_SYMLINK};

	return type < ARRAY_LEN(types) ? types[type] : NODE_OTHER;
}

/* The next of the entries of an item: 1, or 0 at its end. */
static int next_entry(struct reader *rd, struct btrfs_entry *ret, struct err *e)
{
	uint16_t data_len, name_len;

	if (rd_left(rd) == 0)
		return 0;
	ret->to = btrfs_read_key(rd);
	rd_skip(rd, 8); /* generation */
	data_len = rd_u16le(rd);
	name_len = rd_u16le(rd);
	ret->type = node_type_of(rd_u8(rd));
	ret->name = rd_bytes(rd, name_len);
	rd_skip(rd, data_len);
	if (!rd_ok(rd))
		return err_set(e, ERR_CORRUPT, "an entry is cut off");
	if (!fs_is_name(ret->name))
		return err_set(e, ERR_CORRUPT, "an entry has a name that cannot be one");
	return 1;
}

static int walk(struct btrfs *x, const struct btrfs_tree *t, uint64_t ino,
		btrfs_entry_fn fn, void *ctx, struct err *e)
{
	struct btrfs_key key = {ino, BTRFS_DIR_INDEX, 0};
	struct btrfs_entry entry;
	struct btrfs_item item;
	uint8_t name[LIMIT_NAME];

	for (;;) {
		struct reader rd;
		int r = btrfs_first(x, t, key, &item, e);

		if (r <= 0 || item.key.id != key.id || item.key.type != key.type)
			return r < 0 ? r : 0;
		rd = reader_of(item.bytes);
		r = next_entry(&rd, &entry, e);
		if (r <= 0)
			return r < 0 ? r : err_set(e, ERR_CORRUPT, "an entry is empty");
		/* The callback may search, which would take the name away. */
		rd = reader_of(entry.name);
		rd_copy(&rd, name, entry.name.n);
		entry.name = slice_of(name, entry.name.n);
		r = fn(ctx, &entry, e);
		if (r != 0 || item.key.offset == UINT64_MAX)
			return r;
		key.offset = item.key.offset + 1;
	}
}

int btrfs_dir_walk(struct btrfs *x, uint64_t dir, btrfs_entry_fn fn, void *ctx,
		   struct err *e)
{
	struct btrfs_tree t = btrfs_tree_of(x, dir);
	int r = 0;

	if (btrfs_ino_of(dir) != BTRFS_EMPTY_DIR)
		r = walk(x, &t, btrfs_ino_of(dir), fn, ctx, e);
	return r < 0 ? err_wrap(e, "tree %" PRIu64 ", directory inode %" PRIu64, t.id,
				btrfs_ino_of(dir))
		     : r;
}

/* What the name leads to: 1, or 0 when the directory does not have it. */
static int find_entry(struct btrfs *x, const struct btrfs_tree *t, uint64_t ino,
		      struct slice name, struct btrfs_key *ret, struct err *e)
{
	struct btrfs_key key = {ino, BTRFS_DIR_ITEM, btrfs_name_hash(name)};
	struct btrfs_entry entry;
	struct btrfs_item item;
	struct reader rd;
	int r = btrfs_get(x, t, key, &item, e);

	if (r <= 0)
		return r;
	rd = reader_of(item.bytes);
	while ((r = next_entry(&rd, &entry, e)) > 0) {
		if (!slice_same(entry.name, name))
			continue;
		*ret = entry.to;
		return 1;
	}
	return r;
}

/* The directory atop of a subvolume. A snapshot has the entries of those inside of what
 * it was made from, but not them. */
static int enter_tree(struct btrfs *x, uint64_t id, uint64_t dir, struct slice name,
		      struct btrfs_inode *ret, struct err *e)
{
	struct btrfs_tree above = btrfs_tree_of(x, dir);
	size_t tree = (size_t)(dir >> BTRFS_INODE_BITS);
	uint64_t ino = BTRFS_EMPTY_DIR, node;
	int r = btrfs_tree_below(x, id, above.id, btrfs_ino_of(dir), name, e);

	if (r > 0) {
		ino = BTRFS_ROOT_DIR;
		r = btrfs_tree_number(x, id, &tree, e);
		if (r == -ERR_ABSENT)
			r = err_set(e, ERR_CORRUPT,
				    "an entry names subvolume %" PRIu64
				    ", which is not there",
				    id);
	}
	if (r >= 0)
		r = btrfs_node_id(tree, ino, &node, e);
	return r < 0 ? r : btrfs_inode_read(x, node, ret, e);
}

static int find(struct btrfs *x, uint64_t dir, struct slice name, struct btrfs_inode *ret,
		struct err *e)
{
	struct btrfs_tree t = btrfs_tree_of(x, dir);
	uint64_t node, ino = btrfs_ino_of(dir);
	struct btrfs_key to;
	int r = ino == BTRFS_EMPTY_DIR ? 0 : find_entry(x, &t, ino, name, &to, e);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_ABSENT, "no such file or directory");
	if (to.type == BTRFS_ROOT_ITEM)
		return enter_tree(x, to.id, dir, name, ret, e);
	if (to.type != BTRFS_INODE_ITEM || to.id == BTRFS_EMPTY_DIR)
		return err_set(e, ERR_CORRUPT, "an entry leads to no file");
	r = btrfs_node_id((size_t)(dir >> BTRFS_INODE_BITS), to.id, &node, e);
	return r < 0 ? r : btrfs_inode_below(x, node, dir, ret, e);
}

int btrfs_dir_find(struct btrfs *x, uint64_t dir, struct slice name,
		   struct btrfs_inode *ret, struct err *e)
{
	int r = find(x, dir, name, ret, e);

	return r < 0 && e->code != ERR_ABSENT
		       ? err_wrap(e, "tree %" PRIu64 ", directory inode %" PRIu64,
				  btrfs_tree_of(x, dir).id, btrfs_ino_of(dir))
		       : r;
}
