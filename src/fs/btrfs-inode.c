/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <sys/stat.h>

#include "btrfs.h"

enum { INODE_LEN = 160 };

int btrfs_node_id(size_t tree, uint64_t ino, uint64_t *ret, struct err *e)
{
	if (ino > BTRFS_INODE_MASK)
		return err_set(e, ERR_LIMIT,
			       "inode %" PRIu64 " is above 2^%d, which is not read", ino,
			       BTRFS_INODE_BITS);
	*ret = (uint64_t)tree << BTRFS_INODE_BITS | ino;
	return 0;
}

struct btrfs_tree btrfs_tree_of(const struct btrfs *x, uint64_t id)
{
	return x->trees[id >> BTRFS_INODE_BITS];
}

static int read_item(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_inode *i,
		     struct err *e)
{
	struct btrfs_item item;
	struct reader rd;
	int r = btrfs_get(x, t,
			  (struct btrfs_key){btrfs_ino_of(i->id), BTRFS_INODE_ITEM, 0},
			  &item, e);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, ERR_CORRUPT, "it is not there");
	rd = reader_of(item.bytes);
	rd_seek(&rd, 16);
	i->size = rd_u64le(&rd);
	rd_seek(&rd, 52);
	i->mode = rd_u32le(&rd);
	rd_skip(&rd, 8); /* a device's number */
	i->flags = rd_u64le(&rd);
	if (!rd_ok(&rd) || item.bytes.n < INODE_LEN)
		return err_set(e, ERR_CORRUPT, "it is cut off");
	return 0;
}

int btrfs_inode_read(struct btrfs *x, uint64_t id, struct btrfs_inode *ret, struct err *e)
{
	struct btrfs_tree t = btrfs_tree_of(x, id);
	struct btrfs_inode i = {.id = id};

	if (btrfs_ino_of(id) == BTRFS_EMPTY_DIR)
		i.mode = S_IFDIR | 0755;
	else if (read_item(x, &t, &i, e) < 0)
		return err_wrap(e, "tree %" PRIu64 ", inode %" PRIu64, t.id,
				btrfs_ino_of(id));
	*ret = i;
	return 0;
}

int btrfs_inode_below(struct btrfs *x, uint64_t id, uint64_t above,
		      struct btrfs_inode *ret, struct err *e)
{
	struct btrfs_tree t = btrfs_tree_of(x, id);
	struct btrfs_key key = {btrfs_ino_of(id), BTRFS_INODE_REF, 0};
	struct btrfs_inode i;
	struct btrfs_item item;
	int r = btrfs_inode_read(x, id, &i, e);

	if (r >= 0 && S_ISDIR(i.mode)) {
		r = btrfs_first(x, &t, key, &item, e);
		if (r >= 0 &&
		    (r == 0 || item.key.id != key.id || item.key.type != key.type ||
		     item.key.offset != btrfs_ino_of(above) || key.id == BTRFS_ROOT_DIR))
			r = err_set(e, ERR_CORRUPT,
				    "tree %" PRIu64 ", inode %" PRIu64
				    ": a directory that belongs into another one",
				    t.id, key.id);
	}
	if (r >= 0)
		*ret = i;
	return r < 0 ? r : 0;
}

static enum node_type type_of(uint32_t mode)
{
	if (S_ISREG(mode))
		return NODE_FILE;
	if (S_ISDIR(mode))
		return NODE_DIR;
	return S_ISLNK(mode) ? NODE_SYMLINK : NODE_OTHER;
}

struct node btrfs_node_of(const struct btrfs_inode *i)
{
	enum node_type type = type_of(i->mode);

	return (struct node){.id = i->id,
			     .type = type,
			     .size = type == NODE_DIR ? 0 : i->size,
			     .mode = i->mode & 07777u};
}
