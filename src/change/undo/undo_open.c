/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an undo record: nothing of it is used before it was checked as a whole. */
#include <string.h>

#include "checked.h"
#include "fd_io.h"
#include "sink.h"
#include "undo_form.h"

static int cut_off(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the undo record is cut off");
}

static int read_bytes(int fd, uint64_t off, uint64_t len, struct arena *a,
		      struct slice *ret, struct err *e)
{
	uint8_t *bytes = arena_alloc(a, (size_t)len);
	int r = bytes ? fd_read_at(fd, off, bytes, (size_t)len, e) : arena_full(a, e);

	if (r >= 0)
		*ret = slice_of(bytes, (size_t)len);
	return r;
}

/* An empty file is a record whose maker was stopped before it wrote anything. */
static int read_header(int fd, uint64_t size, struct undo_header *ret, struct err *e)
{
	uint8_t sector[UNDO_SECTOR] = {0};
	int r = 0;

	if (size >= sizeof(sector))
		r = fd_read_at(fd, 0, sector, sizeof(sector), e);
	else if (size > 0)
		return cut_off(e);
	return r < 0 ? r : undo_header_decode(slice_of(sector, sizeof(sector)), ret, e);
}

/* What is told of the disks, as it stands there in *ret_bytes. */
static int read_disks(int fd, const struct undo_header *h, struct arena *a,
		      undo_disks *ret, struct slice *ret_bytes, struct err *e)
{
	uint64_t n = undo_data(h->disks) - UNDO_DISKS;
	struct slice one;
	int r = read_bytes(fd, UNDO_DISKS, n, a, ret_bytes, e);

	for (uint32_t i = 0; r >= 0 && i < h->disks; i++) {
		struct undo_disk *disk = vec_add(a, ret);

		if (!disk)
			return arena_full(a, e);
		r = slice_sub(*ret_bytes, (size_t)i * UNDO_DISK, UNDO_DISK, &one)
			    ? undo_disk_decode(one, a, disk, e)
			    : cut_off(e);
	}
	return r;
}

/* The header and the disks; the file has the size that they ask for. */
static int read_start(int fd, struct arena *a, struct undo_header *ret,
		      undo_disks *ret_disks, struct slice *ret_bytes, struct err *e)
{
	uint64_t size, end;
	int r = sink_size(fd, &size, e);

	if (r >= 0)
		r = read_header(fd, size, ret, e);
	if (r < 0)
		return r;
	if (!checked_add(ret->table, ret->runs * UNDO_ENTRY, &end) || end > size)
		return cut_off(e);
	if (end < size)
		return err_set(e, ERR_CORRUPT,
			       "the undo record is damaged: bytes follow its end");
	return read_disks(fd, ret, a, ret_disks, ret_bytes, e);
}

int undo_read_disks(int fd, struct arena *a, undo_disks *ret, struct err *e)
{
	undo_disks disks = {0};
	struct slice bytes;
	struct undo_header h;
	int r = read_start(fd, a, &h, &disks, &bytes, e);

	if (r >= 0)
		*ret = disks;
	return r;
}

/* Each run has its place on a disk, and all together fill the record up to its table.
 */
static int check_runs(struct undo_record *record, uint64_t table, struct err *e)
{
	struct undo_run run = {0}, previous;
	uint64_t end = undo_data((uint32_t)record->disks.n);

	for (uint64_t i = 0; i < record->runs; i++) {
		previous = run;
		if (!undo_run_decode(record, i, i ? &previous : NULL, &run))
			return err_set(
				e, ERR_CORRUPT,
				"the undo record is damaged: an entry of its table "
				"makes no sense");
		if (undo_is_watched(&run))
			record->watched++;
		else
			record->bytes += run.len;
		end = run.at + 2 * (uint64_t)run.len;
	}
	return end == table
		       ? 0
		       : err_set(e, ERR_CORRUPT,
				 "the undo record is damaged: its changes do not fill "
				 "it");
}

static int read_mark(int fd, bool *ret, struct err *e)
{
	uint8_t sector[UNDO_SECTOR];
	int r = fd_read_at(fd, UNDO_MARK, sector, sizeof(sector), e);

	if (r >= 0)
		*ret = slice_has(slice_of(sector, sizeof(sector)), 0, UNDO_COMMITTED,
				 sizeof(UNDO_COMMITTED) - 1);
	return r;
}

int undo_open(int fd, struct arena *a, struct undo_record *ret, struct err *e)
{
	struct undo_record record = {.fd = fd};
	uint8_t checksum[UNDO_DIGEST];
	struct slice disks = SLICE_NONE;
	struct undo_header h;
	int r = read_start(fd, a, &h, &record.disks, &disks, e);

	if (r >= 0)
		r = read_bytes(fd, h.table, h.runs * UNDO_ENTRY, a, &record.table, e);
	if (r >= 0)
		r = read_mark(fd, &record.committed, e);
	if (r < 0)
		return r;
	undo_checksum(&h, disks, record.table, checksum);
	if (memcmp(checksum, h.checksum, sizeof(checksum)) != 0)
		return err_set(e, ERR_CORRUPT,
			       "the undo record is damaged: its checksum does not agree");
	record.runs = h.runs;
	r = check_runs(&record, h.table, e);
	if (r >= 0)
		*ret = record;
	return r;
}
