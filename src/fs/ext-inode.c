/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inodes and the data that small ones hold themselves: the first 60 bytes lie in i_block,
 * the rest is the value of the attribute "system.data" behind the inode's fixed fields
 * (ext4 documentation, "Inline Data" and "Extended Attributes").
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "ext.h"

enum {
	XATTR_MAGIC = 0xea020000,
	XATTR_SYSTEM = 7, /* index of the name prefix "system." */
	XATTR_ENTRY = 16  /* bytes before the name */
};

static int load(struct ext *x, uint32_t ino, struct err *e)
{
	dgrp_t group = (ino - 1) / x->super.inodes_per_group;
	errcode_t code;

	if (!ext2fs_group_desc_csum_verify(x->lib, group))
		return err_set(e, ERR_CORRUPT, "group %u: the checksum is wrong", group);
	code = ext2fs_read_inode_full(x->lib, ino, (struct ext2_inode *)(void *)x->inode,
				      (int)x->inode_size);
	return code ? ext_io_error(&x->io, code, e) : 0;
}

int ext_inode_read(struct ext *x, uint64_t ino, struct ext_inode *ret, struct err *e)
{
	const struct ext2_inode *i = (const void *)x->inode;
	bool wide;
	int r;

	if (ino == 0 || ino > x->super.inodes)
		return err_set(e, ERR_CORRUPT, "inode %" PRIu64 " does not exist", ino);
	r = load(x, (uint32_t)ino, e);
	if (r < 0)
		return err_wrap(e, "inode %" PRIu64, ino);
	if (i->i_mode == 0 || i->i_links_count == 0)
		return err_set(e, ERR_CORRUPT, "inode %" PRIu64 " is deleted but in use",
			       ino);
	*ret = (struct ext_inode){.ino = (uint32_t)ino,
				  .flags = i->i_flags,
				  .mode = i->i_mode,
				  .sectors = i->i_blocks,
				  .acl_block_set = i->i_file_acl != 0,
				  .size = i->i_size};
	wide = S_ISREG(i->i_mode) || (x->super.incompat & EXT4_FEATURE_INCOMPAT_LARGEDIR);
	if (wide)
		ret->size |= (uint64_t)i->i_size_high << 32;
	if (ret->size > INT64_MAX)
		return err_set(e, ERR_CORRUPT,
			       "inode %" PRIu64 ": a size of %" PRIu64
			       " bytes is not possible",
			       ino, ret->size);
	memcpy(ret->block, i->i_block, sizeof(ret->block));
	return 0;
}

/* The value of "system.data" in the space behind the fixed fields of x->inode. */
static int find_inline_rest(const struct ext *x, struct slice *ret, struct err *e)
{
	struct slice whole = slice_of(x->inode, x->inode_size), area;
	struct reader r = reader_of(whole);
	uint64_t fixed;

	*ret = SLICE_NONE;
	if (x->inode_size <= EXT2_GOOD_OLD_INODE_SIZE)
		return 0;
	rd_seek(&r, EXT2_GOOD_OLD_INODE_SIZE);
	fixed = EXT2_GOOD_OLD_INODE_SIZE + (uint64_t)rd_u16le(&r);
	rd_seek(&r, fixed);
	if (rd_u32le(&r) != XATTR_MAGIC || !rd_ok(&r))
		return 0;
	if (!slice_sub(whole, fixed + 4, whole.n - fixed - 4, &area))
		return err_set(e, ERR_CORRUPT, "extended attributes do not fit");
	r = reader_of(area);
	while (rd_left(&r) >= 4) {
		uint8_t name_len = rd_u8(&r), index = rd_u8(&r);
		uint16_t value_off = rd_u16le(&r);
		uint32_t value_inode = rd_u32le(&r), value_len = rd_u32le(&r);
		struct slice name;

		rd_skip(&r, 4);
		if (name_len == 0 && index == 0 && value_off == 0)
			return 0;
		name = rd_bytes(&r, name_len);
		rd_skip(&r, (4 - name_len % 4u) % 4);
		if (!rd_ok(&r))
			break;
		if (index != XATTR_SYSTEM || !slice_eq(name, "data"))
			continue;
		if (value_inode || !slice_sub(area, value_off, value_len, ret))
			break;
		return 0;
	}
	return err_set(e, ERR_CORRUPT, "extended attributes are damaged");
}

int ext_inline(struct ext *x, const struct ext_inode *i, struct slice *ret_first,
	       struct slice *ret_rest, struct err *e)
{
	int r = load(x, i->ino, e);

	if (r >= 0)
		r = find_inline_rest(x, ret_rest, e);
	if (r < 0)
		return err_wrap(e, "inode %" PRIu32, i->ino);
	*ret_first = slice_of(i->block, sizeof(i->block));
	if (i->size > ret_first->n + ret_rest->n)
		return err_set(e, ERR_CORRUPT,
			       "inode %" PRIu32 ": %" PRIu64
			       " bytes cannot all lie in the inode",
			       i->ino, i->size);
	return 0;
}

static int inline_read(struct ext *x, const struct ext_inode *i, uint64_t off, void *buf,
		       size_t len, struct err *e)
{
	struct slice first, rest;
	struct reader r;
	size_t n;
	int r2 = ext_inline(x, i, &first, &rest, e);

	if (r2 < 0)
		return r2;
	r = reader_of(first);
	rd_seek(&r, off < first.n ? off : first.n);
	n = rd_left(&r) < len ? rd_left(&r) : len;
	rd_copy(&r, buf, n);
	if (n == len)
		return 0;
	r = reader_of(rest);
	rd_seek(&r, off + n - first.n);
	rd_copy(&r, (uint8_t *)buf + n, len - n);
	return rd_ok(&r) ? 0 : err_set(e, ERR_CORRUPT, "inline data ends too early");
}

int ext_data_read(struct ext *x, const struct ext_inode *i, uint64_t off, void *buf,
		  size_t len, struct err *e)
{
	const struct map_space space = ext_space(x);
	const struct map *map;
	int r;

	if (i->flags & EXT4_INLINE_DATA_FL)
		return inline_read(x, i, off, buf, len, e);
	r = ext_map_of(x, i, &map, e);
	if (r >= 0)
		r = map_read(&space, map, off, buf, len, e);
	return r < 0 ? err_wrap(e, "inode %" PRIu32, i->ino) : 0;
}
