/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing disks themselves: the undo record is made of all of them and brought to stable
 * storage, then read back, and what is written to the disks comes from it. Only then is
 * it marked.
 */
#include <string.h>

#include "commit.h"
#include "escape.h"
#include "fd_io.h"
#include "limits.h"
#include "sink.h"
#include "strbuf.h"
#include "undo/undo_form.h"

_Static_assert((int)COW_COMPARED <= (int)UNDO_RUN_MAX,
	       "a change is one run of the record");

struct recorder {
	uint32_t number; /* of the disk at work */
	int fd;
	uint64_t at, runs; /* bytes of the record so far, and entries of the table */
	struct strbuf table;
};

/* What was written may be what was there: it is watched. */
static int add_run(void *ctx, const struct cow_change *c, struct err *e)
{
	struct recorder *rec = ctx;
	struct undo_run run = {
		.off = c->off, .len = (uint32_t)c->old.n, .disk = rec->number};
	uint8_t entry[UNDO_ENTRY];
	int r;

	if (rec->runs == LIMIT_UNDO_RUNS)
		return err_set(e, ERR_LIMIT,
			       "more than %d pieces of the disks are to be changed",
			       LIMIT_UNDO_RUNS);
	undo_digest(c->old, run.before);
	undo_digest(c->new, run.after);
	undo_run_encode(&run, entry);
	strbuf_add(&rec->table, entry, sizeof(entry));
	r = fd_write_at(rec->fd, rec->at, c->old.p, c->old.n, e);
	if (r >= 0)
		r = fd_write_at(rec->fd, rec->at + c->old.n, c->new.p, c->new.n, e);
	rec->at += 2 * c->old.n;
	rec->runs++;
	return r;
}

/* What is told of each disk. */
static int put_disks(struct recorder *rec, const struct change_target *disks, size_t n,
		     struct strbuf *told, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t bytes[UNDO_DISK];

		undo_disk_encode(&disks[i].id, bytes);
		strbuf_add(told, bytes, sizeof(bytes));
	}
	return strbuf_ok(told) ? fd_write_at(rec->fd, UNDO_DISKS, told->s, told->n, e)
			       : err_set(e, ERR_NOMEM, "out of memory");
}

/* Everything but the header, which comes when that is on stable storage. */
static int finish_record(struct recorder *rec, const struct change_target *disks,
			 size_t n, struct err *e)
{
	_cleanup_strbuf_ struct strbuf told = STRBUF_INIT(n * UNDO_DISK + 1);
	struct slice table = slice_of(rec->table.s, rec->table.n);
	struct undo_header h = {
		.disks = (uint32_t)n, .table = rec->at, .runs = rec->runs};
	uint8_t sector[UNDO_SECTOR];
	int r = put_disks(rec, disks, n, &told, e);

	if (r < 0)
		return r;
	undo_checksum(&h, slice_of(told.s, told.n), table, h.checksum);
	undo_header_encode(&h, sector);
	r = fd_write_at(rec->fd, rec->at, table.p, table.n, e);
	if (r >= 0)
		r = sink_sync(rec->fd, e);
	if (r >= 0)
		r = fd_write_at(rec->fd, 0, sector, sizeof(sector), e);
	return r < 0 ? r : sink_sync(rec->fd, e);
}

static int make_record(const struct change_target *disks, size_t n, int fd, struct err *e)
{
	struct recorder rec = {
		.fd = fd,
		.at = undo_data((uint32_t)n),
		.table = STRBUF_INIT((size_t)LIMIT_UNDO_RUNS * UNDO_ENTRY + 1)};
	int r = sink_is_new(fd, e);

	for (size_t i = 0; r >= 0 && i < n; i++) {
		rec.number = (uint32_t)i;
		r = cow_compare(disks[i].disk, add_run, &rec, e);
	}
	if (r >= 0 && !strbuf_ok(&rec.table))
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r >= 0)
		r = finish_record(&rec, disks, n, e);
	strbuf_done(&rec.table);
	return r;
}

/* A write that fails half-way is taken back at once; where that fails as well, the record
 * is still there. */
static int take_back(const struct undo_record *record, const int *fds, struct err *e)
{
	bool one = record->disks.n == 1;
	struct undo_state before;
	struct err why = ERR_INIT;

	if (undo_restore(record, fds, &before, &why) >= 0)
		return err_wrap(e, "the %s as %s", one ? "disk is" : "disks are",
				one ? "it was" : "they were");
	return err_wrap(e,
			"the %s changed in part, until `paravet undo` with its record "
			"restores %s",
			one ? "disk is" : "disks are", one ? "it" : "them");
}

static int mark_committed(int fd, struct err *e)
{
	int r = fd_write_at(fd, UNDO_MARK, UNDO_COMMITTED, sizeof(UNDO_COMMITTED) - 1, e);

	return r < 0 ? r : sink_sync(fd, e);
}

static int check_disk(const struct change_target *d, struct err *e)
{
	const char *format = cow_source(d->disk)->format;
	uint64_t size;
	int r = sink_size(d->fd, &size, e);

	if (r < 0)
		return r;
	if (strcmp(format, "raw") != 0)
		return err_set(e, ERR_USAGE,
			       "a %s image is not changed in place: write the changes to "
			       "a new image with -o",
			       format);
	if (size != cow_size(d->disk) || d->id.size != cow_size(d->disk))
		return err_set(e, ERR_IO, "its size has changed while it was read");
	return d->id.path[0] == '/' && strlen(d->id.path) <= LIMIT_PATH
		       ? 0
		       : err_set(e, ERR_USAGE, "the path of a disk has to be absolute");
}

static int check_disks(const struct change_target *disks, size_t n, struct err *e)
{
	int r = n && n <= LIMIT_DISKS ? 0 : err_set(e, ERR_BUG, "no disk to change");

	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = check_disk(&disks[i], e);
		if (r < 0 && n > 1)
			err_wrap(e, "%s", escape_short(slice_str(disks[i].id.path)).text);
	}
	return r;
}

/* The disks were read through other descriptors: they have to be the same files, and
 * nobody may have written to them meanwhile. */
static int check_unchanged(const struct undo_record *record, const int *fds,
			   struct err *e)
{
	bool unchanged;
	int r = undo_is_unchanged(record, fds, &unchanged, e);

	if (r < 0)
		return err_wrap(e, "nothing was written");
	return unchanged
		       ? 0
		       : err_set(e, ERR_REFUSED,
				 "the disk does not hold any more what was read from it: "
				 "nothing was written");
}

int change_commit_in_place(const struct change_target *disks, size_t n, int record_fd,
			   struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	struct undo_record record;
	int fds[LIMIT_DISKS];
	int r = a ? check_disks(disks, n, e) : err_set(e, ERR_NOMEM, "out of memory");

	for (size_t i = 0; r >= 0 && i < n; i++)
		fds[i] = disks[i].fd;
	if (r >= 0)
		r = make_record(disks, n, record_fd, e);
	if (r >= 0)
		r = undo_open(record_fd, a, &record, e);
	if (r >= 0)
		r = check_unchanged(&record, fds, e);
	if (r < 0)
		return r;
	r = undo_write_new(&record, fds, e);
	if (r >= 0)
		r = mark_committed(record_fd, e);
	return r < 0 ? take_back(&record, fds, e) : 0;
}
