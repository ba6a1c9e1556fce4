/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bitmaps of a file system that is to be written: a block that is wrongly said to be
 * free would be given to two files. Not a whole e2fsck, but what is known of every group
 * without reading a file: its own metadata is in use, and what is free is as much as the
 * descriptors say.
 */
#include <errno.h>
#include <inttypes.h>

#include "write.h"

static int contradiction(struct err *e, const char *what)
{
	return err_set(e, ERR_REFUSED, "%s: run e2fsck -f", what);
}

int ext_write_check_used(struct ext_writer *w, uint64_t block, uint64_t count,
			 struct err *e)
{
	uint64_t total = ext2fs_blocks_count(w->lib->super), free_block;

	if (block < w->super.first_block || count == 0 || block >= total ||
	    count > total - block)
		return err_set(e, ERR_CORRUPT,
			       "block %" PRIu64 " lies outside of the file system",
			       block);
	if (ext2fs_find_first_zero_block_bitmap2(w->lib->block_map, block,
						 block + count - 1,
						 (blk64_t *)&free_block) != ENOENT)
		return contradiction(e, "blocks in use are marked as free");
	return 0;
}

/* Superblock and descriptors where the group has them, bitmaps and inode table. */
static int check_metadata(struct ext_writer *w, dgrp_t group, struct err *e)
{
	blk64_t super, old_descriptors, new_descriptors;
	blk_t n = w->lib->desc_blocks + w->lib->super->s_reserved_gdt_blocks;
	int r;

	if (ext2fs_super_and_bgd_loc2(w->lib, group, &super, &old_descriptors,
				      &new_descriptors, NULL))
		return contradiction(e, "its groups cannot be");
	if (w->super.incompat & EXT2_FEATURE_INCOMPAT_META_BG)
		n = w->lib->super->s_first_meta_bg;
	r = ext_write_check_used(w, ext2fs_block_bitmap_loc(w->lib, group), 1, e);
	if (r >= 0)
		r = ext_write_check_used(w, ext2fs_inode_bitmap_loc(w->lib, group), 1, e);
	if (r >= 0)
		r = ext_write_check_used(w, ext2fs_inode_table_loc(w->lib, group),
					 w->lib->inode_blocks_per_group, e);
	/* Block 0 of file systems with larger blocks is the first group's. */
	if (r >= 0 && (super || group == 0))
		r = ext_write_check_used(w, super, 1, e);
	if (r >= 0 && old_descriptors && n)
		r = ext_write_check_used(w, old_descriptors, n, e);
	if (r >= 0 && new_descriptors)
		r = ext_write_check_used(w, new_descriptors, 1, e);
	return r;
}

typedef errcode_t (*find_fn)(ext2fs_generic_bitmap map, uint64_t from, uint64_t to,
			     uint64_t *ret);

static errcode_t next_free_block(ext2fs_generic_bitmap map, uint64_t from, uint64_t to,
				 uint64_t *ret)
{
	blk64_t at = 0;
	errcode_t code = ext2fs_find_first_zero_block_bitmap2(map, from, to, &at);

	*ret = at;
	return code;
}

static errcode_t next_used_block(ext2fs_generic_bitmap map, uint64_t from, uint64_t to,
				 uint64_t *ret)
{
	blk64_t at = 0;
	errcode_t code = ext2fs_find_first_set_block_bitmap2(map, from, to, &at);

	*ret = at;
	return code;
}

static errcode_t next_free_inode(ext2fs_generic_bitmap map, uint64_t from, uint64_t to,
				 uint64_t *ret)
{
	ext2_ino_t at = 0;
	errcode_t code = ext2fs_find_first_zero_inode_bitmap2(map, (ext2_ino_t)from,
							      (ext2_ino_t)to, &at);

	*ret = at;
	return code;
}

static errcode_t next_used_inode(ext2fs_generic_bitmap map, uint64_t from, uint64_t to,
				 uint64_t *ret)
{
	ext2_ino_t at = 0;
	errcode_t code = ext2fs_find_first_set_inode_bitmap2(map, (ext2_ino_t)from,
							     (ext2_ino_t)to, &at);

	*ret = at;
	return code;
}

/* Counts what is free in [from, to], by runs. */
static uint64_t count_free(ext2fs_generic_bitmap map, uint64_t from, uint64_t to,
			   find_fn next_free, find_fn next_used)
{
	uint64_t n = 0;

	while (from <= to) {
		uint64_t used;

		if (next_free(map, from, to, &from))
			break;
		if (next_used(map, from, to, &used))
			used = to + 1;
		n += used - from;
		from = used;
	}
	return n;
}

static int check_counts(struct ext_writer *w, dgrp_t group, uint64_t *blocks,
			uint64_t *inodes, struct err *e)
{
	const struct ext2_super_block *s = w->lib->super;
	uint64_t first = (uint64_t)group * s->s_inodes_per_group + 1;
	uint64_t free_blocks =
		count_free(w->lib->block_map, ext2fs_group_first_block2(w->lib, group),
			   ext2fs_group_last_block2(w->lib, group), next_free_block,
			   next_used_block) /
		(uint64_t)EXT2FS_CLUSTER_RATIO(w->lib);
	uint64_t free_inodes =
		count_free(w->lib->inode_map, first, first + s->s_inodes_per_group - 1,
			   next_free_inode, next_used_inode);

	if (free_blocks != ext2fs_bg_free_blocks_count(w->lib, group) ||
	    free_inodes != ext2fs_bg_free_inodes_count(w->lib, group))
		return contradiction(e, "the numbers of free blocks or inodes are wrong");
	*blocks += free_blocks;
	*inodes += free_inodes;
	return 0;
}

int ext_write_check_groups(struct ext_writer *w, struct err *e)
{
	uint64_t blocks = 0, inodes = 0;
	int r = 0;

	if (ext2fs_check_desc(w->lib))
		return contradiction(e, "the block groups' metadata overlap");
	for (dgrp_t group = 0; r >= 0 && group < w->lib->group_desc_count; group++) {
		if (!ext2fs_group_desc_csum_verify(w->lib, group))
			r = contradiction(e, "the checksum is wrong");
		if (r >= 0)
			r = check_metadata(w, group, e);
		if (r >= 0)
			r = check_counts(w, group, &blocks, &inodes, e);
		if (r < 0)
			return err_wrap(e, "group %u", (unsigned)group);
	}
	/* The superblock's own sums are not kept while it is mounted (kernels since 2.6
	 * count anew), so they are mended where they differ. */
	ext2fs_free_blocks_count_set(w->lib->super,
				     blocks * (uint64_t)EXT2FS_CLUSTER_RATIO(w->lib));
	w->lib->super->s_free_inodes_count = (uint32_t)inodes;
	return r;
}
