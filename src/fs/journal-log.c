/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the log of a JBD2 journal (ext4 documentation, "Journal (jbd2)"): descriptors
 * with the blocks that follow them, revocations and commits, once around the ring at
 * most.
 */
#include "journal-log.h"

#include <inttypes.h>
#include <string.h>

#include "limits.h"

enum { MAGIC = 0xc03b3998, HEADER = 12 };
enum { DESCRIPTOR = 1, COMMIT = 2, REVOKE = 5 };
enum { TAG_ESCAPE = 1, TAG_SAME_UUID = 2, TAG_LAST = 8 };
enum { FAST_HEAD = 9 }; /* the record a fast commit begins with */

static bool has_csum(const struct journal_log *l)
{
	return l->s.incompat & (JOURNAL_CSUM_V2 | JOURNAL_CSUM_V3);
}

static int load_window(struct journal_log *l, uint32_t block, struct err *e)
{
	uint32_t size = l->file->block_size;
	uint32_t n = JOURNAL_WINDOW / size, left = l->s.end - block;
	const struct map_space space = {.blocks = l->file->blocks, .unit = size};
	int r;

	n = n < left ? n : left;
	r = map_read(&space, l->file->map, (uint64_t)block * size, l->window,
		     (size_t)n * size, e);
	if (r < 0)
		return r;
	l->window_at = block;
	l->window_n = n;
	return 0;
}

int journal_block(struct journal_log *l, uint32_t block, struct slice *ret, struct err *e)
{
	uint32_t size = l->file->block_size;
	bool inside = block >= l->window_at && block - l->window_at < l->window_n;
	int r = inside ? 0 : load_window(l, block, e);

	if (r < 0)
		return r;
	*ret = slice_of(l->window + (size_t)(block - l->window_at) * size, size);
	return 0;
}

/* Steps over the next block of the ring and says which it is. */
static int step(struct journal_log *l, uint32_t *ret, struct err *e)
{
	if (++l->used > l->end - l->s.first)
		return err_set(e, ERR_CORRUPT, "the log has no end");
	*ret = l->at++;
	if (l->at == l->end)
		l->at = l->s.first;
	return 0;
}

/* The checksum of a block whose own field of 4 bytes at `field` counts as zero. */
static uint32_t block_checksum(const struct journal_log *l, struct slice b, size_t field)
{
	static const uint8_t zero[4];
	uint32_t crc = ext2fs_crc32c_le(l->seed, b.p, field);

	crc = ext2fs_crc32c_le(crc, zero, sizeof(zero));
	return ext2fs_crc32c_le(crc, b.p + field + 4, b.n - field - 4);
}

static bool block_checksum_ok(const struct journal_log *l, struct slice b, size_t field)
{
	struct reader r = reader_of(b);
	uint32_t stored;

	rd_seek(&r, field);
	stored = rd_u32be(&r);
	return rd_ok(&r) && stored == block_checksum(l, b, field);
}

static uint32_t data_checksum(const struct journal_log *l, struct slice data)
{
	uint32_t sequence = l->s.sequence + l->transaction;
	const uint8_t be[4] = {(uint8_t)(sequence >> 24), (uint8_t)(sequence >> 16),
			       (uint8_t)(sequence >> 8), (uint8_t)sequence};

	return ext2fs_crc32c_le(ext2fs_crc32c_le(l->seed, be, 4), data.p, data.n);
}

/* One tag of a descriptor; its data is the next block of the log. */
struct raw_tag {
	uint64_t block;
	uint32_t flags, checksum;
};

static struct raw_tag read_tag(const struct journal_log *l, struct reader *r)
{
	struct raw_tag t = {.block = rd_u32be(r)};
	bool wide = l->s.incompat & JOURNAL_64BIT;

	if (l->s.incompat & JOURNAL_CSUM_V3) {
		t.flags = rd_u32be(r);
		t.block |= (uint64_t)rd_u32be(r) << 32;
		t.checksum = rd_u32be(r);
	} else {
		t.checksum = rd_u16be(r);
		t.flags = rd_u16be(r);
		if (wide)
			t.block |= (uint64_t)rd_u32be(r) << 32;
		if (l->s.incompat & JOURNAL_CSUM_V2)
			rd_skip(r, 2);
	}
	if (!(t.flags & TAG_SAME_UUID))
		rd_skip(r, 16);
	return t;
}

static size_t tag_size(const struct journal_log *l)
{
	if (l->s.incompat & JOURNAL_CSUM_V3)
		return 16;
	return 8u + (l->s.incompat & JOURNAL_64BIT ? 4 : 0) +
	       (l->s.incompat & JOURNAL_CSUM_V2 ? 2 : 0);
}

static int add_tag(struct journal_log *l, const struct raw_tag *raw, struct err *e)
{
	struct journal_tag t = {.block = raw->block,
				.transaction = l->transaction,
				.order = (uint32_t)l->tags.n,
				.escaped = raw->flags & TAG_ESCAPE};
	struct slice data;
	uint32_t block;
	int r = step(l, &block, e);

	if (r < 0)
		return r;
	if (map_disk(l->file->map, block, &t.from)) /* 0: a hole */
		t.from *= l->file->block_size;
	if (t.block >= l->file->fs_blocks)
		t.bad = "lies outside of the file system";
	if (has_csum(l) || (l->s.compat & JOURNAL_CHECKSUM)) {
		r = journal_block(l, block, &data, e);
		if (r < 0)
			return r;
		l->old_checksum = ext2fs_crc32_be(l->old_checksum, data.p, data.n);
	}
	if (has_csum(l)) {
		uint32_t crc = data_checksum(l, data);

		if (l->s.incompat & JOURNAL_CSUM_V2)
			crc &= 0xffff;
		if (crc != raw->checksum)
			t.bad = "has a wrong checksum";
	}
	return vec_push(l->arena, &l->tags, t) ? 0 : arena_full(l->arena, e);
}

static int read_descriptor(struct journal_log *l, struct slice block, struct err *e)
{
	size_t tail = has_csum(l) ? 4 : 0;
	_cleanup_free_ uint8_t *copy = malloc(block.n);
	struct reader r = reader_of(block);

	if (!copy)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (tail && !block_checksum_ok(l, block, block.n - tail))
		l->bad_header = true;
	l->old_checksum = ext2fs_crc32_be(l->old_checksum, block.p, block.n);
	/* Reading the data moves the window that `block` lies in. */
	rd_copy(&r, copy, block.n);
	r = reader_of(slice_of(copy, block.n - tail));
	rd_skip(&r, HEADER);
	while (rd_left(&r) >= tag_size(l)) {
		struct raw_tag t = read_tag(l, &r);
		int r2 = add_tag(l, &t, e);

		if (r2 < 0)
			return r2;
		if (t.flags & TAG_LAST)
			break;
	}
	return 0;
}

static int read_revokes(struct journal_log *l, struct slice block, struct err *e)
{
	size_t tail = has_csum(l) ? 4 : 0;
	size_t size = l->s.incompat & JOURNAL_64BIT ? 8 : 4;
	struct reader r = reader_of(block);
	uint32_t n;

	if (tail && !block_checksum_ok(l, block, block.n - tail))
		l->bad_header = true;
	rd_skip(&r, HEADER);
	n = rd_u32be(&r);
	if (n > block.n - tail)
		return err_set(e, ERR_CORRUPT, "a revoke block of %" PRIu32 " bytes", n);
	while (r.pos + size <= n) {
		struct journal_revoked v = {size == 8 ? rd_u64be(&r) : rd_u32be(&r),
					    l->transaction};

		if (l->revokes.n == LIMIT_JOURNAL_BLOCKS)
			return err_set(e, ERR_LIMIT, "more than %u revoked blocks",
				       LIMIT_JOURNAL_BLOCKS);
		if (!vec_push(l->arena, &l->revokes, v))
			return arena_full(l->arena, e);
	}
	return 0;
}

/* Does the commit block fit what was read of its transaction? */
static bool commit_ok(const struct journal_log *l, struct slice block)
{
	struct reader r = reader_of(block);
	uint8_t type, size;
	uint32_t sum;

	if (has_csum(l))
		return block_checksum_ok(l, block, 16);
	if (!(l->s.compat & JOURNAL_CHECKSUM))
		return true;
	rd_skip(&r, HEADER);
	type = rd_u8(&r);
	size = rd_u8(&r);
	rd_skip(&r, 2);
	sum = rd_u32be(&r);
	return (type == 1 && size == 4 && sum == l->old_checksum) ||
	       (type == 0 && size == 0 && sum == 0);
}

/* 1 ends the log. A bad transaction that is older than the one before it is left over
 * from an earlier round of the ring; a newer one is damage, unless commits may overtake
 * their data (asynchronous commits). */
static int read_commit(struct journal_log *l, struct slice block, struct err *e)
{
	struct reader r = reader_of(block);
	uint64_t time;
	bool ok = commit_ok(l, block);

	rd_seek(&r, 48);
	time = rd_u64be(&r);
	if ((!ok || l->bad_header) && time < l->last_commit)
		return 1;
	if (l->bad_header)
		return err_set(e, ERR_CORRUPT,
			       "transaction %" PRIu32 " has a wrong checksum",
			       l->s.sequence + l->transaction);
	if (!ok && (l->s.incompat & JOURNAL_ASYNC))
		return 1;
	if (!ok)
		return err_set(e, ERR_CORRUPT,
			       "the commit of transaction %" PRIu32
			       " has a wrong checksum",
			       l->s.sequence + l->transaction);
	l->last_commit = time;
	l->tags_done = l->tags.n;
	l->revokes_done = l->revokes.n;
	l->old_checksum = ~0u;
	l->transaction++;
	return 0;
}

/* One block with a header; 1 ends the log. */
static int read_header(struct journal_log *l, struct err *e)
{
	struct slice block;
	struct reader r;
	uint32_t at, magic, type, sequence;
	int r2 = step(l, &at, e);

	if (r2 >= 0)
		r2 = journal_block(l, at, &block, e);
	if (r2 < 0)
		return r2;
	r = reader_of(block);
	magic = rd_u32be(&r);
	type = rd_u32be(&r);
	sequence = rd_u32be(&r);
	if (magic != MAGIC || sequence != l->s.sequence + l->transaction)
		return 1;
	switch (type) {
	case DESCRIPTOR:
		return read_descriptor(l, block, e);
	case REVOKE:
		return read_revokes(l, block, e);
	case COMMIT:
		return read_commit(l, block, e);
	default:
		return 1;
	}
}

/* Is this block the head of fast commits that continue the transaction not finished? */
static int is_fast_head(struct journal_log *l, uint32_t at, struct err *e)
{
	struct slice block;
	struct reader r;
	uint16_t tag;
	int r2 = journal_block(l, at, &block, e);

	if (r2 < 0)
		return r2;
	r = reader_of(block);
	tag = rd_u16le(&r);
	rd_skip(&r, 6);
	return tag == FAST_HEAD && rd_u32le(&r) == l->s.sequence + l->transaction;
}

/* Fast commits lie behind the ring: Linux leaves one block free between the two. */
static int check_fast_commits(struct journal_log *l, struct err *e)
{
	if (!(l->s.incompat & JOURNAL_FAST))
		return 0;
	for (uint32_t at = l->end; at < l->s.end && at <= l->end + 1; at++) {
		int r = is_fast_head(l, at, e);

		if (r > 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "it holds fast commits, which cannot be replayed "
				       "here: let the guest mount it once, or run e2fsck "
				       "-E journal_only");
		if (r < 0)
			return r;
	}
	return 0;
}

int journal_log_read(struct journal_log *l, struct err *e)
{
	int r;

	l->at = l->s.start;
	l->old_checksum = ~0u;
	l->seed = ext2fs_crc32c_le(~0u, l->s.uuid, sizeof(l->s.uuid));
	do {
		r = read_header(l, e);
	} while (r == 0);
	return r < 0 ? r : check_fast_commits(l, e);
}
