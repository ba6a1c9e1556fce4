/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replay of the log in memory (Linux, fs/xfs/xfs_log_recover.c): transactions that were
 * committed are read twice, once for the buffers that were freed later, whose changes no
 * longer matter, and once for what is written.
 */
#pragma once

#include "xfs-log.h"

/* What one change consists of, in the order of the log; the first says what it is. */
struct xfs_item {
	unsigned total; /* regions that belong to it; 0: not known yet */
	VEC(struct slice) regions;
};

/* A transaction that is not committed yet. */
struct xfs_transaction {
	struct xfs_transaction *next;
	struct arena *arena; /* of everything in it */
	uint32_t id;
	uint64_t lsn;
	size_t head; /* bytes of its head that were seen */
	VEC(struct xfs_item) items;
};

/* A buffer whose changes do not count up to where the log says so. */
struct xfs_cancelled {
	uint64_t block;
	uint32_t len, count;
};

struct xfs_replay {
	struct xfs_log *log;
	const struct xfs_super *super;
	struct blocks *out; /* of blocks_patched() */
	bool second;        /* the second time */
	struct arena *arena;
	VEC(struct xfs_cancelled) cancelled;
	VEC(uint64_t) open; /* moves of blocks that were begun and not ended */
	struct xfs_transaction *transactions;
};

/* What is in [state->tail, state->head), into blocks that show it. `parent` is borrowed.
 */
int xfs_replay(struct xfs_log *log, const struct xfs_log_state *state,
	       struct blocks *parent, struct blocks **ret, struct err *e);

/* xfs-replay-items.c: makes the changes of a committed transaction. */
int xfs_replay_commit(struct xfs_replay *p, const struct xfs_transaction *t,
		      struct err *e);
