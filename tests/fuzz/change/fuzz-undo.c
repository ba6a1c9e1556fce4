/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as an undo record of one or two small disks: as they are, and with checksums
 * that fit. Either nothing is written, or the disks hold the old bytes of the record. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "undo/undo_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DISK = 1 << 16, DISKS = 2 };

static int file_of(const void *p, size_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, p, n, 0) != (ssize_t)n)
		__builtin_trap();
	return fd;
}

static void check_restored(const struct undo_record *record, const int *disks)
{
	struct undo_state was;
	struct err e = ERR_INIT;

	if (undo_compare(record, disks, &was, &e) < 0 || was.old_runs != record->runs)
		__builtin_trap();
}

static void read_disks(const int *disks, uint8_t to[DISKS][DISK])
{
	for (size_t i = 0; i < DISKS; i++)
		if (pread(disks[i], to[i], DISK, 0) != DISK)
			__builtin_trap();
}

static bool are_small(const struct undo_record *record)
{
	for (size_t i = 0; i < record->disks.n; i++)
		if (record->disks.v[i].size != DISK)
			return false;
	return true;
}

/* `committed`: the disks hold the new bytes, if the record is one. */
static void undo(const uint8_t *data, size_t size, bool committed)
{
	static uint8_t before[DISKS][DISK], after[DISKS][DISK];
	_cleanup_arena_ struct arena *a = arena_new((size_t)32 << 20);
	struct undo_record record;
	struct undo_state was;
	struct err e = ERR_INIT;
	int disks[DISKS], fd = file_of(data, size);
	int r = a ? undo_open(fd, a, &record, &e) : -1;

	for (size_t i = 0; i < DISKS * DISK; i++)
		before[i / DISK][i % DISK] = (uint8_t)(i * 7);
	for (size_t i = 0; i < DISKS; i++)
		disks[i] = file_of(before[i], DISK);
	if (r >= 0 && record.disks.n > DISKS)
		r = err_set(&e, ERR_LIMIT, "too many disks");
	if (r >= 0 && committed && are_small(&record))
		r = undo_write_new(&record, disks, &e);
	read_disks(disks, before);
	if (r >= 0) {
		r = undo_restore(&record, disks, &was, &e);
		if (r >= 0)
			check_restored(&record, disks);
	}
	if (r < 0 && e.code == ERR_BUG)
		__builtin_trap();
	read_disks(disks, after);
	if (r < 0 && memcmp(before, after, sizeof(before)) != 0)
		__builtin_trap();
	for (size_t i = 0; i < DISKS; i++)
		close(disks[i]);
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
	_cleanup_arena_ struct arena *a = arena_new((size_t)1 << 20);
	struct undo_record record = {.fd = -1};
	struct slice all = slice_of(data, size), sector, disks, one;
	struct undo_header h;
	struct err e = ERR_INIT;

	if (!a || !slice_sub(all, 0, UNDO_SECTOR, &sector) ||
	    undo_header_decode(sector, &h, &e) < 0 ||
	    !slice_sub(all, UNDO_DISKS, undo_data(h.disks) - UNDO_DISKS, &disks) ||
	    !slice_sub(all, h.table, h.runs * UNDO_ENTRY, &record.table))
		return false;
	for (uint32_t i = 0; i < h.disks; i++) {
		struct undo_disk *disk = vec_add(a, &record.disks);

		if (!disk || !slice_sub(disks, i * UNDO_DISK, UNDO_DISK, &one) ||
		    undo_disk_decode(one, a, disk, &e) < 0)
			return false;
	}
	record.runs = h.runs;
	sign_runs(&record, data + h.table, all);
	undo_checksum(&h, disks, record.table, h.checksum);
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
