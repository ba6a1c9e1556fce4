/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file is taken before it is changed: what the caller saw, what our reader sees now and
 * what libext2fs sees have to be the same, and the file has to be one that may be
 * changed. Inodes go through here, too.
 */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "write.h"

static int inode_bytes(const struct ext_writer *w)
{
	size_t n = w->super.inode_size;

	return (int)(n < sizeof(struct ext2_inode_large)
			     ? n
			     : sizeof(struct ext2_inode_large));
}

int ext_inode_get(struct ext_writer *w, uint32_t ino, struct ext2_inode_large *ret,
		  struct err *e)
{
	struct ext2_inode_large inode = {0};
	errcode_t code = ext2fs_read_inode_full(
		w->lib, ino, (struct ext2_inode *)(void *)&inode, inode_bytes(w));

	if (code)
		return ext_writer_error(w, code, e);
	*ret = inode;
	return 0;
}

int ext_inode_put(struct ext_writer *w, uint32_t ino, struct ext2_inode_large *inode,
		  struct err *e)
{
	errcode_t code = ext2fs_write_inode_full(
		w->lib, ino, (struct ext2_inode *)(void *)inode, inode_bytes(w));

	ext2fs_mark_inode_bitmap2(w->changed, ino);
	return code ? ext_writer_error(w, code, e) : 0;
}

/* Has an inode this field among those behind the first 128 bytes? */
static bool has_extra(const struct ext_writer *w, const struct ext2_inode_large *inode,
		      size_t end)
{
	return w->super.inode_size > EXT2_GOOD_OLD_INODE_SIZE &&
	       inode->i_extra_isize >= end - EXT2_GOOD_OLD_INODE_SIZE;
}

int ext_inode_touch(struct ext_writer *w, uint32_t ino, struct err *e)
{
	enum {
		CTIME_END = offsetof(struct ext2_inode_large, i_ctime_extra) + 4,
		MTIME_END = offsetof(struct ext2_inode_large, i_mtime_extra) + 4
	};
	/* Two bits more than the 32 of a time, which are those of a signed number. */
	uint32_t low = (uint32_t)w->now;
	uint32_t epoch = (uint32_t)((uint64_t)(w->now - (int32_t)low) >> 32) & 3;
	struct ext2_inode_large inode;
	int r = ext_inode_get(w, ino, &inode, e);

	if (r < 0)
		return r;
	inode.i_ctime = inode.i_mtime = low;
	if (has_extra(w, &inode, CTIME_END))
		inode.i_ctime_extra = epoch;
	if (has_extra(w, &inode, MTIME_END))
		inode.i_mtime_extra = epoch;
	return ext_inode_put(w, ino, &inode, e);
}

/* Files of the file system's own: its journal, quotas, orphans. */
static bool is_reserved(const struct ext_writer *w, uint64_t ino)
{
	const struct ext2_super_block *s = w->lib->super;

	return (ino < EXT2_FIRST_INODE(s) && ino != EXT2_ROOT_INO) ||
	       ino == s->s_journal_inum || ino == s->s_usr_quota_inum ||
	       ino == s->s_grp_quota_inum || ino == s->s_prj_quota_inum ||
	       ino == s->s_orphan_file_inum;
}

static int check_flags(uint32_t flags, struct err *e)
{
	static const struct {
		uint32_t flag;
		const char *what;
	} refused[] = {
		{EXT4_ENCRYPT_FL, "is encrypted (fscrypt): only a guest with the key can "
				  "change it"},
		{EXT4_VERITY_FL, "is sealed (fs-verity): it has to be replaced inside "
				 "the guest"},
		{EXT2_COMPR_FL | EXT2_COMPRBLK_FL, "is compressed"},
		{EXT4_SNAPFILE_FL, "is a snapshot"},
		{EXT4_EA_INODE_FL, "holds an extended attribute"},
	};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (flags & refused[i].flag)
			return err_set(e, ERR_UNSUPPORTED, "it %s", refused[i].what);
	return 0;
}

static int differ(struct err *e, const char *what)
{
	return err_set(e, ERR_CORRUPT,
		       "two ways of reading it do not agree on its %s: run e2fsck -f",
		       what);
}

/* The caller's node, our reader and libext2fs. What was changed here may have grown since
 * the caller saw it. */
static int compare(const struct ext_writer *w, const struct ext_taken *t,
		   const struct node *node, struct err *e)
{
	const struct ext2_inode_large *i = &t->inode;
	uint64_t size = i->i_size;

	if (LINUX_S_ISREG(i->i_mode) ||
	    t->reader->super.incompat & EXT4_FEATURE_INCOMPAT_LARGEDIR)
		size |= (uint64_t)i->i_size_high << 32;
	if (!ext2fs_test_inode_bitmap2(w->changed, t->seen.ino) &&
	    (node->type != node_type_of_mode(t->seen.mode) ||
	     node->mode != (t->seen.mode & 07777) || node->size != t->seen.size))
		return err_set(e, ERR_USAGE, "it is not what it was when it was found");
	if (i->i_mode != t->seen.mode || i->i_links_count == 0)
		return differ(e, "type");
	/* There the list of such files goes on. */
	if (i->i_dtime)
		return err_set(e, ERR_REFUSED,
			       "it is still to be cut off: let the guest mount the file "
			       "system once, or run e2fsck");
	if (size != t->seen.size)
		return differ(e, "size");
	if (i->i_flags != t->seen.flags ||
	    memcmp(i->i_block, t->seen.block, sizeof(i->i_block)) != 0)
		return differ(e, "block list");
	return 0;
}

/* Both ends of each run, and that they are in use. */
static int compare_map(struct ext_writer *w, const struct ext_taken *t, struct err *e)
{
	struct ext2_inode *inode = (struct ext2_inode *)(void *)(uintptr_t)&t->inode;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < t->map->n; i++) {
		const struct map_run *run = &t->map->runs[i];
		blk64_t first = 0, last = 0;
		errcode_t code = ext2fs_bmap2(w->lib, t->seen.ino, inode, NULL, 0,
					      run->at, NULL, &first);

		if (!code)
			code = ext2fs_bmap2(w->lib, t->seen.ino, inode, NULL, 0,
					    (uint64_t)run->at + run->count - 1, NULL,
					    &last);
		if (code)
			return ext_writer_error(w, code, e);
		if (first != run->disk || last != run->disk + run->count - 1)
			return differ(e, "blocks");
		r = ext_write_check_used(w, run->disk, run->count, e);
	}
	return r;
}

static int take(struct ext_writer *w, const struct node *node, enum node_type want,
		struct ext_taken *t, struct err *e)
{
	int r = ext_open_raw(w->io.blocks, &t->reader, e);

	if (r >= 0)
		r = ext_inode_read(t->reader, node->id, &t->seen, e);
	if (r >= 0)
		r = ext_inode_get(w, (uint32_t)node->id, &t->inode, e);
	if (r >= 0)
		r = compare(w, t, node, e);
	if (r < 0)
		return r;
	if (node_type_of_mode(t->seen.mode) != want)
		return err_set(e, ERR_USAGE, "it is no %s",
			       want == NODE_DIR ? "directory" : "regular file");
	if (is_reserved(w, node->id))
		return err_set(e, ERR_CORRUPT, "it is the file system's own");
	if (!ext2fs_test_inode_bitmap2(w->lib->inode_map, t->seen.ino))
		return err_set(e, ERR_REFUSED,
			       "it is in use but marked as free: run e2fsck -f");
	r = check_flags(t->seen.flags, e);
	if (r < 0 || t->seen.flags & EXT4_INLINE_DATA_FL)
		return r;
	r = ext_map_of(t->reader, &t->seen, &t->map, e);
	return r < 0 ? r : compare_map(w, t, e);
}

int ext_take(struct ext_writer *w, const struct node *node, enum node_type want,
	     struct ext_taken *ret, struct err *e)
{
	_cleanup_taken_ struct ext_taken t = {0};
	int r = take(w, node, want, &t, e);

	if (r < 0)
		return err_wrap(e, "inode %" PRIu64, node->id);
	*ret = t;
	t.reader = NULL;
	return 0;
}

void ext_wrote(uint32_t ino, const struct ext2_inode_large *inode, struct fs_wrote *ret)
{
	bool dir = LINUX_S_ISDIR(inode->i_mode);

	*ret = (struct fs_wrote){
		.node = {.id = ino,
			 .type = dir                            ? NODE_DIR
				 : LINUX_S_ISREG(inode->i_mode) ? NODE_FILE
				 : LINUX_S_ISLNK(inode->i_mode) ? NODE_SYMLINK
								: NODE_OTHER,
			 .size = inode->i_size | (uint64_t)inode->i_size_high << 32,
			 .mode = inode->i_mode & 07777u},
		.links = inode->i_links_count,
	};
	if (!dir && inode->i_links_count > 1)
		ret->notes |= FS_NOTE_LINKS;
	if (inode->i_flags & (EXT2_IMMUTABLE_FL | EXT2_APPEND_FL))
		ret->notes |= FS_NOTE_IMMUTABLE;
}
