/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories. Every block of one, hashed (htree) or not, is a list of records that
 * covers it whole: the hash index hides in records without a name. So one way of reading
 * serves all, in long pieces.
 */
#include <inttypes.h>

#include "checked.h"
#include "ext.h"
#include "limits.h"

enum { PIECE = 64 * 1024, ENTRY_HEAD = 8, INLINE_PARENT = 4 };

struct dir_walk {
	struct ext *x;
	const struct ext_inode *dir;
	ext_entry_fn fn;
	void *ctx;
	unsigned entries;
};

/* In blocks of 64 KiB a record may be as long as the block, which 16 bits cannot say. */
static uint32_t record_len(uint16_t stored, size_t block)
{
	if (block < 65536)
		return stored;
	if (stored == 65535 || stored == 0)
		return (uint32_t)block;
	return (stored & 65532u) | ((stored & 3u) << 16);
}

static int check_name(const struct ext *x, const struct ext_entry *entry, struct err *e)
{
	if (entry->ino > x->super.inodes)
		return err_set(e, ERR_CORRUPT,
			       "an entry names inode %" PRIu32 ", which does not exist",
			       entry->ino);
	if (entry->name.n == 0 || slice_find(entry->name, 0, '/') < entry->name.n ||
	    slice_find(entry->name, 0, 0) < entry->name.n)
		return err_set(e, ERR_CORRUPT, "an entry has a name that cannot be one");
	return 0;
}

/* The records of one block (or of one part of an inline directory). */
static int walk_block(struct dir_walk *w, struct slice block, struct err *e)
{
	bool typed = w->x->super.incompat & EXT2_FEATURE_INCOMPAT_FILETYPE;
	struct slice record;
	uint32_t len;

	for (size_t off = 0; off < block.n; off += len) {
		struct reader r = reader_of(block);
		struct ext_entry entry;
		unsigned name_len;
		int r2;

		rd_seek(&r, off);
		entry.ino = rd_u32le(&r);
		len = record_len(rd_u16le(&r), block.n);
		name_len = rd_u8(&r);
		entry.type = rd_u8(&r);
		if (!typed && entry.ino)
			name_len |= (unsigned)entry.type << 8;
		if (!rd_ok(&r) || len < ENTRY_HEAD || len % 4 ||
		    name_len > len - ENTRY_HEAD || !slice_sub(block, off, len, &record))
			return err_set(e, ERR_CORRUPT, "a record at byte %zu is damaged",
				       off);
		if (entry.ino == 0)
			continue;
		entry.type = typed ? entry.type & 7 : EXT2_FT_UNKNOWN;
		entry.name = slice_of(record.p + ENTRY_HEAD, name_len);
		if (slice_eq(entry.name, ".") || slice_eq(entry.name, ".."))
			continue;
		if (++w->entries > LIMIT_DIR_ENTRIES)
			return err_set(e, ERR_LIMIT,
				       "the directory has more than %u entries",
				       LIMIT_DIR_ENTRIES);
		r2 = check_name(w->x, &entry, e);
		if (r2 >= 0)
			r2 = w->fn(w->ctx, &entry, e);
		if (r2 != 0)
			return r2;
	}
	return 0;
}

static int walk_inline(struct dir_walk *w, struct err *e)
{
	struct slice first, rest, part;
	_cleanup_free_ uint8_t *copy = NULL;
	struct reader r;
	int r2 = ext_inline(w->x, w->dir, &first, &rest, e);

	if (r2 < 0)
		return r2;
	/* Reading an inode in the callback would overwrite the attributes. */
	copy = malloc(rest.n + 1);
	if (!copy)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = reader_of(rest);
	rd_copy(&r, copy, rest.n);
	rest = slice_of(copy, rest.n);
	if (!slice_sub(first, INLINE_PARENT, first.n - INLINE_PARENT, &part))
		return err_set(e, ERR_BUG, "an inode without a block list");
	r2 = walk_block(w, part, e);
	return r2 == 0 ? walk_block(w, rest, e) : r2;
}

static int walk_piece(struct dir_walk *w, struct slice piece, struct err *e)
{
	uint32_t size = ext_block_size(&w->x->super);
	struct slice block;

	for (size_t off = 0; slice_sub(piece, off, size, &block); off += size) {
		int r;

		if (!ext2fs_dir_block_csum_verify(
			    w->x->lib, w->dir->ino,
			    (struct ext2_dir_entry *)(uintptr_t)block.p))
			return err_set(e, ERR_CORRUPT, "the checksum is wrong");
		r = walk_block(w, block, e);
		if (r != 0)
			return r;
	}
	return 0;
}

static int walk_blocks(struct dir_walk *w, struct err *e)
{
	uint32_t size = ext_block_size(&w->x->super);
	_cleanup_free_ uint8_t *piece = NULL;
	const struct map *map;
	int r;

	if (w->dir->size % size || w->dir->size == 0)
		return err_set(e, ERR_CORRUPT,
			       "a size of %" PRIu64 " bytes is not possible",
			       w->dir->size);
	if (w->dir->size > LIMIT_DIR_BYTES)
		return err_set(e, ERR_LIMIT, "the directory has %" PRIu64 " bytes",
			       w->dir->size);
	r = ext_map_of(w->x, w->dir, &map, e);
	if (r < 0)
		return r;
	if (!map_covers(map, 0, w->dir->size / size))
		return err_set(e, ERR_CORRUPT, "a block is missing");
	piece = malloc(PIECE);
	if (!piece)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (uint64_t off = 0; off < w->dir->size; off += PIECE) {
		uint64_t left = w->dir->size - off;
		size_t n = left < PIECE ? (size_t)left : PIECE;

		/* Asked for again each time: the callback may have replaced it. */
		r = ext_data_read(w->x, w->dir, off, piece, n, e);
		if (r >= 0)
			r = walk_piece(w, slice_of(piece, n), e);
		if (r != 0)
			return r;
	}
	return 0;
}

int ext_dir_walk(struct ext *x, const struct ext_inode *dir, ext_entry_fn fn, void *ctx,
		 struct err *e)
{
	struct dir_walk w = {.x = x, .dir = dir, .fn = fn, .ctx = ctx};
	int r;

	if (dir->flags & EXT4_ENCRYPT_FL)
		return err_set(e, ERR_UNSUPPORTED,
			       "directory inode %" PRIu32
			       " is encrypted (fscrypt): its names cannot be read",
			       dir->ino);
	r = dir->flags & EXT4_INLINE_DATA_FL ? walk_inline(&w, e) : walk_blocks(&w, e);
	return r < 0 ? err_wrap(e, "directory inode %" PRIu32, dir->ino) : r;
}
