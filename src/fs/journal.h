/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal of ext3 and ext4 (JBD2): what was committed but not yet written to its
 * place is shown there, in memory; nothing is written here.
 */
#pragma once

#include "ext.h"

struct journal_file {
	struct blocks *blocks; /* the file system's */
	const struct map *map;
	uint64_t count; /* blocks of the journal */
	uint32_t block_size;
	uint64_t fs_blocks;
};

/* Reads the log as the kernel's recovery would. *ret are blocks that show the replayed
 * state (file->blocks must outlive them), or NULL when the log is empty; *ret_next is the
 * number that the first transaction after it gets. */
int journal_replay(const struct journal_file *file, struct blocks **ret,
		   uint32_t *ret_next, struct err *e);

/* A block of the file system whose contents lie at byte `from`. */
struct overlay_block {
	uint64_t block, from;
	bool escaped; /* its first four bytes were the journal's magic number */
};

/* `parent` is borrowed. `list` is sorted by block, without doubles, and is taken over. */
int journal_overlay(struct blocks *parent, uint32_t block_size,
		    struct overlay_block *list, size_t n, struct blocks **ret,
		    struct err *e);

/* Tells the number of each block that `overlay` shows in its place, in rising order. A
 * negative return ends the walk and is passed on. */
typedef int (*journal_block_fn)(void *ctx, uint64_t block, struct err *e);
int journal_overlay_walk(struct blocks *overlay, journal_block_fn fn, void *ctx,
			 struct err *e);
/* Does it show any of the blocks [first, first + count) in their places? */
bool journal_overlay_has(struct blocks *overlay, uint64_t first, uint64_t count);

/* A parsed journal superblock and the features that decide how the log is read. */
struct journal_super {
	uint32_t version, block_size, end, first, sequence, start;
	uint32_t error; /* that stopped the journal; 0: none did */
	uint32_t compat, incompat, fast_blocks;
	uint8_t uuid[16], checksum_type;
	uint32_t checksum;
};

enum {
	JOURNAL_CHECKSUM = 1, /* compat */
	JOURNAL_REVOKE = 1,   /* incompat */
	JOURNAL_64BIT = 2,
	JOURNAL_ASYNC = 4,
	JOURNAL_CSUM_V2 = 8,
	JOURNAL_CSUM_V3 = 16,
	JOURNAL_FAST = 32
};

enum { JOURNAL_SUPER_SIZE = 1024 };

int journal_super_decode(struct slice block, struct journal_super *ret, struct err *e);
/* Makes the bytes that were decoded as `s` those of an empty journal, as recovery leaves
 * it. */
void journal_super_empty(uint8_t block[JOURNAL_SUPER_SIZE], const struct journal_super *s,
			 uint32_t next);
