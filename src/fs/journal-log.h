/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log of a journal as it was read: what each transaction wrote and revoked.
 */
#pragma once

#include "journal.h"

/* Bytes of the log read at once. */
enum { JOURNAL_WINDOW = 128 * 1024 };

/* One logged block. */
struct journal_tag {
	uint64_t block, from;
	uint32_t transaction; /* counted from the first of the log */
	uint32_t order;
	bool escaped;
	const char *bad; /* why it cannot be replayed, or NULL */
};

struct journal_revoked {
	uint64_t block;
	uint32_t transaction;
};

struct journal_log {
	const struct journal_file *file;
	struct journal_super s;
	struct arena *arena;
	uint32_t at, end;      /* the next block; the end of the ring */
	uint32_t used;         /* blocks read so far */
	uint32_t transaction;  /* the one being read */
	uint32_t seed;         /* of checksums v2 and v3 */
	uint32_t old_checksum; /* of the transaction, journals with checksum v1 */
	uint64_t last_commit;  /* time of the last commit, seconds */
	bool bad_header;       /* a descriptor or revoke block failed its checksum */
	uint8_t *window;       /* blocks [window_at, window_at + window_n) */
	uint32_t window_at, window_n;
	VEC(struct journal_tag) tags;
	VEC(struct journal_revoked) revokes;
	size_t tags_done, revokes_done; /* those of committed transactions */
};

/* A block of the journal; borrowed until the next call. */
int journal_block(struct journal_log *l, uint32_t block, struct slice *ret,
		  struct err *e);

/* Reads the log from its start. The first tags_done tags and revokes_done revokes are
 * what counts. */
int journal_log_read(struct journal_log *l, struct err *e);
