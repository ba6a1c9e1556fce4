/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The undo record of disks that were changed in place: for each run of changed bytes what
 * was there before and what was written. It is complete, for all of them, and on stable
 * storage, before the first byte of a disk changes; from then on every byte is the old or
 * the new one, and the old ones can be brought back however the change ended.
 *
 * A record is an untrusted file. Numbers are stored with the most significant byte first:
 *
 *        0  16  "paravet undo\r\n\x1a\n"
 *       16   4  2: number of this form
 *       20   4  disks
 *       24   8  where the table starts
 *       32   8  runs in the table
 *       40  32  SHA-256 of bytes 0 to 39, of all that is told of disks, and of the table
 *       72      zeroes
 *      512      "committed" when all was written to the disks, else zeroes
 *     1024      7168 bytes of each disk: flags (4; 1, it is a block device), bytes of its
 *               path (4), bytes of the disk (8), inode of its file (8; 0 of a device),
 *               zeroes, and from byte 1024 on the path
 *               of each run, in order: old bytes, new bytes
 *    table  80  of each run, in order: offset on the disk (8), length (4), number of the
 *               disk (4), SHA-256 of its old bytes (32), of its new bytes (32)
 *
 * A run with the same bytes before and after is only watched: nothing of it is restored,
 * but other bytes there show that somebody used the disk since. Its log may then hold
 * what would be written over the bytes that are restored.
 *
 * Runs lie in ascending order of disks and on each disk, apart from each other or side by
 * side, and the file ends behind the table. A record whose first 512 bytes are zeroes was
 * not finished.
 */
#pragma once

#include <string.h>

#include "arena.h"
#include "vec.h"

/* A disk that was changed. */
struct undo_disk {
	const char *path; /* absolute, as it was opened; any bytes but NUL */
	uint64_t size;
	uint64_t inode; /* 0 of a device */
	bool device;
};
typedef VEC(struct undo_disk) undo_disks;

struct undo_record {
	undo_disks disks;     /* at least one */
	bool committed;       /* all new bytes had reached the disks */
	uint64_t runs, bytes; /* bytes: of those that changed */
	uint64_t watched;     /* runs that did not */
	struct slice table;   /* in the arena; undo_run_decode() reads it */
	int fd;               /* borrowed */
};

enum { UNDO_DIGEST = 32 };

/* A run: where it lies on the disk, and in the record. */
struct undo_run {
	uint64_t off, at; /* `at`: its old bytes, and behind them as many new ones */
	uint32_t len, disk;
	uint8_t before[UNDO_DIGEST], after[UNDO_DIGEST];
};

/* Reads what stands before the runs, without checking the rest: which disks is it about?
 * ERR_ABSENT: the record was not finished, so nothing was changed. */
int undo_read_disks(int fd, struct arena *a, undo_disks *ret, struct err *e);

/* Reads the record and checks all of it but the bytes of the runs, which are checked as
 * they are read. Errors as above. */
int undo_open(int fd, struct arena *a, struct undo_record *ret, struct err *e);

static inline bool undo_is_watched(const struct undo_run *run)
{
	return memcmp(run->before, run->after, UNDO_DIGEST) == 0;
}

/* What disks hold of a record's runs that changed. */
struct undo_state {
	uint64_t old_runs, new_runs, mixed_runs;
};

/* Compares the disks, open as `fds` in the record's order, with the record. ERR_CORRUPT:
 * one has another size, some bytes are neither the old nor the new ones, the bytes in
 * the record are not those that it was made with, or there is something to restore and
 * a watched run has other bytes. */
int undo_compare(const struct undo_record *record, const int *fds, struct undo_state *ret,
		 struct err *e);

/* Do the disks hold the old bytes of every run, watched or not? Errors are of reading it,
 * or the record: ERR_CORRUPT when that has not the bytes that it was made with. */
int undo_is_unchanged(const struct undo_record *record, const int *fds, bool *ret,
		      struct err *e);

/* Writes the old bytes of every run that does not hold them, if undo_compare() finds
 * nothing wrong with any disk; otherwise nothing is written. *ret is what was there
 * before. On success the disks are on stable storage. May be repeated, also when it was
 * broken off. */
int undo_restore(const struct undo_record *record, const int *fds, struct undo_state *ret,
		 struct err *e);
