/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * New files and directories, made like one that is there.
 */
#include "write.h"

#include <inttypes.h>

/* What a new file has in common with the one that it is like. */
struct model {
	uint32_t ino; /* 0: like none */
	uint32_t mode;
	uint16_t group; /* 0: that of the inode */
	struct ext2_inode_large inode;
};

static int find_model(struct ext_writer *w, const struct fs_new *new, struct model *ret,
		      struct err *e)
{
	_cleanup_taken_ struct ext_taken t = {0};
	struct model m = {.mode = new->mode, .group = new->group};
	int r = 0;

	if (new->like) {
		r = ext_take(w, new->like, new->like->type, &t, e);
		m.ino = (uint32_t) new->like->id;
		m.inode = t.inode;
		if (new->mode == FS_MODE_LIKE)
			m.mode = new->like->mode;
	} else if (new->mode == FS_MODE_LIKE) {
		r = err_set(e, ERR_USAGE, "a new file is like none, but for its mode");
	}
	m.mode &= 07777;
	*ret = m;
	return r < 0 ? err_wrap(e, "the file that a new one is made like") : 0;
}

/* Copies the label; 0 when there is none. */
static errcode_t copy_label(struct ext2_xattr_handle *from, struct ext2_xattr_handle *to,
			    bool *ret_copied)
{
	static const char name[] = "security.selinux";
	void *value = NULL;
	size_t n = 0;
	errcode_t code = ext2fs_xattrs_read(from);

	if (!code)
		code = ext2fs_xattr_get(from, name, &value, &n);
	if (code == EXT2_ET_EA_KEY_NOT_FOUND)
		return 0;
	if (!code)
		code = ext2fs_xattrs_read(to);
	if (!code)
		code = ext2fs_xattr_set(to, name, value, n);
	ext2fs_free_mem(&value);
	*ret_copied = !code;
	return code;
}

static int label(struct ext_writer *w, uint32_t like, uint32_t ino, unsigned *notes,
		 struct err *e)
{
	struct ext2_xattr_handle *from = NULL, *to = NULL;
	bool copied = false;
	errcode_t code = 0;

	if (like && w->super.compat & EXT2_FEATURE_COMPAT_EXT_ATTR) {
		code = ext2fs_xattrs_open(w->lib, like, &from);
		if (!code)
			code = ext2fs_xattrs_open(w->lib, ino, &to);
		if (!code)
			code = copy_label(from, to, &copied);
		if (from)
			ext2fs_xattrs_close(&from);
		if (to)
			ext2fs_xattrs_close(&to);
	}
	if (!copied)
		*notes |= FS_NOTE_UNLABELLED;
	return code ? ext_writer_error(w, code, e) : 0;
}

static void set_owner(struct ext2_inode_large *inode, const struct model *m)
{
	inode->i_mode = (uint16_t)((inode->i_mode & LINUX_S_IFMT) | m->mode);
	inode->i_uid = m->inode.i_uid;
	inode->i_gid = m->inode.i_gid;
	inode->osd2.linux2.l_i_uid_high = m->inode.osd2.linux2.l_i_uid_high;
	inode->osd2.linux2.l_i_gid_high = m->inode.osd2.linux2.l_i_gid_high;
	if (m->group) {
		inode->i_gid = m->group;
		inode->osd2.linux2.l_i_gid_high = 0;
	}
}

static const struct {
	uint16_t mode;
	int type; /* in directories */
} kinds[] = {
	[FS_NEW_FILE] = {LINUX_S_IFREG, EXT2_FT_REG_FILE},
	[FS_NEW_LINK] = {LINUX_S_IFLNK, EXT2_FT_SYMLINK},
	[FS_NEW_DEVICE] = {LINUX_S_IFBLK, EXT2_FT_BLKDEV},
};

/* A short link's target lies where other inodes tell their blocks; a device's numbers do,
 * too. */
static bool lies_inside(const struct fs_new *new, struct slice bytes)
{
	return new->kind == FS_NEW_DEVICE ||
	       (new->kind ==
		FS_NEW_LINK &&bytes.n < sizeof(((struct ext2_inode *)0)->i_block));
}

static void put_inside(struct ext2_inode *inode, const struct fs_new *new,
		       struct slice bytes)
{
	struct reader r = reader_of(bytes);

	if (new->kind == FS_NEW_DEVICE) {
		inode->i_block[0] = (uint32_t) new->major << 8 | new->minor;
		return;
	}
	rd_copy(&r, inode->i_block, bytes.n);
	inode->i_size = (uint32_t)bytes.n;
}

/* A new inode without data in blocks. */
static int new_file(struct ext_writer *w, uint32_t ino, const struct fs_new *new,
		    struct slice bytes, struct err *e)
{
	struct ext2_inode inode = {.i_mode = kinds[new->kind].mode, .i_links_count = 1};
	bool inside = lies_inside(new, bytes);
	ext2_extent_handle_t handle = NULL;
	errcode_t code = 0;

	ext2fs_inode_alloc_stats2(w->lib, ino, +1, 0);
	if (inside)
		put_inside(&inode, new, bytes);
	/* Opening them makes the empty head of a tree of extents. */
	if (!inside && w->super.incompat & EXT3_FEATURE_INCOMPAT_EXTENTS) {
		code = ext2fs_extent_open2(w->lib, ino, &inode, &handle);
		if (handle)
			ext2fs_extent_free(handle);
	}
	if (!code)
		code = ext2fs_write_new_inode(w->lib, ino, &inode);
	return code ? ext_writer_error(w, code, e) : 0;
}

/* Gives the new inode its owner, mode, label and times. */
static int dress(struct ext_writer *w, uint32_t ino, const struct model *m,
		 struct fs_wrote *ret, struct err *e)
{
	struct ext2_inode_large inode;
	unsigned notes = 0;
	int r = ext_inode_get(w, ino, &inode, e);

	if (r < 0)
		return r;
	set_owner(&inode, m);
	r = ext_inode_put(w, ino, &inode, e);
	if (r >= 0)
		r = label(w, m->ino, ino, &notes, e);
	if (r >= 0)
		r = ext_inode_touch(w, ino, e);
	if (r >= 0)
		r = ext_inode_get(w, ino, &inode, e);
	if (r < 0)
		return r;
	ext_wrote(ino, &inode, ret);
	ret->notes |= notes;
	return 0;
}

/* *ret_ino is 0 when the name is there already, as *ret_there. */
static int prepare(struct ext_writer *w, const struct node *dir, const struct fs_new *new,
		   int type, struct ext_taken *d, struct model *m, uint32_t *ret_ino,
		   uint32_t *ret_there, struct err *e)
{
	ext2_ino_t ino = 0;
	errcode_t code;
	int r = ext_take(w, dir, NODE_DIR, d, e);

	if (r >= 0)
		r = ext_link_check(w, d, new->name, type, ret_there, e);
	if (r >= 0 && !*ret_there)
		r = find_model(w, new, m, e);
	if (r < 0 || *ret_there)
		return r;
	code = ext2fs_new_inode(w->lib, d->seen.ino, (int)m->mode, NULL, &ino);
	if (code)
		return ext_writer_error(w, code, e);
	*ret_ino = ino;
	return 0;
}

int ext_write_create(struct fs_writer *writer, const struct node *dir,
		     const struct fs_new *new, struct slice bytes, struct fs_wrote *ret,
		     struct err *e)
{
	struct ext_writer *w = (struct ext_writer *)writer;
	_cleanup_taken_ struct ext_taken d = {0};
	uint32_t ino = 0, there = 0;
	struct model m;
	int type = kinds[new->kind].type;
	int r = prepare(w, dir, new, type, &d, &m, &ino, &there, e);

	if (r >= 0 && there)
		r = err_set(e, ERR_USAGE, "there is a file of that name");
	if (r >= 0)
		r = new_file(w, ino, new, bytes, e);
	if (r >= 0)
		r = ext_link(w, &d, new->name, ino, type, e);
	if (r >= 0 && !lies_inside(new, bytes))
		r = ext_write_data(w, ino, 0, bytes, e);
	return r < 0 ? r : dress(w, ino, &m, ret, e);
}

/* The directory that is there already. */
static int found(struct ext_writer *w, uint32_t ino, struct fs_wrote *ret, struct err *e)
{
	struct ext2_inode_large inode;
	int r = ext_inode_get(w, ino, &inode, e);

	if (r < 0)
		return r;
	if (!LINUX_S_ISDIR(inode.i_mode))
		return err_set(e, ERR_USAGE, "there is a file of that name");
	ext_wrote(ino, &inode, ret);
	return 0;
}

int ext_write_mkdir(struct fs_writer *writer, const struct node *dir,
		    const struct fs_new *new, struct fs_wrote *ret, struct err *e)
{
	struct ext_writer *w = (struct ext_writer *)writer;
	_cleanup_taken_ struct ext_taken d = {0};
	uint32_t ino = 0, there = 0;
	struct model m;
	int r = prepare(w, dir, new, EXT2_FT_DIR, &d, &m, &ino, &there, e);

	if (r >= 0 && there)
		return found(w, there, ret, e);
	if (r >= 0)
		r = ext_link(w, &d, new->name, ino, EXT2_FT_DIR, e);
	return r < 0 ? r : dress(w, ino, &m, ret, e);
}
