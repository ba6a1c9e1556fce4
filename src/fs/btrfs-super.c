/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The superblock and its copies ("struct btrfs_super_block" in Linux, fs/btrfs/fs.h): the
 * first at 64 KiB makes these blocks a Btrfs; the others stand in for it when it is
 * damaged, or older.
 */
#include <inttypes.h>
#include <string.h>

#include "btrfs.h"
#include "checked.h"
#include "signature.h"
#include "super-features.h"

enum {
	MAGIC_OFF = 64,
	SUM_END = 32,
	LABEL = 256,
	SECTOR_MIN = 512,
	NODE_MIN = 4096,
	SIZE_MOST = 65536
};

static const uint64_t places[] = {BTRFS_SUPER_OFF, UINT64_C(64) << 20,
				  UINT64_C(256) << 30};

/* Other bits of `incompat` change nothing for a reader: how extents refer to each other,
 * which compressions and copies may occur. */
enum {
	METADATA_UUID = 0x400,
	KNOWN = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x100 | 0x200 |
		METADATA_UUID | 0x800 | 0x10000
};

static const struct fs_feature refused[] = {
	{0x1000, "zoned"},
	{0x2000, "extent-tree-v2"},
	{0x4000, "raid-stripe-tree"},
};

/* Changes of the whole file system that were begun and not finished. */
static const struct fs_feature unfinished[] = {
	{UINT64_C(1) << 35, "of its UUID"},
	{UINT64_C(1) << 36, "of its UUID"},
	{UINT64_C(1) << 38, "of its block groups"},
	{UINT64_C(1) << 39, "of the checksums of its data"},
	{UINT64_C(1) << 40, "of the checksums of its metadata"},
};

static void decode_device(struct reader *rd, struct btrfs_super *s)
{
	s->devid = rd_u64le(rd);
	s->device_size = rd_u64le(rd);
	rd_seek(rd, 267);
	rd_copy(rd, s->device_uuid, 16);
}

static void decode(struct slice bytes, struct btrfs_super *s)
{
	struct reader rd = reader_of(bytes);

	rd_seek(&rd, 32);
	rd_copy(&rd, s->fsid, 16);
	s->bytenr = rd_u64le(&rd);
	s->flags = rd_u64le(&rd);
	rd_skip(&rd, 8);
	s->generation = rd_u64le(&rd);
	s->root = rd_u64le(&rd);
	s->chunk_root = rd_u64le(&rd);
	s->log_root = rd_u64le(&rd);
	rd_seek(&rd, 136);
	s->devices = rd_u64le(&rd);
	s->sector = rd_u32le(&rd);
	s->node = rd_u32le(&rd);
	rd_skip(&rd, 4 + 4); /* the same for leaves, and for stripes */
	s->sys_len = rd_u32le(&rd);
	s->chunk_generation = rd_u64le(&rd);
	rd_skip(&rd, 8 + 8); /* compat, compat_ro */
	s->incompat = rd_u64le(&rd);
	s->sum = rd_u16le(&rd);
	s->root_level = rd_u8(&rd);
	s->chunk_level = rd_u8(&rd);
	rd_skip(&rd, 1);
	decode_device(&rd, s);
	rd_seek(&rd, 299);
	rd_copy(&rd, s->label, LABEL);
	rd_seek(&rd, 571);
	memcpy(s->node_fsid, s->fsid, 16);
	if (s->incompat & METADATA_UUID)
		rd_copy(&rd, s->node_fsid, 16);
	rd_seek(&rd, 811);
	rd_copy(&rd, s->sys_array, BTRFS_SYS_ARRAY);
}

/* 1: a copy is here, 0: none. *ret_sound: its checksum is right, and it is the one that
 * belongs here. */
static int read_copy(struct blocks *b, unsigned mirror, struct btrfs_super *ret,
		     bool *ret_sound, struct err *e)
{
	uint8_t bytes[BTRFS_SUPER], sum[BTRFS_SUM_MAX];
	struct slice all = slice_of(bytes, sizeof(bytes)), summed;
	int r;

	if (!range_fits(places[mirror], BTRFS_SUPER, b->size))
		return 0;
	r = blocks_read(b, places[mirror], bytes, sizeof(bytes), e);
	if (r < 0 || !slice_has(all, MAGIC_OFF, "_BHRfS_M", 8))
		return r < 0 ? r : 0;
	*ret = (struct btrfs_super){.mirror = mirror};
	decode(all, ret);
	*ret_sound = false;
	if ((unsigned)ret->sum >= BTRFS_SUMS || ret->bytenr != places[mirror] ||
	    !slice_sub(all, SUM_END, BTRFS_SUPER - SUM_END, &summed))
		return 1;
	btrfs_sum(ret->sum, summed, sum);
	*ret_sound = slice_has(all, 0, sum, btrfs_sum_len(ret->sum));
	return 1;
}

int btrfs_super_peek(struct blocks *b, struct btrfs_super *ret, struct err *e)
{
	bool ignored;

	return read_copy(b, 0, ret, &ignored, e);
}

/* Is `s` a newer state of what the sound superblock `than` speaks of? */
static bool is_newer(const struct btrfs_super *s, const struct btrfs_super *than)
{
	return memcmp(s->fsid, than->fsid, 16) == 0 &&
	       memcmp(s->device_uuid, than->device_uuid, 16) == 0 &&
	       s->generation > than->generation;
}

static int choose_copy(struct blocks *b, struct btrfs_super *ret, struct err *e)
{
	struct btrfs_super s;
	bool found = false, sound;

	for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
		int r = read_copy(b, i, &s, &sound, e);

		if (r < 0)
			return r;
		if (r == 0 || !sound || (found && !is_newer(&s, ret)))
			continue;
		*ret = s;
		found = true;
	}
	return found ? 0
		     : err_set(e, ERR_CORRUPT,
			       "no copy of its superblock has the right checksum");
}

static int check_features(const struct btrfs_super *s, struct err *e)
{
	uint64_t unknown = s->incompat & ~(uint64_t)KNOWN;

	if (unknown)
		return fs_refuse_features(unknown, refused, ARRAY_LEN(refused), e);
	for (size_t i = 0; i < ARRAY_LEN(unfinished); i++)
		if (s->flags & unfinished[i].bit)
			return err_set(e, ERR_UNSUPPORTED,
				       "a change %s was not finished: run btrfstune or "
				       "`btrfs check` on it",
				       unfinished[i].name);
	return 0;
}

static bool is_size(uint32_t n, uint32_t least)
{
	return n >= least && n <= SIZE_MOST && (n & (n - 1)) == 0;
}

static int check_numbers(const struct btrfs_super *s, const struct blocks *b,
			 struct err *e)
{
	if (!is_size(s->sector, SECTOR_MIN) || !is_size(s->node, NODE_MIN) ||
	    s->node < s->sector)
		return err_set(e, ERR_CORRUPT,
			       "superblock: sectors of %" PRIu32 " and nodes of %" PRIu32
			       " bytes are not possible",
			       s->sector, s->node);
	if (s->root_level >= BTRFS_LEVELS || s->chunk_level >= BTRFS_LEVELS)
		return err_set(
			e, ERR_CORRUPT, "superblock: a tree of %u levels is not possible",
			(unsigned)(s->root_level > s->chunk_level ? s->root_level
								  : s->chunk_level));
	if (s->sys_len > BTRFS_SYS_ARRAY)
		return err_set(e, ERR_CORRUPT,
			       "superblock: %" PRIu32
			       " bytes of system chunks are not possible",
			       s->sys_len);
	if (s->device_size > b->size)
		return err_set(e, ERR_CORRUPT,
			       "it is cut off: %" PRIu64 " of %" PRIu64
			       " bytes are there",
			       b->size, s->device_size);
	return 0;
}

int btrfs_super_read(struct blocks *b, struct btrfs_super *ret, struct err *e)
{
	struct btrfs_super s;
	int r = choose_copy(b, &s, e);

	if (r >= 0)
		r = check_features(&s, e);
	if (r >= 0)
		r = check_numbers(&s, b, e);
	if (r >= 0)
		*ret = s;
	return r;
}

int btrfs_identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
		   struct err *e)
{
	struct btrfs_super s;
	int r;

	r = btrfs_super_peek(b, &s, e);
	if (r > 0)
		*ret = (struct fs_identity){.name = fs_btrfs.name,
					    .uuid = uuid_text(a, slice_of(s.fsid, 16)),
					    .label = s.label[0] ? arena_strdup(a, s.label)
								: NULL};
	return r;
}
