/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runs of an undo record against the disks. A write that was broken off may have
 * changed some bytes of a run and not the others, so each is compared by itself.
 */
#include "undo.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "fd_io.h"
#include "sink.h"
#include "undo_form.h"

/* A run with its bytes, and room for what the disk holds. */
struct bytes {
	const struct undo_run *run;
	uint8_t old[UNDO_RUN_MAX], new[UNDO_RUN_MAX], disk[UNDO_RUN_MAX];
};

typedef int (*run_fn)(void *ctx, int disk_fd, struct bytes *b, struct err *e);

/* One side of the run from the record; they are the bytes that it was made with. */
static int read_side(const struct undo_record *record, uint64_t at, const uint8_t *digest,
		     uint8_t *to, uint32_t len, struct err *e)
{
	uint8_t got[UNDO_DIGEST];
	int r = fd_read_at(record->fd, at, to, len, e);

	if (r < 0)
		return err_wrap(e, "the undo record");
	undo_digest(slice_of(to, len), got);
	return memcmp(got, digest, sizeof(got)) == 0
		       ? 0
		       : err_set(e, ERR_CORRUPT,
				 "the undo record is damaged: bytes at %" PRIu64
				 " in it are not those that were saved",
				 at);
}

static int wrap_disk(const struct undo_record *record, uint32_t disk, struct err *e)
{
	return record->disks.n == 1
		       ? -(int)e->code
		       : err_wrap(e, "%s",
				  escape_short(slice_str(record->disks.v[disk].path))
					  .text);
}

static int each_run(const struct undo_record *record, const int *fds, run_fn fn,
		    void *ctx, struct err *e)
{
	_cleanup_free_ struct bytes *b = malloc(sizeof(*b));
	struct undo_run run = {0}, previous;
	int r = b ? 0 : err_set(e, ERR_NOMEM, "out of memory");

	for (uint64_t i = 0; r >= 0 && i < record->runs; i++) {
		previous = run;
		if (!undo_run_decode(record, i, i ? &previous : NULL, &run))
			return err_set(e, ERR_BUG, "an entry that was checked is bad");
		b->run = &run;
		r = read_side(record, run.at, run.before, b->old, run.len, e);
		if (r >= 0)
			r = read_side(record, run.at + run.len, run.after, b->new,
				      run.len, e);
		if (r >= 0)
			r = fn(ctx, fds[run.disk], b, e);
	}
	return r < 0 ? wrap_disk(record, run.disk, e) : 0;
}

/* What compare_run() counts besides. */
struct comparison {
	struct undo_state state;
	uint64_t foreign, first; /* sectors with other bytes, and where the first is */
	uint32_t disk;           /* it is on */
	uint64_t used,
		watched; /* watched runs with other bytes, and where the first is */
	uint32_t used_disk;
};

/* Is each byte of the sector at `at` an old or a new one? */
static bool is_known(const struct bytes *b, uint32_t at)
{
	for (uint32_t i = at; i < b->run->len && i < at + UNDO_SECTOR; i++)
		if (b->disk[i] != b->old[i] && b->disk[i] != b->new[i])
			return false;
	return true;
}

static void compare_sectors(struct comparison *c, const struct bytes *b)
{
	for (uint32_t at = 0; at < b->run->len; at += UNDO_SECTOR)
		if (!is_known(b, at) && c->foreign++ == 0) {
			c->first = b->run->off + at;
			c->disk = b->run->disk;
		}
	c->state.mixed_runs++;
}

static void compare_watched(struct comparison *c, const struct bytes *b)
{
	if (memcmp(b->disk, b->old, b->run->len) == 0 || c->used++)
		return;
	c->watched = b->run->off;
	c->used_disk = b->run->disk;
}

static int compare_run(void *ctx, int disk_fd, struct bytes *b, struct err *e)
{
	struct comparison *c = ctx;
	int r = fd_read_at(disk_fd, b->run->off, b->disk, b->run->len, e);

	if (r < 0)
		return r;
	if (undo_is_watched(b->run))
		compare_watched(c, b);
	else if (memcmp(b->disk, b->old, b->run->len) == 0)
		c->state.old_runs++;
	else if (memcmp(b->disk, b->new, b->run->len) == 0)
		c->state.new_runs++;
	else
		compare_sectors(c, b);
	return 0;
}

static int check_sizes(const struct undo_record *record, const int *fds, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < record->disks.n; i++) {
		uint64_t size, was = record->disks.v[i].size;

		r = sink_size(fds[i], &size, e);
		if (r >= 0 && size != was)
			r = err_set(e, ERR_CORRUPT,
				    "the disk has %" PRIu64
				    " bytes, and the one that was "
				    "changed had %" PRIu64 ": it is another",
				    size, was);
		if (r < 0)
			r = wrap_disk(record, i, e);
	}
	return r;
}

int undo_compare(const struct undo_record *record, const int *fds, struct undo_state *ret,
		 struct err *e)
{
	struct comparison c = {.foreign = 0};
	int r = check_sizes(record, fds, e);

	if (r >= 0)
		r = each_run(record, fds, compare_run, &c, e);
	if (r < 0)
		return r;
	if (c.foreign) {
		err_set(e, ERR_CORRUPT,
			"%" PRIu64
			" sectors that were changed, the first at byte %" PRIu64
			", hold neither what was there before nor what was written "
			"then: the disk was changed since, and nothing was restored",
			c.foreign, c.first);
		return wrap_disk(record, c.disk, e);
	}
	if (c.used && c.state.old_runs < record->runs - record->watched) {
		err_set(e, ERR_CORRUPT,
			"what lies at byte %" PRIu64
			" shows that the file system was used since it was changed: its "
			"log may bring back what would be restored, so nothing was "
			"restored",
			c.watched);
		return wrap_disk(record, c.used_disk, e);
	}
	*ret = c.state;
	return 0;
}

int undo_is_unchanged(const struct undo_record *record, const int *fds, bool *ret,
		      struct err *e)
{
	struct comparison c = {.foreign = 0};
	int r = each_run(record, fds, compare_run, &c, e);

	if (r >= 0)
		*ret = !c.used && c.state.old_runs == record->runs - record->watched;
	return r;
}

static int restore_run(void *ctx, int disk_fd, struct bytes *b, struct err *e)
{
	int r = fd_read_at(disk_fd, b->run->off, b->disk, b->run->len, e);

	(void)ctx;
	if (r < 0 || undo_is_watched(b->run) || memcmp(b->disk, b->old, b->run->len) == 0)
		return r;
	return fd_write_at(disk_fd, b->run->off, b->old, b->run->len, e);
}

static int sync_all(const struct undo_record *record, const int *fds, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < record->disks.n; i++)
		r = sink_sync(fds[i], e);
	return r;
}

int undo_restore(const struct undo_record *record, const int *fds, struct undo_state *ret,
		 struct err *e)
{
	struct undo_state state;
	int r = undo_compare(record, fds, &state, e);

	if (r >= 0)
		r = each_run(record, fds, restore_run, NULL, e);
	if (r >= 0)
		r = sync_all(record, fds, e);
	if (r >= 0)
		*ret = state;
	return r;
}

static int write_run(void *ctx, int disk_fd, struct bytes *b, struct err *e)
{
	(void)ctx;
	if (undo_is_watched(b->run))
		return 0;
	return fd_write_at(disk_fd, b->run->off, b->new, b->run->len, e);
}

int undo_write_new(const struct undo_record *record, const int *fds, struct err *e)
{
	int r = each_run(record, fds, write_run, NULL, e);

	return r < 0 ? r : sync_all(record, fds, e);
}
