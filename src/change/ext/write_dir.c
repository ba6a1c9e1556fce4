/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names: into a directory, and out of it.
 */
#include "write.h"

#include <inttypes.h>
#include <string.h>

#include "limits.h"

/* Names of directories in one directory, as ext4 counts them (dir_nlink goes on without
 * counting; that is not done here). */
enum { SUBDIRS_MAX = 64998 };

/* The name is checked to have no NUL; libext2fs wants one behind it. */
struct c_name {
	char text[LIMIT_NAME + 1];
};

static struct c_name c_name(struct slice name)
{
	struct c_name c = {0};
	struct reader r = reader_of(name);

	rd_copy(&r, c.text, name.n < LIMIT_NAME ? name.n : LIMIT_NAME);
	return c;
}

static int may_link(const struct ext_taken *dir, int type, struct err *e)
{
	if (dir->seen.flags & EXT4_CASEFOLD_FL)
		return err_set(e, ERR_UNSUPPORTED,
			       "names in a directory that ignores case are not made "
			       "here");
	if (dir->seen.flags & EXT4_PROJINHERIT_FL)
		return err_set(e, ERR_UNSUPPORTED,
			       "the directory hands a project id on to new files, which "
			       "is not done here");
	if (type == EXT2_FT_DIR && dir->inode.i_links_count > SUBDIRS_MAX)
		return err_set(e, ERR_UNSUPPORTED, "the directory has too many others");
	return 0;
}

/* What our reader and libext2fs find under this name; 0: nothing. */
static int find(struct ext_writer *w, struct ext_taken *dir, struct slice name,
		uint32_t *ret, struct err *e)
{
	struct c_name text = c_name(name);
	uint32_t seen = 0;
	ext2_ino_t ino = 0;
	errcode_t code;
	int r = ext_dir_find(dir->reader, &dir->seen, name, &seen, e);

	if (r < 0)
		return r;
	code = ext2fs_lookup(w->lib, dir->seen.ino, text.text, (int)name.n, NULL, &ino);
	if (code && code != EXT2_ET_FILE_NOT_FOUND)
		return ext_writer_error(w, code, e);
	if (seen != (code ? 0 : ino))
		return err_set(e, ERR_CORRUPT,
			       "two ways of reading the directory do not agree on a "
			       "name: run e2fsck -f");
	*ret = seen;
	return 0;
}

int ext_link_check(struct ext_writer *w, struct ext_taken *dir, struct slice name,
		   int type, uint32_t *ret_there, struct err *e)
{
	int r = find(w, dir, name, ret_there, e);

	if (r < 0 || *ret_there)
		return r;
	r = may_link(dir, type, e);
	return r < 0 ? r : ext_check_index(dir, e);
}

int ext_link(struct ext_writer *w, struct ext_taken *dir, struct slice name, uint32_t ino,
	     int type, struct err *e)
{
	struct c_name text = c_name(name);
	uint32_t parent = dir->seen.ino;
	errcode_t code = EXT2_ET_DIR_NO_SPACE;

	/* libext2fs does not make a directory longer by itself. */
	for (int i = 0; i < 2 && code == EXT2_ET_DIR_NO_SPACE; i++) {
		code = i ? ext2fs_expand_dir(w->lib, parent) : 0;
		if (!code && type == EXT2_FT_DIR)
			code = ext2fs_mkdir(w->lib, parent, ino, text.text);
		else if (!code)
			code = ext2fs_link(w->lib, parent, text.text, ino, type);
	}
	return code ? ext_writer_error(w, code, e) : ext_inode_touch(w, parent, e);
}

/* The last name is gone: blocks, attributes and inode become free. */
static int forget(struct ext_writer *w, uint32_t ino, struct ext2_inode_large *inode,
		  struct err *e)
{
	struct ext2_inode *small = (struct ext2_inode *)(void *)inode;
	errcode_t code = ext2fs_free_ext_attr(w->lib, ino, inode);

	if (!code && ext2fs_inode_has_valid_blocks2(w->lib, small))
		code = ext2fs_punch(w->lib, ino, small, NULL, 0, ~0ULL);
	if (code)
		return ext_writer_error(w, code, e);
	inode->i_dtime = (uint32_t)w->now;
	ext2fs_inode_alloc_stats2(w->lib, ino, -1, 0);
	return ext_inode_put(w, ino, inode, e);
}

int ext_write_unlink(struct fs_writer *writer, const struct node *dir, struct slice name,
		     const struct node *file, struct err *e)
{
	struct ext_writer *w = (struct ext_writer *)writer;
	_cleanup_taken_ struct ext_taken d = {0}, f = {0};
	uint32_t ino = 0;
	errcode_t code;
	int r = ext_take(w, dir, NODE_DIR, &d, e);

	if (r >= 0)
		r = ext_take(w, file, NODE_FILE, &f, e);
	if (r >= 0)
		r = find(w, &d, name, &ino, e);
	if (r >= 0 && ino != file->id)
		r = err_set(e, ERR_USAGE, "the directory has no such file");
	if (r < 0)
		return r;
	code = ext2fs_unlink(w->lib, d.seen.ino, c_name(name).text, ino, 0);
	if (code)
		return ext_writer_error(w, code, e);
	r = ext_inode_touch(w, d.seen.ino, e);
	if (r >= 0)
		r = ext_inode_touch(w, ino, e);
	if (r >= 0)
		r = ext_inode_get(w, ino, &f.inode, e);
	if (r < 0)
		return r;
	if (--f.inode.i_links_count == 0)
		return forget(w, ino, &f.inode, e);
	return ext_inode_put(w, ino, &f.inode, e);
}
