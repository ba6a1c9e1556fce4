/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal of ext3 and ext4 (JBD2): what was committed but not yet written to its
 * place is shown there, in memory; the image is never written.
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
 * state (file->blocks must outlive them), or NULL when the log is empty. */
int journal_replay(const struct journal_file *file, struct blocks **ret, struct err *e);

/* A block of the file system whose contents lie at byte `from`. */
struct overlay_block {
	uint64_t block, from;
	bool escaped; /* its first four bytes were the journal's magic number */
};

/* `parent` is borrowed. `list` is sorted by block, without doubles, and is taken over. */
int journal_overlay(struct blocks *parent, uint32_t block_size,
		    struct overlay_block *list, size_t n, struct blocks **ret,
		    struct err *e);

/* A parsed journal superblock and the features that decide how the log is read. */
struct journal_super {
	uint32_t version, block_size, end, first, sequence, start;
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

int journal_super_decode(struct slice block, struct journal_super *ret, struct err *e);
