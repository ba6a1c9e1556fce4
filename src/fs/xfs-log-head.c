/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the log ends. A file system that was unmounted is told by its last record; the
 * superblock's own write came shortly before that one, so its place in the log is where
 * the search starts. Otherwise the end is found by bisecting for the block at which the
 * cycle changes. Records that were in flight when the machine stopped may be there in
 * part: then the log ends before the first of them that is not whole.
 */
#include <inttypes.h>

#include "xfs-log.h"

enum {
	/* Blocks that can be in flight, as Linux has it: eight records of 256 KiB. */
	IN_FLIGHT = 8 * XFS_LOG_BODY_MAX / XFS_LOG_BLOCK,
	/* A record that is before those begins within as many blocks. */
	RECORD_MAX = XFS_LOG_BODY_MAX / XFS_LOG_BLOCK + XFS_LOG_HEADS_MAX,
	NEAR = 16, /* records behind the superblock's place that are looked at */
	MAGIC_BYTES = 4
};

/* The round in which a block was written. */
static int cycle_of(struct xfs_log *log, uint32_t at, uint32_t *ret, struct err *e)
{
	uint8_t bytes[8];
	struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));
	int r = blocks_read(log->blocks, log->at + (uint64_t)at * XFS_LOG_BLOCK, bytes,
			    sizeof(bytes), e);

	if (r < 0)
		return r;
	if (slice_has(rd.s, 0, "\xfe\xed\xba\xbe", MAGIC_BYTES))
		rd_skip(&rd, MAGIC_BYTES);
	*ret = rd_u32be(&rd);
	return 0;
}

/* Does the record, which was just read, say that the file system was unmounted? */
static bool is_unmount(const struct xfs_log *log, const struct xfs_log_record *record)
{
	struct slice bytes = slice_of(
		log->record, (size_t)(record->heads + record->body) * XFS_LOG_BLOCK);
	int flags = slice_at(bytes, (size_t)record->heads * XFS_LOG_BLOCK + 9);

	return record->ops == 1 && (flags & 0x20);
}

/* The end of a walk over records. */
struct found {
	struct xfs_log_record last;
	struct xfs_log_place head;
	unsigned count; /* records seen */
	bool unmounted;
};

static int follow(struct xfs_log *log, struct xfs_log_place place, unsigned most,
		  struct found *ret, struct err *e)
{
	uint64_t seen = 0;
	int r = 1;

	*ret = (struct found){.head = place};
	while (r > 0 && ret->count < most && seen < log->n) {
		r = xfs_log_record(log, ret->head, &ret->last, e);
		if (r <= 0)
			return r;
		ret->count++;
		ret->unmounted = is_unmount(log, &ret->last);
		ret->head = xfs_log_after(log, &ret->last);
		seen += ret->last.heads + ret->last.body;
	}
	return r;
}

/* 1: the superblock's place leads to the record of an unmount, behind which there is
 * nothing newer. */
static int is_near_unmount(struct xfs_log *log, struct xfs_log_place *ret_head,
			   struct err *e)
{
	uint64_t lsn = log->super->lsn;
	struct xfs_log_place place = {(uint32_t)lsn, (uint32_t)(lsn >> 32)};
	struct found found;
	uint32_t cycle;
	int r;

	if (!log->super->v5)
		return 0;
	if (lsn == 0) /* fresh from mkfs.xfs */
		place.cycle = 1;
	if (place.at >= log->n)
		return 0;
	r = follow(log, place, NEAR, &found, e);
	if (r < 0 || !found.unmounted || r > 0)
		return r < 0 ? r : 0;
	r = cycle_of(log, found.head.at, &cycle, e);
	*ret_head = found.head;
	return r < 0 ? r : cycle < found.head.cycle;
}

/* The block from which on all are of the round `last`. */
static int bisect(struct xfs_log *log, uint32_t last, uint32_t *ret, struct err *e)
{
	uint32_t low = 0, high = log->n - 1;

	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2, cycle;
		int r = cycle_of(log, mid, &cycle, e);

		if (r < 0)
			return r;
		if (cycle == last)
			high = mid;
		else
			low = mid;
	}
	*ret = high;
	return 0;
}

/* The first head of a record among `count` blocks from `at` on, around the end. */
static int find_record(struct xfs_log *log, uint32_t at, uint32_t count,
		       struct xfs_log_place *ret, struct err *e)
{
	for (uint32_t i = 0; i < count; i++) {
		struct xfs_log_record record;
		struct xfs_log_place place = {.at = (at + i) % log->n};
		uint8_t bytes[8];
		struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));
		int r = blocks_read(log->blocks,
				    log->at + (uint64_t)place.at * XFS_LOG_BLOCK, bytes,
				    sizeof(bytes), e);

		if (r < 0)
			return r;
		if (!slice_has(rd.s, 0, "\xfe\xed\xba\xbe", MAGIC_BYTES))
			continue;
		rd_skip(&rd, MAGIC_BYTES);
		place.cycle = rd_u32be(&rd);
		r = xfs_log_record(log, place, &record, e);
		if (r < 0)
			return r;
		if (r > 0) {
			*ret = place;
			return 0;
		}
	}
	return err_set(e, ERR_CORRUPT, "there is no whole record before its end");
}

/* Follows the records from far enough before the `end` that the bisection found. */
static int find_end(struct xfs_log *log, uint32_t end, bool wrapped, struct found *ret,
		    struct err *e)
{
	uint32_t back = IN_FLIGHT + 2 * RECORD_MAX;
	struct xfs_log_place place;
	int r;

	if (wrapped)
		back = back < log->n ? back : log->n - 1;
	else
		back = back < end ? back : end;
	r = find_record(log, (end + log->n - back) % log->n, back, &place, e);
	if (r >= 0)
		r = follow(log, place, UINT32_MAX, ret, e);
	if (r < 0)
		return r;
	/* What ends earlier was not cut off by a crash. */
	if ((end + log->n - ret->head.at) % log->n > IN_FLIGHT)
		return err_set(e, ERR_CORRUPT,
			       "its record at block %" PRIu32 " is damaged",
			       ret->head.at);
	return 0;
}

static int check_tail(const struct xfs_log *log, const struct found *found,
		      struct xfs_log_place *ret, struct err *e)
{
	struct xfs_log_place tail = {(uint32_t)found->last.tail,
				     (uint32_t)(found->last.tail >> 32)};

	if (tail.at >= log->n || found->last.tail > found->last.lsn)
		return err_set(e, ERR_CORRUPT,
			       "its last record says that it begins at block %" PRIu32
			       " of round %" PRIu32,
			       tail.at, tail.cycle);
	*ret = tail;
	return 0;
}

int xfs_log_find(struct xfs_log *log, struct xfs_log_state *ret, struct err *e)
{
	uint32_t first, last, end = log->n;
	struct found found;
	int r;

	*ret = (struct xfs_log_state){.clean = false};
	r = is_near_unmount(log, &ret->head, e);
	ret->clean = r > 0;
	if (r != 0)
		return r < 0 ? r : 0;
	r = cycle_of(log, 0, &first, e);
	if (r >= 0)
		r = cycle_of(log, log->n - 1, &last, e);
	if (r >= 0 && first == 0 && last == 0) { /* nothing was ever written */
		ret->clean = true;
		return 0;
	}
	if (r >= 0 && first != last)
		r = bisect(log, last, &end, e);
	if (r >= 0)
		r = find_end(log, end, last != 0, &found, e);
	if (r >= 0)
		r = check_tail(log, &found, &ret->tail, e);
	if (r < 0)
		return r;
	ret->head = found.head;
	ret->clean = found.unmounted;
	return 0;
}
