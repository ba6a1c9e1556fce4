/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log of XFS ("Journaling Log" in the specification; Linux, fs/xfs/xfs_log_recover.c
 * is the reference for where it begins and ends): a ring of blocks of 512 bytes, in which
 * each block begins with the number of the round in which it was written, its cycle.
 * Records lie behind one another; the last one says where the first lies that matters.
 */
#pragma once

#include "xfs.h"

enum {
	XFS_LOG_BLOCK = 512,
	XFS_LOG_BODY_MAX = 256 * 1024,
	XFS_LOG_HEADS_MAX = 8,
	XFS_LOG_PER_HEAD = 32 * 1024 / XFS_LOG_BLOCK, /* blocks that one head serves */
};

struct xfs_log {
	struct blocks *blocks;
	const struct xfs_super *super;
	uint64_t at;     /* byte at which it begins */
	uint32_t n;      /* blocks */
	uint8_t *record; /* the last record read, heads and body */
};

/* One record; places and lengths are in blocks. */
struct xfs_log_record {
	uint32_t at, cycle, heads, body;
	uint32_t len, ops, format; /* len in bytes */
	uint64_t lsn, tail;
	uint32_t crc;
};

/* A place in the ring: the block that comes next, and the round. */
struct xfs_log_place {
	uint32_t at, cycle;
};

/* How the log was found. */
struct xfs_log_state {
	bool clean;                      /* it was unmounted: nothing in it matters */
	struct xfs_log_place tail, head; /* what matters is [tail, head); what is written
					    next goes to the head */
};

/* The log of the file system on these blocks; it has to lie there. */
int xfs_log_open(struct blocks *b, const struct xfs_super *s, struct xfs_log *ret,
		 struct err *e);
void xfs_log_done(struct xfs_log *log);
#define _cleanup_xfs_log_ _cleanup_(xfs_log_done)

/* 1 and the record that begins at that place, which is whole and right, with its bytes in
 * log->record; 0 where there is none. */
int xfs_log_record(struct xfs_log *log, struct xfs_log_place place,
		   struct xfs_log_record *ret, struct err *e);
/* The place behind a record. */
struct xfs_log_place xfs_log_after(const struct xfs_log *log,
				   const struct xfs_log_record *record);

/* --- xfs-log-head.c --- */

int xfs_log_find(struct xfs_log *log, struct xfs_log_state *ret, struct err *e);
