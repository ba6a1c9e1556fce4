/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of the log: one to eight heads of a block each, and the body. The first four
 * bytes of each block of the body are those of its cycle; what they were stands in the
 * heads.
 */
#include "xfs-log.h"

#include <ext2fs/ext2fs.h>
#include <inttypes.h>

enum {
	MAGIC = 0xfeedbabe,
	HEAD_CRC = 32,
	/* Bytes of the first head under the checksum: its C structure, which ends with
	 * four bytes of padding but on 32-bit x86; and of the other heads. */
	HEAD_SUMMED = 328,
	HEAD_SUMMED_X86 = 324,
	EXTENDED_SUMMED = 260,
	LEN_MAX_HEADS = 32 * 1024,
	VERSION_2 = 2
};

int xfs_log_open(struct blocks *b, const struct xfs_super *s, struct xfs_log *ret,
		 struct err *e)
{
	struct xfs_log log = {.blocks = b, .super = s};
	uint64_t linear, n = ((uint64_t)s->log_blocks << s->block_log) / XFS_LOG_BLOCK;

	if (s->log_start == 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "its log is on another device, and what was written last "
			       "may lie there only: it cannot be read without that");
	if (n < 2 || n > UINT32_MAX / 4 ||
	    !xfs_block_linear(s, s->log_start, s->log_blocks, &linear))
		return err_set(e, ERR_CORRUPT,
			       "superblock: a log of %" PRIu32 " blocks at %" PRIu64
			       " is not possible",
			       s->log_blocks, s->log_start);
	log.at = linear << s->block_log;
	log.n = (uint32_t)n;
	log.record = malloc(XFS_LOG_BODY_MAX + XFS_LOG_HEADS_MAX * XFS_LOG_BLOCK);
	if (!log.record)
		return err_set(e, ERR_NOMEM, "out of memory");
	*ret = log;
	return 0;
}

void xfs_log_done(struct xfs_log *log)
{
	free(log->record);
	log->record = NULL;
}

/* `count` blocks from block `at` on, around the end of the ring. */
static int read_blocks(struct xfs_log *log, uint32_t at, uint32_t count, uint8_t *to,
		       struct err *e)
{
	uint32_t first = count < log->n - at ? count : log->n - at;
	int r = blocks_read(log->blocks, log->at + (uint64_t)at * XFS_LOG_BLOCK, to,
			    (size_t)first * XFS_LOG_BLOCK, e);

	if (r >= 0 && first < count)
		r = blocks_read(log->blocks, log->at, to + (size_t)first * XFS_LOG_BLOCK,
				(size_t)(count - first) * XFS_LOG_BLOCK, e);
	return r;
}

/* Is there a head at its place, of a record that can be? */
static bool decode(const struct xfs_log *log, struct slice head,
		   struct xfs_log_place place, struct xfs_log_record *ret)
{
	struct reader rd = reader_of(head);
	uint32_t magic = rd_u32be(&rd), version, size;

	ret->at = place.at;
	ret->cycle = rd_u32be(&rd);
	version = rd_u32be(&rd);
	ret->len = rd_u32be(&rd);
	ret->lsn = rd_u64be(&rd);
	ret->tail = rd_u64be(&rd);
	ret->crc = rd_u32le(&rd);
	rd_skip(&rd, 4);
	ret->ops = rd_u32be(&rd);
	rd_seek(&rd, 300);
	ret->format = rd_u32be(&rd);
	rd_skip(&rd, 16);
	size = rd_u32be(&rd);
	if (!rd_ok(&rd) || magic != MAGIC || ret->cycle != place.cycle ||
	    ret->lsn != ((uint64_t)place.cycle << 32 | place.at) || ret->len == 0 ||
	    ret->len > XFS_LOG_BODY_MAX || size > XFS_LOG_BODY_MAX)
		return false;
	/* Heads there are for all that a record can hold, however little it does. */
	ret->heads = (version & VERSION_2) && size > LEN_MAX_HEADS
			     ? (size + LEN_MAX_HEADS - 1) / LEN_MAX_HEADS
			     : 1;
	ret->body = (ret->len + XFS_LOG_BLOCK - 1) / XFS_LOG_BLOCK;
	return ret->body <= ret->heads * XFS_LOG_PER_HEAD &&
	       ret->heads + ret->body < log->n &&
	       (slice_has(head, 304, log->super->uuid, 16));
}

static uint32_t next_cycle(uint32_t cycle)
{
	return cycle + 1 == MAGIC ? cycle + 2 : cycle + 1;
}

/* Was every block of the body written in its round? */
static bool cycles_right(const struct xfs_log *log, const struct xfs_log_record *record)
{
	struct reader rd = reader_of(slice_of(
		log->record, (size_t)(record->heads + record->body) * XFS_LOG_BLOCK));

	for (uint32_t i = record->heads; i < record->heads + record->body; i++) {
		uint32_t want = i < log->n - record->at ? record->cycle
							: next_cycle(record->cycle);

		rd_seek(&rd, (uint64_t)i * XFS_LOG_BLOCK);
		if (rd_u32be(&rd) != want)
			return false;
	}
	return rd_ok(&rd);
}

static uint32_t checksum(const struct xfs_log *log, const struct xfs_log_record *record,
			 size_t summed)
{
	static const uint8_t zero[4];
	const uint8_t *p = log->record;
	uint32_t used = (record->body + XFS_LOG_PER_HEAD - 1) / XFS_LOG_PER_HEAD;
	uint32_t crc = ext2fs_crc32c_le(~0u, p, HEAD_CRC);

	crc = ext2fs_crc32c_le(crc, zero, sizeof(zero));
	crc = ext2fs_crc32c_le(crc, p + HEAD_CRC + 4, summed - HEAD_CRC - 4);
	for (uint32_t i = 1; log->super->wide_log && i < used; i++)
		crc = ext2fs_crc32c_le(crc, p + (size_t)i * XFS_LOG_BLOCK,
				       EXTENDED_SUMMED);
	return ~ext2fs_crc32c_le(crc, p + (size_t)record->heads * XFS_LOG_BLOCK,
				 record->len);
}

/* mkfs.xfs, xfs_repair and old kernels leave the checksum out. */
static bool checksum_right(const struct xfs_log *log, const struct xfs_log_record *record)
{
	return record->crc == 0 || record->crc == checksum(log, record, HEAD_SUMMED) ||
	       record->crc == checksum(log, record, HEAD_SUMMED_X86);
}

int xfs_log_record(struct xfs_log *log, struct xfs_log_place place,
		   struct xfs_log_record *ret, struct err *e)
{
	struct xfs_log_record record = {0};
	int r = read_blocks(log, place.at, 1, log->record, e);

	if (r < 0)
		return r;
	if (!decode(log, slice_of(log->record, XFS_LOG_BLOCK), place, &record))
		return 0;
	r = read_blocks(log, place.at, record.heads + record.body, log->record, e);
	if (r < 0)
		return r;
	if (!cycles_right(log, &record) || !checksum_right(log, &record))
		return 0;
	*ret = record;
	return 1;
}

struct xfs_log_place xfs_log_after(const struct xfs_log *log,
				   const struct xfs_log_record *record)
{
	uint32_t end = record->at + record->heads + record->body;

	return end < log->n
		       ? (struct xfs_log_place){end, record->cycle}
		       : (struct xfs_log_place){end - log->n, next_cycle(record->cycle)};
}
