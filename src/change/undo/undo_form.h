/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record's form (undo.h), for the files that read and write it. */
#pragma once

#include "undo.h"

enum {
	UNDO_SECTOR = 512,
	UNDO_MARK = 512, /* where these start */
	UNDO_PATH = 1024,
	UNDO_DATA = 8192,
	UNDO_ENTRY = 80,
	UNDO_CHECKED = 60, /* bytes of the header that its checksum is over */
	UNDO_RUN_MAX = 1 << 20
};

#define UNDO_COMMITTED "committed"

/* The fields of the header. */
struct undo_header {
	uint32_t flags, path;
	uint64_t size, inode, table, runs;
	uint8_t checksum[UNDO_DIGEST];
};

enum { UNDO_DEVICE = 1u << 0 };

/* The fields of the header's sector, checked as far as they can be by themselves. */
int undo_header_decode(struct slice sector, struct undo_header *ret, struct err *e);
void undo_header_encode(const struct undo_header *h, uint8_t sector[UNDO_SECTOR]);

void undo_digest(struct slice s, uint8_t ret[UNDO_DIGEST]);
/* What the header's checksum is over. */
void undo_checksum(const struct undo_header *h, struct slice path, struct slice table,
		   uint8_t ret[UNDO_DIGEST]);

void undo_run_encode(const struct undo_run *run, uint8_t entry[UNDO_ENTRY]);
/* Run number `i`; `previous` is the one before it, NULL for the first. False: it does not
 * lie behind that one on the disk. */
_must_check_ bool undo_run_decode(const struct undo_record *record, uint64_t i,
				  const struct undo_run *previous, struct undo_run *ret);

/* Writes the new bytes of every run, whatever the disk holds, and waits until they are on
 * stable storage. */
int undo_write_new(const struct undo_record *record, int disk_fd, struct err *e);
