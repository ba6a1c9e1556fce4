/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking a directory: a short one lies in its inode, all others are records in blocks,
 * each block covered whole by entries and free room. Blocks that became free are holes.
 */
#include <inttypes.h>

#include "limits.h"
#include "xfs.h"

enum { FREE_ROOM = 0xffff, INO_MAX_BITS = 56, ENTRY_HEAD = 9, ENTRY_TAG = 2 };

struct dir_walk {
	struct xfs *x;
	const struct xfs_inode *dir;
	xfs_entry_fn fn;
	void *ctx;
	unsigned entries;
};

static int check_entry(const struct xfs_entry *entry, struct err *e)
{
	if (entry->name.n == 0 || slice_find(entry->name, 0, '/') < entry->name.n ||
	    slice_find(entry->name, 0, 0) < entry->name.n)
		return err_set(e, ERR_CORRUPT, "an entry has a name that cannot be one");
	if (entry->ino == 0 || entry->ino >> INO_MAX_BITS)
		return err_set(e, ERR_CORRUPT,
			       "an entry names inode %" PRIu64 ", which does not exist",
			       entry->ino);
	return 0;
}

/* Passes an entry on; the directory itself and the one above it are left out. */
static int pass(struct dir_walk *w, const struct xfs_entry *entry, struct err *e)
{
	int r = check_entry(entry, e);

	if (r < 0 || slice_eq(entry->name, ".") || slice_eq(entry->name, ".."))
		return r;
	if (++w->entries > LIMIT_DIR_ENTRIES)
		return err_set(e, ERR_LIMIT, "the directory has more than %u entries",
			       LIMIT_DIR_ENTRIES);
	return w->fn(w->ctx, entry, e);
}

/* --- In the inode --- */

static int walk_short(struct dir_walk *w, struct err *e)
{
	const struct xfs_super *s = &w->x->super;
	struct slice all = xfs_fork(w->dir);
	struct reader rd = reader_of(all);
	unsigned count = rd_u8(&rd), wide;
	int r = 0;

	/* When one number of an inode needs 8 bytes, all take them. */
	wide = rd_u8(&rd);
	if (w->dir->size > all.n)
		return err_set(e, ERR_CORRUPT, "its list is longer than it");
	rd_skip(&rd, wide ? 8 : 4); /* the directory above */
	for (unsigned i = 0; r == 0 && i < count; i++) {
		unsigned len = rd_u8(&rd);
		struct xfs_entry entry = {0};

		rd_skip(&rd, 2); /* where it would be in a block */
		entry.name = rd_bytes(&rd, len);
		entry.type = s->typed ? rd_u8(&rd) : 0;
		entry.ino = wide ? rd_u64be(&rd) : rd_u32be(&rd);
		if (!rd_ok(&rd) || rd.pos > w->dir->size)
			return err_set(e, ERR_CORRUPT, "its list ends early");
		r = pass(w, &entry, e);
	}
	return r;
}

/* --- In blocks --- */

static int free_room(struct reader *rd, size_t *ret_len)
{
	*ret_len = rd_u16be(rd);
	return rd_ok(rd) && *ret_len >= 8 && *ret_len % 8 == 0;
}

int xfs_dir_record(const struct xfs_super *s, const struct xfs_dir_view *block,
		   size_t off, struct xfs_entry *ret, size_t *ret_len, struct err *e)
{
	struct slice records = block->records, record;
	struct xfs_entry entry = {0};
	struct reader rd = reader_of(records);
	unsigned name;
	size_t len;
	bool ok;

	rd_seek(&rd, off);
	if (rd_u16be(&rd) == FREE_ROOM) {
		ok = free_room(&rd, &len);
	} else {
		rd_seek(&rd, off);
		entry.ino = rd_u64be(&rd);
		name = rd_u8(&rd);
		entry.name = rd_bytes(&rd, name);
		entry.type = s->typed ? rd_u8(&rd) : 0;
		len = (ENTRY_HEAD + name + s->typed + ENTRY_TAG + 7u) & ~7u;
		ok = rd_ok(&rd);
	}
	if (!ok || off % 8 || !slice_sub(records, off, len, &record))
		return err_set(e, ERR_CORRUPT, "the record at byte %zu is damaged", off);
	/* At its end a record says where in the block it begins. */
	rd = reader_of(record);
	rd_seek(&rd, len - ENTRY_TAG);
	if (rd_u16be(&rd) != off + slice_offset(block->all, records))
		return err_set(e, ERR_CORRUPT, "the record at byte %zu is damaged", off);
	*ret = entry;
	*ret_len = len;
	return entry.name.n ? check_entry(&entry, e) : 0;
}

static int walk_records(struct dir_walk *w, const struct xfs_dir_view *block,
			struct err *e)
{
	size_t len = 0;
	int r = 0;

	for (size_t off = 0; r == 0 && off < block->records.n; off += len) {
		struct xfs_entry entry;

		r = xfs_dir_record(&w->x->super, block, off, &entry, &len, e);
		if (r >= 0 && entry.ino)
			r = pass(w, &entry, e);
	}
	return r;
}

/* The callback may read other directories, which would replace the block: it gets a copy.
 */
static int walk_block(struct dir_walk *w, uint64_t at, uint8_t *copy, struct err *e)
{
	struct xfs_dir_view view;
	struct reader rd;
	size_t from;
	int r = xfs_dir_block(w->x, w->dir, at, &view, e);

	if (r < 0)
		return r;
	rd = reader_of(view.all);
	rd_copy(&rd, copy, view.all.n);
	from = slice_offset(view.all, view.records);
	view.all = slice_of(copy, view.all.n);
	if (!slice_sub(view.all, from, view.records.n, &view.records))
		return err_set(e, ERR_BUG, "a copy of a block is too short");
	return walk_records(w, &view, e);
}

static int walk_blocks(struct dir_walk *w, struct err *e)
{
	const struct xfs_super *s = &w->x->super;
	_cleanup_free_ uint8_t *copy = malloc(s->dir_size);
	uint64_t next = 0;

	if (!copy)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (w->dir->size == 0 || w->dir->size % s->dir_size)
		return err_set(e, ERR_CORRUPT,
			       "a size of %" PRIu64 " bytes is not possible",
			       w->dir->size);
	if (w->dir->size > LIMIT_DIR_BYTES)
		return err_set(e, ERR_LIMIT, "the directory has %" PRIu64 " bytes",
			       w->dir->size);
	for (uint64_t at = 0; at < w->dir->size; at += s->dir_size) {
		const struct map *map = NULL;
		/* Asked for again each time: the callback may have replaced it. */
		int r = xfs_map_of(w->x, w->dir, &map, e);

		if (r < 0)
			return r;
		/* All but the first may have become free. */
		if (at && (!map_next(map, at / s->block_size, &next) ||
			   next >= (at + s->dir_size) / s->block_size))
			continue;
		r = walk_block(w, at, copy, e);
		if (r != 0)
			return r;
	}
	return 0;
}

int xfs_dir_walk(struct xfs *x, const struct xfs_inode *dir, xfs_entry_fn fn, void *ctx,
		 struct err *e)
{
	struct dir_walk w = {.x = x, .dir = dir, .fn = fn, .ctx = ctx};
	int r = dir->format == XFS_LOCAL ? walk_short(&w, e) : walk_blocks(&w, e);

	return r < 0 ? err_wrap(e, "directory inode %" PRIu64, dir->ino) : r;
}
