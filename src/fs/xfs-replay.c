/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the records of the log to transactions. A record holds operations of several
 * transactions; what does not fit into one goes on in the next.
 */
#include "xfs-replay.h"

#include <inttypes.h>
#include <string.h>

#include "limits.h"
#include "patched.h"

enum {
	OP_HEAD = 12,
	/* Flags of an operation. */
	OP_START = 1,
	OP_COMMIT = 2,
	OP_CONTINUE = 4,
	OP_CONTINUED = 8,
	OP_END = 16,
	OP_UNMOUNT = 32,
	TRANSACTION_HEAD = 16,
	REGIONS_MAX = 65536 / 128 / 2 + 1, /* XLOG_MAX_REGIONS_IN_ITEM */
	LOG_ATTRIBUTES = 1, /* the one incompatible feature of a log that is known */
	NATIVE_LITTLE = 1,  /* a record's format: Linux on a little-endian machine */
};

static struct xfs_transaction *drop(struct xfs_transaction *t)
{
	struct xfs_transaction *next = t->next;

	arena_free(t->arena);
	free(t);
	return next;
}

static void replay_done(struct xfs_replay *p)
{
	while (p->transactions)
		p->transactions = drop(p->transactions);
	arena_free(p->arena);
}

static int damaged(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "an operation in it is damaged");
}

/* --- one transaction --- */

static struct xfs_item *last_item(struct xfs_transaction *t)
{
	return t->items.n ? &t->items.v[t->items.n - 1] : NULL;
}

/* The head of a transaction may be split; nothing of it matters here but its length. */
static int add_head(struct xfs_transaction *t, struct slice data, struct err *e)
{
	if (data.n > TRANSACTION_HEAD - t->head ||
	    (t->head == 0 && !slice_has(data, 0, "NART", data.n < 4 ? data.n : 4)))
		return damaged(e);
	t->head += data.n;
	return 0;
}

static int add_region(struct xfs_transaction *t, struct slice data, struct err *e)
{
	struct xfs_item *item = last_item(t);
	struct reader rd = reader_of(data);
	const void *copy = arena_memdup(t->arena, data.p, data.n);

	if (!copy)
		return arena_full(t->arena, e);
	if (!item || item->total == item->regions.n)
		item = vec_add(t->arena, &t->items);
	if (!item)
		return arena_full(t->arena, e);
	if (item->total == 0) {
		rd_skip(&rd, 2);
		item->total = rd_u16le(&rd);
		if (!rd_ok(&rd) || item->total == 0 || item->total > REGIONS_MAX)
			return damaged(e);
	}
	return vec_push(t->arena, &item->regions, slice_of(copy, data.n))
		       ? 0
		       : arena_full(t->arena, e);
}

/* The rest of what began in the record before. */
static int add_rest(struct xfs_transaction *t, struct slice data, struct err *e)
{
	struct xfs_item *item = last_item(t);
	struct slice *region;
	struct reader first, rest = reader_of(data);
	uint8_t *joined;

	if (t->head < TRANSACTION_HEAD)
		return add_head(t, data, e);
	if (!item || item->regions.n == 0)
		return damaged(e);
	region = &item->regions.v[item->regions.n - 1];
	first = reader_of(*region);
	joined = arena_alloc(t->arena, region->n + data.n);
	if (!joined)
		return arena_full(t->arena, e);
	rd_copy(&first, joined, region->n);
	rd_copy(&rest, joined + region->n, data.n);
	*region = slice_of(joined, region->n + data.n);
	return 0;
}

static int add_data(struct xfs_transaction *t, struct slice data, unsigned flags,
		    struct err *e)
{
	if (flags & OP_CONTINUED)
		return add_rest(t, data, e);
	if (data.n == 0)
		return 0;
	return t->head < TRANSACTION_HEAD ? add_head(t, data, e) : add_region(t, data, e);
}

/* --- the records --- */

static struct xfs_transaction **find(struct xfs_replay *p, uint32_t id)
{
	struct xfs_transaction **at = &p->transactions;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static int begin(struct xfs_replay *p, uint32_t id, uint64_t lsn, struct err *e)
{
	struct xfs_transaction *t = calloc(1, sizeof(*t));

	if (!t)
		return err_set(e, ERR_NOMEM, "out of memory");
	*t = (struct xfs_transaction){.next = p->transactions,
				      .id = id,
				      .lsn = lsn,
				      .arena = arena_new(LIMIT_XFS_TRANSACTION)};
	p->transactions = t;
	return t->arena ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

static int take_op(struct xfs_replay *p, struct reader *rd, uint64_t lsn, struct err *e)
{
	uint32_t id = rd_u32be(rd), len = rd_u32be(rd);
	unsigned client = rd_u8(rd), flags = rd_u8(rd);
	struct xfs_transaction **at = find(p, id);
	struct slice data;
	int r;

	rd_skip(rd, 2);
	data = rd_bytes(rd, len);
	if (!rd_ok(rd) || (client != 0x69 && client != 0xaa))
		return damaged(e);
	/* What began before the log's tail is written already. */
	if (!*at)
		return flags & OP_START ? begin(p, id, lsn, e) : 0;
	if (flags & (OP_COMMIT | OP_UNMOUNT)) {
		r = flags & OP_COMMIT ? xfs_replay_commit(p, *at, e) : 0;
		*at = drop(*at);
		return r;
	}
	return flags & OP_START ? damaged(e) : add_data(*at, data, flags, e);
}

/* Puts back what the numbers of the cycle took the place of. */
static int unpack(struct xfs_log *log, const struct xfs_log_record *record, struct err *e)
{
	struct reader rd = reader_of(slice_of(
		log->record, (size_t)(record->heads + record->body) * XFS_LOG_BLOCK));

	for (uint32_t i = 0; i < record->body; i++) {
		uint32_t head = i / XFS_LOG_PER_HEAD, k = i % XFS_LOG_PER_HEAD;

		rd_seek(&rd, (uint64_t)head * XFS_LOG_BLOCK + (head ? 4 : 44) + 4 * k);
		rd_copy(&rd, log->record + (size_t)(record->heads + i) * XFS_LOG_BLOCK,
			4);
	}
	return rd_ok(&rd) ? 0 : err_set(e, ERR_BUG, "a record without its heads");
}

static int take_record(struct xfs_replay *p, const struct xfs_log_record *record,
		       struct err *e)
{
	struct reader rd;
	int r = unpack(p->log, record, e);

	if (r >= 0 && record->format != NATIVE_LITTLE)
		r = err_set(e, ERR_UNSUPPORTED,
			    "it was written by a big-endian machine, and is not empty: "
			    "let the guest mount it once");
	rd = reader_of(slice_of(p->log->record + (size_t)record->heads * XFS_LOG_BLOCK,
				record->len));
	for (uint32_t i = 0; r >= 0 && i < record->ops && rd_left(&rd); i++)
		r = take_op(p, &rd, record->lsn, e);
	return r < 0 ? err_wrap(e, "record at block %" PRIu32, record->at) : 0;
}

static int pass(struct xfs_replay *p, const struct xfs_log_state *state, struct err *e)
{
	struct xfs_log_place at = state->tail;
	uint64_t seen = 0;

	while (at.at != state->head.at || at.cycle != state->head.cycle) {
		struct xfs_log_record record;
		int r = xfs_log_record(p->log, at, &record, e);

		if (r == 0 || seen > p->log->n ||
		    (r > 0 && record.crc == 0 && p->super->v5))
			r = err_set(e, ERR_CORRUPT,
				    "its record at block %" PRIu32 " is damaged", at.at);
		if (r >= 0)
			r = take_record(p, &record, e);
		if (r < 0)
			return r;
		seen += record.heads + record.body;
		at = xfs_log_after(p->log, &record);
	}
	while (p->transactions) /* they were not committed */
		p->transactions = drop(p->transactions);
	return 0;
}

int xfs_replay(struct xfs_log *log, const struct xfs_log_state *state,
	       struct blocks *parent, struct blocks **ret, struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *out = NULL;
	struct xfs_replay p = {.log = log, .super = log->super};
	int r;

	if (p.super->v5 && p.super->log_incompat & ~(uint32_t)LOG_ATTRIBUTES)
		return err_set(e, ERR_UNSUPPORTED,
			       "it is not empty, and is of a kind that is not known "
			       "here: let the guest mount it once");
	r = blocks_patched(parent, LIMIT_JOURNAL_MEMORY, &out, e);

	p.arena = arena_new(LIMIT_JOURNAL_MEMORY);
	p.out = out;
	if (r >= 0 && !p.arena)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r >= 0)
		r = pass(&p, state, e);
	p.second = true;
	if (r >= 0)
		r = pass(&p, state, e);
	if (r >= 0 && p.open.n)
		r = err_set(e, ERR_UNSUPPORTED,
			    "it ends while blocks are moved between files: let the guest "
			    "mount it once");
	replay_done(&p);
	if (r >= 0)
		*ret = TAKE_PTR(out);
	return r;
}
