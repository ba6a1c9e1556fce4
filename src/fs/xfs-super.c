/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The superblock ("Superblocks" in the specification), and what its numbers mean for
 * where blocks and inodes lie. Its copies in the other groups are for xfs_repair: Linux
 * mounts by the first one or not at all, and so does this.
 */
#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "signature.h"
#include "super-features.h"
#include "xfs.h"

enum {
	SUPER_SIZE = 512, /* what of it is used here; the sector may be longer */
	/* versionnum of format 4 */
	VERSION_LOG_2 = 0x400,
	VERSION_DIR_2 = 0x2000,
	VERSION_FOLD = 0x4000,
	VERSION_MORE = 0x8000,
	/* sb_features2 */
	FEATURES2_TYPES = 0x200,
	/* sb_features_incompat of format 5 */
	INCOMPAT_TYPES = 1,
	INCOMPAT_SPARSE_INODES = 2,
	INCOMPAT_META_UUID = 4,
	INCOMPAT_NEEDS_REPAIR = 16,
	INCOMPAT_EXCHANGE = 64,
	INCOMPAT_PARENTS = 128,
	INCOMPAT_READ = INCOMPAT_TYPES | INCOMPAT_SPARSE_INODES | INCOMPAT_META_UUID |
			XFS_INCOMPAT_BIGTIME | INCOMPAT_NEEDS_REPAIR |
			XFS_INCOMPAT_NREXT64 | INCOMPAT_EXCHANGE | INCOMPAT_PARENTS,
};

static const struct fs_feature incompat_names[] = {
	{256, "metadir"},
	{512, "zoned"},
	{1024, "zone_gaps"},
};

static void decode_v5(struct reader *r, struct xfs_super *s)
{
	rd_seek(r, 208);
	s->compat = rd_u32be(r);
	s->ro_compat = rd_u32be(r);
	s->incompat = rd_u32be(r);
	s->log_incompat = rd_u32be(r);
	rd_seek(r, 240);
	s->lsn = rd_u64be(r);
	rd_copy(r, s->meta_uuid, 16);
}

static void decode(struct reader *r, struct xfs_super *s)
{
	rd_seek(r, 4);
	s->block_size = rd_u32be(r);
	s->blocks = rd_u64be(r);
	rd_seek(r, 32);
	rd_copy(r, s->uuid, 16);
	s->log_start = rd_u64be(r);
	s->root = rd_u64be(r);
	rd_seek(r, 84);
	s->group_blocks = rd_u32be(r);
	s->groups = rd_u32be(r);
	rd_seek(r, 96);
	s->log_blocks = rd_u32be(r);
	s->version = rd_u16be(r);
	s->sector_size = rd_u16be(r);
	s->inode_size = rd_u16be(r);
	s->inodes_per_block = rd_u16be(r);
	rd_copy(r, s->label, sizeof(s->label));
	s->block_log = rd_u8(r);
	s->sector_log = rd_u8(r);
	s->inode_log = rd_u8(r);
	s->per_block_log = rd_u8(r);
	s->group_log = rd_u8(r);
	rd_seek(r, 126);
	s->in_progress = rd_u8(r);
	rd_seek(r, 192);
	s->dir_log = rd_u8(r);
	s->log_sector_log = rd_u8(r);
	s->log_sector_size = rd_u16be(r);
	s->log_unit = rd_u32be(r);
	s->features2 = rd_u32be(r);
}

int xfs_super_read(struct blocks *b, struct xfs_super *ret, struct err *e)
{
	uint8_t bytes[SUPER_SIZE];
	struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));
	struct xfs_super s = {0};
	int r = blocks_read(b, 0, bytes, sizeof(bytes), e);

	if (r < 0)
		return r;
	if (!slice_has(rd.s, 0, "XFSB", 4))
		return 0;
	decode(&rd, &s);
	s.v5 = (s.version & 15) == 5;
	if (s.v5)
		decode_v5(&rd, &s);
	if (!(s.incompat & INCOMPAT_META_UUID))
		memcpy(s.meta_uuid, s.uuid, sizeof(s.meta_uuid));
	*ret = s;
	return 1;
}

static int check_features(const struct xfs_super *s, struct err *e)
{
	uint32_t unknown = s->incompat & ~(uint32_t)INCOMPAT_READ;
	unsigned version = s->version & 15;

	if (version != 4 && version != 5)
		return err_set(e, ERR_UNSUPPORTED,
			       "version %u of its format cannot be read: Linux does not "
			       "read it either",
			       version);
	if (!s->v5 && !(s->version & VERSION_DIR_2))
		return err_set(e, ERR_UNSUPPORTED,
			       "its directories are of version 1, which Linux gave up");
	if (unknown)
		return fs_refuse_features(unknown, incompat_names,
					  ARRAY_LEN(incompat_names), e);
	if (s->incompat & INCOMPAT_NEEDS_REPAIR)
		return err_set(e, ERR_CORRUPT,
			       "it is marked as damaged, and Linux does not mount it: "
			       "run xfs_repair");
	if (s->in_progress)
		return err_set(e, ERR_CORRUPT,
			       "superblock: mkfs.xfs or xfs_growfs did not end");
	return 0;
}

/* A size that is told twice, as a number and as its logarithm. */
static bool is_power(uint64_t size, unsigned log, unsigned min, unsigned max)
{
	return log >= min && log <= max && size == 1ull << log;
}

static int check_sizes(const struct xfs_super *s, struct err *e)
{
	if (!is_power(s->block_size, s->block_log, 9, 16))
		return err_set(e, ERR_CORRUPT,
			       "superblock: blocks of %" PRIu32 " bytes are not possible",
			       s->block_size);
	if (!is_power(s->sector_size, s->sector_log, 9, 15) ||
	    s->sector_log > s->block_log)
		return err_set(e, ERR_CORRUPT,
			       "superblock: sectors of %u bytes are not possible",
			       s->sector_size);
	if (!is_power(s->inode_size, s->inode_log, s->v5 ? 9 : 8, 11) ||
	    s->inode_log > s->block_log ||
	    s->per_block_log != s->block_log - s->inode_log ||
	    s->inodes_per_block != 1u << s->per_block_log)
		return err_set(e, ERR_CORRUPT,
			       "superblock: inodes of %u bytes, %u in a block, are not "
			       "possible",
			       s->inode_size, s->inodes_per_block);
	if (s->dir_log > 16 - s->block_log)
		return err_set(e, ERR_CORRUPT,
			       "superblock: directories in 2^%u blocks are not possible",
			       s->dir_log);
	return 0;
}

/* Counts against each other and against the device. */
static int check_counts(const struct xfs_super *s, const struct blocks *b, struct err *e)
{
	uint64_t most = (uint64_t)s->groups * s->group_blocks, bytes;

	if (s->groups == 0 || s->group_blocks < 64 || s->group_log > 31 ||
	    s->group_blocks > 1ull << s->group_log ||
	    s->group_blocks <= (1ull << s->group_log) / 2 || s->blocks > most ||
	    s->blocks <= most - s->group_blocks)
		return err_set(e, ERR_CORRUPT,
			       "superblock: %" PRIu64 " blocks in %" PRIu32
			       " groups of %" PRIu32 " are not possible",
			       s->blocks, s->groups, s->group_blocks);
	if (!checked_mul(s->blocks, s->block_size, &bytes))
		return err_set(e, ERR_CORRUPT,
			       "superblock: %" PRIu64 " blocks are not possible",
			       s->blocks);
	if (bytes > b->size)
		return err_set(e, ERR_CORRUPT,
			       "the file system has %" PRIu64 " bytes, but only %" PRIu64
			       " are there: it is cut off",
			       bytes, b->size);
	return 0;
}

/* Version 5 has a checksum over the whole sector. */
static int check_crc(const struct xfs_super *s, struct blocks *b, struct err *e)
{
	uint8_t sector[32768];
	int r;

	if (!s->v5)
		return 0;
	r = blocks_read(b, 0, sector, s->sector_size, e);
	if (r >= 0 &&
	    !xfs_crc_right(s, slice_of(sector, s->sector_size), 0, XFS_SUPER_CRC))
		r = err_set(e, ERR_CORRUPT, "superblock: the checksum is wrong");
	return r;
}

int xfs_super_check(struct xfs_super *s, struct blocks *b, struct err *e)
{
	int r = check_features(s, e);

	if (r >= 0)
		r = check_sizes(s, e);
	if (r >= 0)
		r = check_counts(s, b, e);
	if (r >= 0)
		r = check_crc(s, b, e);
	if (r < 0)
		return r;
	s->typed =
		s->v5 ? s->incompat & INCOMPAT_TYPES
		      : (s->version & VERSION_MORE) && (s->features2 & FEATURES2_TYPES);
	s->fold = s->version & VERSION_FOLD;
	s->wide_log = s->v5 || (s->version & VERSION_LOG_2);
	s->dir_size = s->block_size << s->dir_log;
	return 0;
}

bool xfs_block_linear(const struct xfs_super *s, uint64_t block, uint64_t count,
		      uint64_t *ret)
{
	uint64_t group = block >> s->group_log;
	uint64_t in_group = block & ((1ull << s->group_log) - 1);
	uint64_t linear;

	if (group >= s->groups || !range_fits(in_group, count, s->group_blocks))
		return false;
	linear = group * s->group_blocks + in_group;
	if (!range_fits(linear, count, s->blocks))
		return false;
	*ret = linear;
	return true;
}

bool xfs_inode_place(const struct xfs_super *s, uint64_t ino, uint64_t *ret)
{
	uint64_t in_block = ino & ((1ull << s->per_block_log) - 1), linear;

	if (ino == 0 || !xfs_block_linear(s, ino >> s->per_block_log, 1, &linear))
		return false;
	*ret = (linear << s->block_log) + (in_block << s->inode_log);
	return true;
}
