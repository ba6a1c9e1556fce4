/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The superblock: 96 bytes at the start, whose fields are those of Linux,
 * fs/squashfs/squashfs_fs.h.
 */
#include <inttypes.h>

#include "checked.h"
#include "squashfs.h"

enum {
	BLOCK_LOG_MIN = 12,
	BLOCK_LOG_MAX = 20,
	FRAGMENTS_PER_META = SQUASH_META / 16,
};

static const struct compressor {
	const char *name;
	codec_unpack_fn unpack; /* NULL: not read */
} compressors[] = {
	[1] = {"gzip", codec_unpack_zlib}, [2] = {"lzma", NULL},
	[3] = {"lzo", codec_unpack_lzo},   [4] = {"xz", codec_unpack_xz},
	[5] = {"lz4", codec_unpack_lz4},   [6] = {"zstd", codec_unpack_zstd},
};

int squash_super_read(struct blocks *b, struct squash_super *ret, struct err *e)
{
	uint8_t bytes[SQUASH_SUPER];
	struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));
	struct squash_super s = {0};
	int r = blocks_read(b, 0, bytes, sizeof(bytes), e);

	if (r < 0)
		return r;
	if (!slice_has(rd.s, 0, "hsqs", 4))
		return 0;
	rd_seek(&rd, 12);
	s.block_size = rd_u32le(&rd);
	s.fragments = rd_u32le(&rd);
	s.compressor = rd_u16le(&rd);
	s.block_log = rd_u16le(&rd);
	rd_skip(&rd, 2 + 2); /* flags, and how many owners there are */
	s.major = rd_u16le(&rd);
	s.minor = rd_u16le(&rd);
	s.root = rd_u64le(&rd);
	s.size = rd_u64le(&rd);
	s.ids = rd_u64le(&rd);
	s.xattrs = rd_u64le(&rd);
	s.inode_table = rd_u64le(&rd);
	s.dir_table = rd_u64le(&rd);
	s.fragment_table = rd_u64le(&rd);
	s.exports = rd_u64le(&rd);
	*ret = s;
	return s.major >= 4;
}

static int check_compressor(struct squash_super *s, struct err *e)
{
	const struct compressor *c = NULL;

	if (s->compressor < ARRAY_LEN(compressors))
		c = &compressors[s->compressor];
	if (!c || !c->name)
		return err_set(e, ERR_UNSUPPORTED,
			       "it is compressed in a way that is not known here (%u)",
			       s->compressor);
	if (!c->unpack)
		return err_set(e, ERR_UNSUPPORTED,
			       "it is compressed with %s, which neither Linux nor this "
			       "program reads",
			       c->name);
	s->unpack = c->unpack;
	return 0;
}

/* The table of directories ends where the next one begins, whichever that is. */
static void find_dir_end(struct squash_super *s)
{
	const uint64_t tables[] = {s->fragment_table, s->exports, s->ids, s->xattrs};

	s->dir_end = s->size;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (tables[i] > s->dir_table && tables[i] < s->dir_end)
			s->dir_end = tables[i];
}

static bool tables_fit(const struct squash_super *s)
{
	/* Where the metadata blocks lie that hold the fragments' places. */
	uint64_t list = ((uint64_t)s->fragments + FRAGMENTS_PER_META - 1) /
			FRAGMENTS_PER_META * 8;

	return s->inode_table >= SQUASH_SUPER && s->inode_table < s->dir_table &&
	       s->dir_table <= s->size &&
	       (s->fragments == 0 || range_fits(s->fragment_table, list, s->size));
}

int squash_super_check(struct squash_super *s, const struct blocks *b, struct err *e)
{
	int r;

	if (s->major != 4 || s->minor != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "version %u.%u of SquashFS cannot be read yet", s->major,
			       s->minor);
	r = check_compressor(s, e);
	if (r < 0)
		return r;
	if (s->block_log < BLOCK_LOG_MIN || s->block_log > BLOCK_LOG_MAX ||
	    s->block_size != 1u << s->block_log)
		return err_set(e, ERR_CORRUPT,
			       "superblock: blocks of %" PRIu32 " bytes are not possible",
			       s->block_size);
	if (s->size > b->size)
		return err_set(e, ERR_CORRUPT,
			       "it is cut off: %" PRIu64 " of %" PRIu64
			       " bytes are there",
			       b->size, s->size);
	if (!tables_fit(s))
		return err_set(e, ERR_CORRUPT,
			       "superblock: its numbers contradict each other");
	find_dir_end(s);
	return 0;
}
