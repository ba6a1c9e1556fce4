/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The superblock: decoding, and the checks that keep libext2fs from believing a size that
 * a hostile image chose.
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "ext.h"
#include "limits.h"
#include "signature.h"
#include "super-features.h"

enum { SUPER_OFF = 1024, SUPER_SIZE = 1024 };

/* What ext2 and ext3 know; anything else makes it ext4 (libblkid's rule). */
enum {
	EXT2_RO_COMPAT = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER |
			 EXT2_FEATURE_RO_COMPAT_LARGE_FILE | 0x0004 /* btree_dir */,
	EXT3_INCOMPAT = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_RECOVER |
			EXT2_FEATURE_INCOMPAT_META_BG
};

static const struct fs_feature incompat_names[] = {
	{EXT2_FEATURE_INCOMPAT_COMPRESSION, "compression"},
	{EXT4_FEATURE_INCOMPAT_DIRDATA, "dirdata"},
	{EXT4_FEATURE_INCOMPAT_LARGEDIR, "large_dir"},
	{EXT4_FEATURE_INCOMPAT_MMP, "mmp"},
};

static void decode(struct slice bytes, struct ext_super *s)
{
	struct reader r = reader_of(bytes);

	s->inodes = rd_u32le(&r);
	s->blocks = rd_u32le(&r);
	rd_seek(&r, 0x14);
	s->first_block = rd_u32le(&r);
	s->log_block = rd_u32le(&r);
	s->log_cluster = rd_u32le(&r);
	s->per_group = rd_u32le(&r);
	s->clusters_per_group = rd_u32le(&r);
	s->inodes_per_group = rd_u32le(&r);
	rd_seek(&r, 0x38);
	s->magic = rd_u16le(&r);
	s->state = rd_u16le(&r);
	rd_seek(&r, 0x4c);
	s->rev = rd_u32le(&r);
	rd_seek(&r, 0x58);
	s->inode_size = rd_u16le(&r);
	rd_skip(&r, 2);
	s->compat = rd_u32le(&r);
	s->incompat = rd_u32le(&r);
	s->ro_compat = rd_u32le(&r);
	rd_copy(&r, s->uuid, 16);
	rd_copy(&r, s->label, 16);
	rd_seek(&r, 0xd0);
	rd_copy(&r, s->journal_uuid, 16);
	s->journal_inode = rd_u32le(&r);
	s->journal_device = rd_u32le(&r);
	rd_seek(&r, 0xfe);
	s->desc_size = rd_u16le(&r);
	rd_seek(&r, 0x150);
	if (s->incompat & EXT4_FEATURE_INCOMPAT_64BIT)
		s->blocks |= (uint64_t)rd_u32le(&r) << 32;
	rd_seek(&r, 0x160);
	s->flags = rd_u32le(&r);
	rd_seek(&r, 0x194);
	s->error_count = rd_u32le(&r);
	rd_seek(&r, 0x27c);
	s->encoding = rd_u16le(&r);
}

int ext_super_read(struct blocks *b, struct ext_super *ret, struct err *e)
{
	uint8_t bytes[SUPER_SIZE];
	struct ext_super s = {0};
	int r = blocks_read(b, SUPER_OFF, bytes, sizeof(bytes), e);

	if (r < 0)
		return r;
	decode(slice_of(bytes, sizeof(bytes)), &s);
	/* Revision 0 has no feature fields and 128-byte inodes. */
	if (s.rev == 0) {
		s.compat = s.incompat = s.ro_compat = 0;
		s.inode_size = 128;
	}
	*ret = s;
	return 0;
}

const char *ext_super_type(const struct ext_super *s)
{
	if (s->incompat & EXT3_FEATURE_INCOMPAT_JOURNAL_DEV)
		return "jbd";
	if ((s->ro_compat & ~(uint32_t)EXT2_RO_COMPAT) ||
	    (s->incompat & ~(uint32_t)EXT3_INCOMPAT))
		return "ext4";
	return s->compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL ? "ext3" : "ext2";
}

static int check_features(const struct ext_super *s, struct err *e)
{
	uint32_t unknown = s->incompat & ~(uint32_t)EXT2_LIB_FEATURE_INCOMPAT_SUPP;

	if (s->incompat & EXT3_FEATURE_INCOMPAT_JOURNAL_DEV)
		return err_set(e, ERR_UNSUPPORTED,
			       "an external ext journal (jbd), not a file system");
	return fs_refuse_features(unknown, incompat_names, ARRAY_LEN(incompat_names), e);
}

/* Sizes on their own; libext2fs compares them with each other once more. */
static int check_sizes(const struct ext_super *s, struct err *e)
{
	uint32_t bs;

	if (s->log_block > 6)
		return err_set(e, ERR_CORRUPT,
			       "superblock: block size 2^%" PRIu64 " is not possible",
			       10 + (uint64_t)s->log_block);
	bs = ext_block_size(s);
	if (s->rev > 1)
		return err_set(e, ERR_UNSUPPORTED, "superblock: revision %" PRIu32,
			       s->rev);
	if (s->inode_size < 128 || s->inode_size > bs ||
	    (s->inode_size & (s->inode_size - 1)))
		return err_set(e, ERR_CORRUPT,
			       "superblock: inode size %u is not possible",
			       s->inode_size);
	if (s->inodes_per_group == 0 || s->inodes_per_group > 8 * bs)
		return err_set(e, ERR_CORRUPT,
			       "superblock: %" PRIu32
			       " inodes in a group are not possible",
			       s->inodes_per_group);
	if (s->log_cluster > 20 || s->clusters_per_group == 0 ||
	    s->clusters_per_group > 8 * bs || s->per_group < 8 || s->per_group % 8)
		return err_set(e, ERR_CORRUPT,
			       "superblock: groups of %" PRIu32
			       " blocks are not possible",
			       s->per_group);
	if ((s->incompat & EXT4_FEATURE_INCOMPAT_64BIT) &&
	    (s->desc_size < 64 || s->desc_size > 1024 ||
	     (s->desc_size & (s->desc_size - 1))))
		return err_set(
			e, ERR_CORRUPT,
			"superblock: group descriptors of %u bytes are not possible",
			s->desc_size);
	return 0;
}

/* Counts against each other and against the device. */
static int check_counts(const struct ext_super *s, const struct blocks *b, struct err *e)
{
	uint64_t groups, bytes;

	if (s->first_block > 1 || s->blocks <= s->first_block ||
	    !checked_mul(s->blocks, ext_block_size(s), &bytes))
		return err_set(e, ERR_CORRUPT,
			       "superblock: %" PRIu64 " blocks are not possible",
			       s->blocks);
	if (bytes > b->size)
		return err_set(e, ERR_CORRUPT,
			       "the file system has %" PRIu64 " bytes, but only %" PRIu64
			       " are there: it is cut off",
			       bytes, b->size);
	groups = (s->blocks - s->first_block - 1) / s->per_group + 1;
	if (groups > LIMIT_EXT_GROUPS)
		return err_set(e, ERR_LIMIT,
			       "%" PRIu64 " block groups; at most %u are read", groups,
			       LIMIT_EXT_GROUPS);
	if (s->inodes < 11 || s->inodes > groups * s->inodes_per_group)
		return err_set(e, ERR_CORRUPT,
			       "superblock: %" PRIu32 " inodes in %" PRIu64
			       " groups are not possible",
			       s->inodes, groups);
	return 0;
}

int ext_super_check(const struct ext_super *s, const struct blocks *b, struct err *e)
{
	int r = check_features(s, e);

	if (r >= 0)
		r = check_sizes(s, e);
	if (r >= 0)
		r = check_counts(s, b, e);
	return r;
}

int ext_identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
		 struct err *e)
{
	struct ext_super s;
	int r;

	if (b->size < SUPER_OFF + SUPER_SIZE)
		return 0;
	r = ext_super_read(b, &s, e);
	if (r < 0)
		return r;
	if (s.magic != EXT2_SUPER_MAGIC)
		return 0;
	*ret = (struct fs_identity){.name = ext_super_type(&s),
				    .uuid = uuid_text(a, slice_of(s.uuid, 16)),
				    .label =
					    s.label[0] ? arena_strdup(a, s.label) : NULL};
	return 1;
}
