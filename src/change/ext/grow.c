/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grow.h"

#include <string.h>

#include "limits.h"
#include "write.h"

/* All else is refused, but for the blocks kept to resize it, which are left out. */
enum {
	COMPAT = EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_DIR_INDEX,
	INCOMPAT = EXT2_FEATURE_INCOMPAT_FILETYPE,
	RO_COMPAT =
		EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE
};

struct growing {
	struct ext_writer *old, *new;
	struct ext *reader; /* of the old one */
	uint64_t copied;    /* bytes */
};

static int check(const struct ext_super *s, struct err *e)
{
	if (s->compat & ~(COMPAT | EXT2_FEATURE_COMPAT_RESIZE_INODE) ||
	    s->incompat & ~INCOMPAT || s->ro_compat & ~RO_COMPAT)
		return err_set(e, ERR_UNSUPPORTED,
			       "its features are not those of ext2 on Linux 2.4");
	if (s->inode_size != EXT2_GOOD_OLD_INODE_SIZE)
		return err_set(e, ERR_UNSUPPORTED,
			       "its inodes have %u bytes, which Linux 2.4 does not mount",
			       s->inode_size);
	return 0;
}

static struct ext2_super_block params_of(const struct ext_writer *old, uint64_t size,
					 uint32_t inodes)
{
	const struct ext2_super_block *s = old->lib->super;

	return (struct ext2_super_block){
		.s_rev_level = s->s_rev_level,
		.s_log_block_size = s->s_log_block_size,
		.s_log_cluster_size = s->s_log_block_size,
		.s_first_data_block = s->s_first_data_block,
		.s_blocks_count = (uint32_t)(size / ext_block_size(&old->super)),
		.s_inodes_count = s->s_inodes_count + inodes,
		.s_first_ino = s->s_first_ino,
		.s_inode_size = s->s_inode_size,
		.s_feature_compat = s->s_feature_compat & COMPAT,
		.s_feature_incompat = s->s_feature_incompat,
		.s_feature_ro_compat = s->s_feature_ro_compat,
	};
}

/* What names the file system, and what its directories' indexes are hashed with. */
static void keep_identity(struct ext2_super_block *to,
			  const struct ext2_super_block *from, int64_t now)
{
	memcpy(to->s_uuid, from->s_uuid, sizeof(to->s_uuid));
	memcpy(to->s_volume_name, from->s_volume_name, sizeof(to->s_volume_name));
	memcpy(to->s_hash_seed, from->s_hash_seed, sizeof(to->s_hash_seed));
	to->s_def_hash_version = from->s_def_hash_version;
	to->s_flags = from->s_flags;
	to->s_creator_os = from->s_creator_os;
	to->s_errors = from->s_errors;
	to->s_max_mnt_count = from->s_max_mnt_count;
	to->s_default_mount_opts = from->s_default_mount_opts;
	to->s_mkfs_time = to->s_lastcheck = (uint32_t)now;
	to->s_checkinterval = from->s_checkinterval;
}

/* Empty, with nothing but the inodes that are the file system's own. */
static errcode_t fill_empty(ext2_filsys lib)
{
	errcode_t code = ext2fs_allocate_tables(lib);

	for (ext2_ino_t ino = EXT2_BAD_INO; !code && ino < EXT2_FIRST_INODE(lib->super);
	     ino++)
		if (ino != EXT2_ROOT_INO)
			ext2fs_inode_alloc_stats2(lib, ino, +1, 0);
	return code ? code : ext2fs_flush(lib);
}

static int make_empty(const struct ext_writer *old, struct blocks *to, uint32_t inodes,
		      int64_t now, struct err *e)
{
	struct ext2_super_block params = params_of(old, to->size, inodes);
	struct ext_io io = {.blocks = to, .writable = true};
	ext2_filsys lib = NULL;
	errcode_t code;
	int r = ext_io_create(&io, &params, &lib, e);

	if (r < 0)
		return r;
	lib->now = (time_t)now;
	keep_identity(lib->super, old->lib->super, now);
	code = fill_empty(lib);
	ext2fs_free(lib);
	return code || io.err.code != ERR_NONE ? ext_io_error(&io, code, e) : 0;
}

static int copy_data(struct growing *g, uint32_t ino, struct err *e)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct ext_inode seen;
	int r = ext_inode_read(g->reader, ino, &seen, e);

	if (r < 0)
		return r;
	if (seen.size > LIMIT_INITRD_IMAGE - g->copied)
		return err_set(e, ERR_LIMIT, "its files have more than %zu bytes",
			       LIMIT_INITRD_IMAGE);
	g->copied += seen.size;
	if (seen.size == 0)
		return 0;
	bytes = malloc((size_t)seen.size);
	if (!bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ext_data_read(g->reader, &seen, 0, bytes, (size_t)seen.size, e);
	return r < 0 ? r
		     : ext_write_data(g->new, ino, 0, slice_of(bytes, (size_t)seen.size),
				      e);
}

/* An inode without blocks (a device, a short link) is copied as it is. */
static int copy_inode(struct growing *g, uint32_t ino, struct err *e)
{
	struct ext2_inode_large inode;
	bool data;
	int r = ext_inode_get(g->old, ino, &inode, e);

	if (r < 0)
		return r;
	if (inode.i_file_acl)
		return err_set(e, ERR_UNSUPPORTED, "it has extended attributes");
	if (!(LINUX_S_ISREG(inode.i_mode) || LINUX_S_ISDIR(inode.i_mode)) &&
	    (inode.i_size_high || inode.i_size > LIMIT_PATH))
		return err_set(e, ERR_CORRUPT, "it has no size that can be");
	data = ext2fs_inode_has_valid_blocks2(g->old->lib,
					      (struct ext2_inode *)(void *)&inode);
	if (data) {
		memset(inode.i_block, 0, sizeof(inode.i_block));
		inode.i_blocks = 0;
		inode.osd2.linux2.l_i_blocks_hi = 0;
	}
	ext2fs_inode_alloc_stats2(g->new->lib, ino, +1, LINUX_S_ISDIR(inode.i_mode));
	r = ext_inode_put(g->new, ino, &inode, e);
	return r < 0 || !data ? r : copy_data(g, ino, e);
}

static int copy_all(struct growing *g, struct err *e)
{
	const struct ext2_super_block *s = g->old->lib->super;
	int r = 0;

	for (uint32_t ino = EXT2_ROOT_INO; r >= 0 && ino <= s->s_inodes_count; ino++) {
		bool own = ino != EXT2_ROOT_INO && ino < EXT2_FIRST_INODE(s);

		if (own || !ext2fs_test_inode_bitmap2(g->old->lib->inode_map, ino))
			continue;
		r = copy_inode(g, ino, e);
		if (r < 0)
			return err_wrap(e, "inode %u", (unsigned)ino);
	}
	return r;
}

static int grow(struct growing *g, struct blocks *from, struct blocks *to,
		uint32_t inodes, int64_t now, struct err *e)
{
	_cleanup_(fs_writer_freep) struct fs_writer *old = NULL, *new = NULL;
	_cleanup_(ext_freep) struct ext *reader = NULL;
	int r = ext_writer_open(from, now, &old, e);

	if (r < 0)
		return r;
	g->old = (struct ext_writer *)old;
	r = check(&g->old->super, e);
	if (r >= 0)
		r = ext_open_raw(from, &reader, e);
	if (r >= 0)
		r = make_empty(g->old, to, inodes, now, e);
	if (r >= 0)
		r = ext_writer_open(to, now, &new, e);
	if (r < 0)
		return r;
	g->reader = reader;
	g->new = (struct ext_writer *)new;
	r = copy_all(g, e);
	return r < 0 ? r : fs_writer_finish(new, e);
}

int ext_grow(struct blocks *from, struct blocks *to, uint32_t inodes, int64_t now,
	     struct err *e)
{
	struct growing g = {.copied = 0};

	return grow(&g, from, to, inodes, now, e);
}
