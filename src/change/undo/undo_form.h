/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record's form (undo.h), for the files that read and write it. */
#pragma once

#include "undo.h"

enum {
	UNDO_SECTOR = 512,
	UNDO_MARK = 512, /* where these start */
	UNDO_DISKS = 1024,
	UNDO_DISK = 7168, /* bytes of each */
	UNDO_PATH = 1024, /* where it starts there */
	UNDO_ENTRY = 80,
	UNDO_CHECKED = 40, /* bytes of the header that its checksum is over */
	UNDO_RUN_MAX = 1 << 20
};

#define UNDO_COMMITTED "committed"

/* The fields of the header. */
struct undo_header {
	uint32_t disks;
	uint64_t table, runs;
	uint8_t checksum[UNDO_DIGEST];
};

enum { UNDO_DEVICE = 1u << 0 };

/* Where the runs start in the record of so many disks. */
static inline uint64_t undo_data(uint32_t disks)
{
	return UNDO_DISKS + (uint64_t)disks * UNDO_DISK;
}

/* The fields of the header's sector, checked as far as they can be by themselves. */
int undo_header_decode(struct slice sector, struct undo_header *ret, struct err *e);
void undo_header_encode(const struct undo_header *h, uint8_t sector[UNDO_SECTOR]);

/* What is told of one disk; its path goes into the arena. */
int undo_disk_decode(struct slice bytes, struct arena *a, struct undo_disk *ret,
		     struct err *e);
void undo_disk_encode(const struct undo_disk *disk, uint8_t bytes[UNDO_DISK]);

void undo_digest(struct slice s, uint8_t ret[UNDO_DIGEST]);
/* What the header's checksum is over; `disks` is what is told of all of them. */
void undo_checksum(const struct undo_header *h, struct slice disks, struct slice table,
		   uint8_t ret[UNDO_DIGEST]);

void undo_run_encode(const struct undo_run *run, uint8_t entry[UNDO_ENTRY]);
/* Run number `i`; `previous` is the one before it, NULL for the first. False: it does not
 * lie behind that one. */
_must_check_ bool undo_run_decode(const struct undo_record *record, uint64_t i,
				  const struct undo_run *previous, struct undo_run *ret);

/* Writes the new bytes of every run, whatever the disks hold, and waits until they are on
 * stable storage. */
int undo_write_new(const struct undo_record *record, const int *fds, struct err *e);
