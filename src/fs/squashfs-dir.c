/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories ("Directories" in the specification): runs of up to 256 entries whose
 * inodes lie in one metadata block, each run with a head. They are sorted by name, but a
 * walk from start to end needs neither that nor the index that long ones have.
 */
#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "name.h"
#include "squashfs.h"

enum {
	RUN_HEAD = 12,
	RUN_MAX = 256,
	ENTRY_HEAD = 8,
	NAME_MAX_STORED = 256,
	/* The size of a directory counts "." and "..", which are not stored. */
	NOT_STORED = 3
};

struct dir_walk {
	struct squash *x;
	squash_entry_fn fn;
	void *ctx;
	struct squash_cursor at;
	uint64_t left; /* bytes of the list */
	unsigned entries;
};

static int take(struct dir_walk *w, void *buf, size_t len, struct err *e)
{
	if (len > w->left)
		return err_set(e, ERR_CORRUPT, "its list ends inside of an entry");
	w->left -= len;
	return squash_meta_read(w->x, &w->at, buf, len, e);
}

static int check_entry(struct dir_walk *w, const struct squash_entry *entry,
		       struct err *e)
{
	struct slice name = entry->name;

	if (++w->entries > LIMIT_DIR_ENTRIES)
		return err_set(e, ERR_LIMIT, "the directory has more than %u entries",
			       LIMIT_DIR_ENTRIES);
	if (!fs_is_name(name))
		return err_set(e, ERR_CORRUPT, "an entry has a name that cannot be one");
	if (entry->kind < SQUASH_DIR || entry->kind > SQUASH_SOCKET)
		return err_set(e, ERR_CORRUPT, "an entry has a type that does not exist");
	return 0;
}

/* One entry; `block` is where the inodes of its run lie. */
static int walk_entry(struct dir_walk *w, uint32_t block, struct err *e)
{
	uint8_t head[ENTRY_HEAD], name[NAME_MAX_STORED];
	struct reader rd = reader_of(slice_of(head, sizeof(head)));
	struct squash_entry entry = {0};
	size_t n;
	int r = take(w, head, sizeof(head), e);

	if (r < 0)
		return r;
	entry.id = (uint64_t)block << 16 | rd_u16le(&rd);
	rd_skip(&rd, 2); /* the inode's number, as a difference */
	entry.kind = rd_u16le(&rd);
	n = rd_u16le(&rd) + (size_t)1;
	if (n > sizeof(name))
		return err_set(e, ERR_CORRUPT, "a name of %zu bytes is not possible", n);
	r = take(w, name, n, e);
	if (r < 0)
		return r;
	entry.name = slice_of(name, n);
	r = check_entry(w, &entry, e);
	return r < 0 ? r : w->fn(w->ctx, &entry, e);
}

static int walk_run(struct dir_walk *w, struct err *e)
{
	uint8_t head[RUN_HEAD];
	struct reader rd = reader_of(slice_of(head, sizeof(head)));
	uint32_t more, block;
	int r = take(w, head, sizeof(head), e);

	if (r < 0)
		return r;
	more = rd_u32le(&rd);
	block = rd_u32le(&rd);
	if (more >= RUN_MAX)
		return err_set(e, ERR_CORRUPT, "a run of %" PRIu64 " entries",
			       more + (uint64_t)1);
	for (uint32_t i = 0; r == 0 && i <= more; i++)
		r = walk_entry(w, block, e);
	return r;
}

static int walk_list(struct dir_walk *w, const struct squash_inode *dir, struct err *e)
{
	int r = 0;

	if (dir->size > LIMIT_DIR_BYTES)
		return err_set(e, ERR_LIMIT, "the directory has %" PRIu64 " bytes",
			       dir->size);
	if (dir->size < NOT_STORED)
		return err_set(e, ERR_CORRUPT,
			       "a size of %" PRIu64 " bytes is not possible", dir->size);
	if (!checked_add(w->x->super.dir_table, dir->start, &w->at.block))
		return err_set(e, ERR_CORRUPT, "its list lies outside of the table");
	w->left = dir->size - NOT_STORED;
	while (r == 0 && w->left)
		r = walk_run(w, e);
	return r;
}

int squash_dir_walk(struct squash *x, const struct squash_inode *dir, squash_entry_fn fn,
		    void *ctx, struct err *e)
{
	struct dir_walk w = {.x = x,
			     .fn = fn,
			     .ctx = ctx,
			     .at = {.end = x->super.dir_end, .off = dir->off}};
	int r = dir->kind == SQUASH_DIR ? walk_list(&w, dir, e)
					: err_set(e, ERR_USAGE, "it is not a directory");

	return r < 0 ? err_wrap(e, "directory inode %" PRIu32, dir->number) : r;
}
