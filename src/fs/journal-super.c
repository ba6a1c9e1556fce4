/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first block of a journal (ext4 documentation, "Journal (jbd2)"; all big-endian).
 */
#include <inttypes.h>
#include <string.h>

#include "journal.h"
#include "put.h"

enum { MAGIC = 0xc03b3998, SUPER_V1 = 3, SUPER_V2 = 4, CRC32C = 4 };
enum { SEQUENCE_AT = 0x18, START_AT = 0x1c, CHECKSUM_AT = 0xfc };

static bool has_checksum(const struct journal_super *s)
{
	return s->incompat & (JOURNAL_CSUM_V2 | JOURNAL_CSUM_V3);
}

/* The field itself counts as zero. */
static uint32_t checksum(uint8_t block[JOURNAL_SUPER_SIZE])
{
	memset(block + CHECKSUM_AT, 0, 4);
	return ext2fs_crc32c_le(~0u, block, JOURNAL_SUPER_SIZE);
}

static int check_checksum(struct slice block, const struct journal_super *s,
			  struct err *e)
{
	uint8_t copy[JOURNAL_SUPER_SIZE];
	struct reader r = reader_of(block);

	if (!has_checksum(s))
		return 0;
	if ((s->incompat & JOURNAL_CSUM_V2) && (s->incompat & JOURNAL_CSUM_V3))
		return err_set(e, ERR_CORRUPT, "superblock: two kinds of checksums");
	if (s->compat & JOURNAL_CHECKSUM)
		return err_set(e, ERR_CORRUPT, "superblock: old and new checksums");
	if (s->checksum_type != CRC32C)
		return err_set(e, ERR_UNSUPPORTED,
			       "superblock: the kind of checksum (%u) is not known",
			       s->checksum_type);
	rd_copy(&r, copy, sizeof(copy));
	if (!rd_ok(&r) || checksum(copy) != s->checksum)
		return err_set(e, ERR_CORRUPT, "superblock: the checksum is wrong");
	return 0;
}

int journal_super_decode(struct slice block, struct journal_super *ret, struct err *e)
{
	struct journal_super s = {0};
	struct reader r = reader_of(block);
	uint32_t magic = rd_u32be(&r), unknown;

	s.version = rd_u32be(&r);
	rd_skip(&r, 4);
	s.block_size = rd_u32be(&r);
	s.end = rd_u32be(&r);
	s.first = rd_u32be(&r);
	s.sequence = rd_u32be(&r);
	s.start = rd_u32be(&r);
	s.error = rd_u32be(&r);
	if (s.version == SUPER_V2) {
		s.compat = rd_u32be(&r);
		s.incompat = rd_u32be(&r);
		rd_skip(&r, 4);
		rd_copy(&r, s.uuid, 16);
		rd_seek(&r, 0x50);
		s.checksum_type = rd_u8(&r);
		rd_skip(&r, 3);
		s.fast_blocks = rd_u32be(&r);
		rd_seek(&r, CHECKSUM_AT);
		s.checksum = rd_u32be(&r);
	}
	if (!rd_ok(&r) || magic != MAGIC ||
	    (s.version != SUPER_V1 && s.version != SUPER_V2))
		return err_set(e, ERR_CORRUPT, "superblock: bad magic number");
	unknown = s.incompat &
		  ~(uint32_t)(JOURNAL_REVOKE | JOURNAL_64BIT | JOURNAL_ASYNC |
			      JOURNAL_CSUM_V2 | JOURNAL_CSUM_V3 | JOURNAL_FAST);
	if (unknown)
		return err_set(e, ERR_UNSUPPORTED,
			       "superblock: features 0x%" PRIx32 " are not supported",
			       unknown);
	if (check_checksum(block, &s, e) < 0)
		return -(int)e->code;
	if (s.incompat & JOURNAL_FAST && s.fast_blocks == 0)
		s.fast_blocks = 256;
	*ret = s;
	return 0;
}

void journal_super_empty(uint8_t block[JOURNAL_SUPER_SIZE], const struct journal_super *s,
			 uint32_t next)
{
	put_be(block + SEQUENCE_AT, 4, next);
	put_be(block + START_AT, 4, 0);
	if (has_checksum(s))
		put_be(block + CHECKSUM_AT, 4, checksum(block));
}
