/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as an undo record of a small disk: as they are, and with checksums that fit.
 * Either nothing is written, or the disk holds the old bytes of the record. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "undo/undo_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DISK = 1 << 16 };

static int file_of(const void *p, size_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, p, n, 0) != (ssize_t)n)
		__builtin_trap();
	return fd;
}

static void check_restored(const struct undo_record *record, int disk)
{
	struct undo_state was;
	struct err e = ERR_INIT;

	if (undo_compare(record, disk, &was, &e) < 0 || was.old_runs != record->runs)
		__builtin_trap();
}

/* `committed`: the disk holds the new bytes, if the record is one. */
static void undo(const uint8_t *data, size_t size, bool committed)
{
	static uint8_t before[DISK], after[DISK];
	_cleanup_arena_ struct arena *a = arena_new((size_t)32 << 20);
	struct undo_record record;
	struct undo_state was;
	struct err e = ERR_INIT;
	int disk, fd = file_of(data, size);
	int r = a ? undo_open(fd, a, &record, &e) : -1;

	for (size_t i = 0; i < DISK; i++)
		before[i] = (uint8_t)(i * 7);
	disk = file_of(before, DISK);
	if (r >= 0 && committed && record.disk.size == DISK)
		r = undo_write_new(&record, disk, &e);
	if (pread(disk, before, DISK, 0) != DISK)
		__builtin_trap();
	if (r >= 0) {
		r = undo_restore(&record, disk, &was, &e);
		if (r >= 0)
			check_restored(&record, disk);
	}
	if (r < 0 && e.code == ERR_BUG)
		__builtin_trap();
	if (pread(disk, after, DISK, 0) != DISK ||
	    (r < 0 && memcmp(before, after, DISK) != 0))
		__builtin_trap();
	close(disk);
	close(fd);
}

/* Makes the digests of the runs fit their bytes, as far as these are there. */
static void sign_runs(struct undo_record *record, uint8_t *table, struct slice all)
{
	struct undo_run run = {0}, previous;

	for (uint64_t i = 0; i < record->runs; i++) {
		struct slice old, new;

		previous = run;
		if (!undo_run_decode(record, i, i ? &previous : NULL, &run) ||
		    !slice_sub(all, run.at, run.len, &old) ||
		    !slice_sub(all, run.at + run.len, run.len, &new))
			return;
		undo_digest(old, run.before);
		undo_digest(new, run.after);
		undo_run_encode(&run, table + i * UNDO_ENTRY);
	}
}

/* The same with every checksum as it should be; false: that cannot be. */
static bool sign(uint8_t *data, size_t size)
{
	struct undo_record record = {.fd = -1};
	struct slice all = slice_of(data, size), sector, path;
	struct undo_header h;
	struct err e = ERR_INIT;

	if (!slice_sub(all, 0, UNDO_SECTOR, &sector) ||
	    undo_header_decode(sector, &h, &e) < 0 ||
	    !slice_sub(all, UNDO_PATH, h.path, &path) ||
	    !slice_sub(all, h.table, h.runs * UNDO_ENTRY, &record.table))
		return false;
	record.disk.size = h.size;
	record.runs = h.runs;
	sign_runs(&record, data + h.table, all);
	undo_checksum(&h, path, record.table, h.checksum);
	undo_header_encode(&h, data);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	undo(copy, size, false);
	if (sign(copy, size)) {
		undo(copy, size, false);
		undo(copy, size, true);
	}
	free(copy);
	return 0;
}
