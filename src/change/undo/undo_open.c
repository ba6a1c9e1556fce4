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

static int read_path(int fd, const struct undo_header *h, struct arena *a,
		     struct slice *ret, struct err *e)
{
	int r = read_bytes(fd, UNDO_PATH, h->path, a, ret, e);

	if (r < 0)
		return r;
	return slice_at(*ret, 0) == '/' && slice_find(*ret, 0, 0) == ret->n
		       ? 0
		       : err_set(e, ERR_CORRUPT,
				 "the undo record is damaged: the path of its disk is no "
				 "path");
}

static int take_disk(const struct undo_header *h, struct slice path, struct arena *a,
		     struct undo_disk *ret, struct err *e)
{
	*ret = (struct undo_disk){.path = arena_strndup(a, path),
				  .size = h->size,
				  .inode = h->inode,
				  .device = h->flags & UNDO_DEVICE};
	return ret->path ? 0 : arena_full(a, e);
}

/* The header and the path; the file has the size that they ask for. */
static int read_start(int fd, struct arena *a, struct undo_header *ret,
		      struct slice *ret_path, struct err *e)
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
	return read_path(fd, ret, a, ret_path, e);
}

int undo_read_disk(int fd, struct arena *a, struct undo_disk *ret, struct err *e)
{
	struct undo_header h;
	struct slice path = SLICE_NONE;
	int r = read_start(fd, a, &h, &path, e);

	return r < 0 ? r : take_disk(&h, path, a, ret, e);
}

/* Each run has its place on the disk, and all together fill the record up to its table.
 */
static int check_runs(struct undo_record *record, uint64_t table, struct err *e)
{
	struct undo_run run = {0}, previous;
	uint64_t end = UNDO_DATA;

	for (uint64_t i = 0; i < record->runs; i++) {
		previous = run;
		if (!undo_run_decode(record, i, i ? &previous : NULL, &run))
			return err_set(
				e, ERR_CORRUPT,
				"the undo record is damaged: an entry of its table "
				"makes no sense");
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
	struct undo_header h;
	struct slice path = SLICE_NONE;
	int r = read_start(fd, a, &h, &path, e);

	if (r >= 0)
		r = read_bytes(fd, h.table, h.runs * UNDO_ENTRY, a, &record.table, e);
	if (r >= 0)
		r = read_mark(fd, &record.committed, e);
	if (r >= 0)
		r = take_disk(&h, path, a, &record.disk, e);
	if (r < 0)
		return r;
	undo_checksum(&h, path, record.table, checksum);
	if (memcmp(checksum, h.checksum, sizeof(checksum)) != 0)
		return err_set(e, ERR_CORRUPT,
			       "the undo record is damaged: its checksum does not agree");
	record.runs = h.runs;
	r = check_runs(&record, h.table, e);
	if (r >= 0)
		*ret = record;
	return r;
}
