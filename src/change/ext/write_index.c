/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hash index of a directory (ext4 documentation, "Hash Tree Directories"), checked
 * before libext2fs puts a name into it: libext2fs follows its block numbers as they are.
 * That every block of the directory is a proper list of records is what the reader sees
 * when it looks for the name.
 */
#include "write.h"

enum {
	DOT_LEN = 12,     /* the record "." before the index of the root */
	ROOT_INFO = 0x1d, /* length of the root's own fields, and levels below it */
	ROOT_INFO_LEN = 8,
	ROOT_ENTRIES = 0x20,
	NODE_ENTRIES = 8, /* behind one empty record */
	ENTRY_LEN = 8,    /* hash (limit and count in the first) and block */
	BLOCK_MASK = 0x0fffffff,
	LEVELS_MAX = 3 /* index blocks above a leaf, with large_dir */
};

struct index {
	struct ext_taken *dir;
	uint64_t blocks; /* of the directory */
	uint32_t block_size;
	unsigned levels; /* of index blocks */
	uint64_t visited;
	uint8_t *level[LEVELS_MAX]; /* the block of each that is being read */
};

static int damaged(struct err *e)
{
	return err_set(e, ERR_CORRUPT,
		       "the directory's hash index is damaged: run e2fsck -fD");
}

static int read_block(struct index *x, uint64_t number, unsigned level, struct slice *ret,
		      struct err *e)
{
	if (number >= x->blocks || ++x->visited > x->blocks)
		return damaged(e);
	if (!x->level[level])
		x->level[level] = malloc(x->block_size);
	if (!x->level[level])
		return err_set(e, ERR_NOMEM, "out of memory");
	*ret = slice_of(x->level[level], x->block_size);
	return ext_data_read(x->dir->reader, &x->dir->seen, number * x->block_size,
			     x->level[level], x->block_size, e);
}

static int check_root(struct index *x, struct slice block, struct err *e)
{
	struct reader r = reader_of(block);
	unsigned len;

	rd_skip(&r, 4);
	if (rd_u16le(&r) != DOT_LEN)
		return damaged(e);
	rd_seek(&r, ROOT_INFO);
	len = rd_u8(&r);
	x->levels = rd_u8(&r) + 1u;
	return !rd_ok(&r) || len != ROOT_INFO_LEN || x->levels > LEVELS_MAX ? damaged(e)
									    : 0;
}

/* One index block and all below it. */
static int check_node(struct index *x, uint64_t number, unsigned level, struct err *e)
{
	uint32_t entries = level ? NODE_ENTRIES : ROOT_ENTRIES;
	unsigned limit, count;
	struct slice block;
	struct reader r;
	int ret = read_block(x, number, level, &block, e);

	if (ret >= 0 && level == 0)
		ret = check_root(x, block, e);
	if (ret < 0)
		return ret;
	r = reader_of(block);
	rd_skip(&r, 4);
	if (level && rd_u16le(&r) != x->block_size)
		return damaged(e);
	rd_seek(&r, entries);
	limit = rd_u16le(&r);
	count = rd_u16le(&r);
	if (count == 0 || count > limit || limit > (x->block_size - entries) / ENTRY_LEN)
		return damaged(e);
	for (unsigned i = 0; ret >= 0 && i < count; i++) {
		uint32_t below;

		rd_seek(&r, entries + i * ENTRY_LEN + 4);
		below = rd_u32le(&r) & BLOCK_MASK;
		if (below == 0 || below >= x->blocks || !rd_ok(&r))
			return damaged(e);
		if (level + 1 < x->levels)
			ret = check_node(x, below, level + 1, e);
	}
	return ret;
}

int ext_check_index(struct ext_taken *dir, struct err *e)
{
	uint32_t size = ext_block_size(&dir->reader->super);
	struct index x = {
		.dir = dir, .blocks = dir->seen.size / size, .block_size = size};
	int r = 0;

	if (dir->seen.flags & EXT2_INDEX_FL) {
		/* Both at once cannot be told apart by their first block. */
		r = dir->seen.flags & EXT4_INLINE_DATA_FL ? damaged(e)
							  : check_node(&x, 0, 0, e);
	}
	for (unsigned i = 0; i < LEVELS_MAX; i++)
		free(x.level[i]);
	return r;
}
