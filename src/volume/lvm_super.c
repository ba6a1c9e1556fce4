/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies beside the images of a mirrored volume, little-endian: the superblock of
 * dm-raid (struct dm_raid_superblock of Linux' dm-raid.c), one for each image, with a
 * bitmap of MD behind it (struct bitmap_super_s of md-bitmap.h), a bit for each region
 * that was being written; and the log of a mirror (struct log_header_disk of dm-log.c), a
 * bit for each clean region.
 */
#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "lvm_parts.h"
#include "md_parts.h"

enum {
	SUPER = 512,
	EXTENDED = 1, /* compatible feature: there is more than the first version had */
	BITMAP = 4096,
	BITMAP_BITS = BITMAP + 256,
	BITMAP_STALE = 2, /* state: nothing of it counts */
	LOG_BITS = 1024,
};

static const uint32_t super_magic = 0x64526d44;  /* "DmRd" */
static const uint32_t bitmap_magic = 0x6d746962; /* "bitm" */
static const uint32_t log_magic = 0x4d695272;

/* Are the first `n` bits from byte `at` on all ones, or all zeros? Where there are no so
 * many, or too many, they are not. */
static int all_are(bool ones, struct blocks *b, uint64_t at, uint64_t n, bool *ret,
		   struct err *e)
{
	uint64_t bytes = n / 8 + (n % 8 != 0);
	uint8_t piece[4096];

	*ret = n > 0 && bytes <= LIMIT_LVM_LOG && range_fits(at, bytes, b->size);
	for (uint64_t done = 0; *ret && done < bytes; done += sizeof(piece)) {
		size_t len = bytes - done < sizeof(piece) ? (size_t)(bytes - done)
							  : sizeof(piece);
		int r = blocks_read(b, at + done, piece, len, e);

		if (r < 0)
			return r;
		for (size_t i = 0; i < len; i++) {
			uint64_t left = n - (done + i) * 8;
			uint8_t mask = left >= 8 ? 0xff : (uint8_t)((1u << left) - 1);

			*ret = *ret && (piece[i] & mask) == (ones ? mask : 0);
		}
	}
	return 0;
}

/* --- Superblock --- */

/* Bits of devices that failed: 64 and, since version 1.9, 192 more. */
struct failed {
	uint64_t bits[4];
};

static bool has_failed(const struct failed *f, size_t place)
{
	return place < 256 && (f->bits[place / 64] >> place % 64 & 1);
}

static int put_roles(struct md_super *sb, const struct failed *f, size_t n,
		     struct arena *a, struct err *e)
{
	uint16_t *roles = arena_calloc(a, n, sizeof(*roles));

	if (!roles)
		return arena_full(a, e);
	for (size_t i = 0; i < n; i++)
		roles[i] = has_failed(f, i) ? MD_ROLE_FAULTY : (uint16_t)i;
	sb->roles = roles;
	sb->role_count = n;
	return 0;
}

/* What version 1.9 brought. */
static void decode_more(struct reader *r, struct md_super *sb, struct failed *f,
			bool *ret_empty)
{
	uint64_t changed = rd_u32le(r); /* flags of a reshape */

	rd_skip(r, 8 + 12); /* how far it came, and to what */
	changed |= rd_u32le(r);
	rd_skip(r, 8);
	changed |= rd_u64le(r); /* offsets of data, before and after */
	changed |= rd_u64le(r);
	sb->reshaping = changed != 0;
	*ret_empty = rd_u64le(r) == 0;
	for (size_t i = 1; i < ARRAY_LEN(f->bits); i++)
		f->bits[i] = rd_u64le(r);
	sb->unknown |= (uint64_t)rd_u32le(r) << 32;
}

/* Without a bitmap that makes sense Linux does not start the volume (md_bitmap_read_sb).
 */
static int read_bitmap(struct blocks *b, struct md_super *sb, struct err *e)
{
	uint8_t bytes[BITMAP_BITS - BITMAP];
	struct reader r = reader_of(slice_of(bytes, sizeof(bytes)));
	uint64_t sectors, regions;
	uint32_t found, version, state, region, sleep;
	bool clean = false;
	int code = range_fits(BITMAP, sizeof(bytes), b->size)
			   ? blocks_read(b, BITMAP, bytes, sizeof(bytes), e)
			   : err_set(e, ERR_CORRUPT, "there is no room for its bitmap");

	if (code < 0)
		return code;
	found = rd_u32le(&r);
	version = rd_u32le(&r);
	rd_skip(&r, 16 + 8 + 8);
	sectors = rd_u64le(&r);
	state = rd_u32le(&r);
	region = rd_u32le(&r);
	sleep = rd_u32le(&r);
	if (found != bitmap_magic || version < 3 || version > 5 || region < MD_SECTOR ||
	    (region & (region - 1)) || sleep == 0)
		return err_set(e, ERR_CORRUPT,
			       "the bitmap of an image makes no sense, without which "
			       "Linux does not start it");
	regions = sectors / (region / MD_SECTOR) + (sectors % (region / MD_SECTOR) != 0);
	if (!(state & BITMAP_STALE))
		code = all_are(false, b, BITMAP_BITS, regions, &clean, e);
	sb->clean = sb->clean && clean;
	return code;
}

int lvm_super_read(struct blocks *b, size_t n, size_t place, struct arena *a,
		   struct md_super *ret, struct err *e)
{
	uint8_t bytes[SUPER];
	struct slice s = slice_of(bytes, sizeof(bytes));
	struct reader r = reader_of(s);
	struct md_super sb = {.major = 1, .number = (uint32_t)place};
	struct failed f = {0};
	uint32_t features, own;
	bool empty = false;
	int code = blocks_read(b, 0, bytes, sizeof(bytes), e);

	if (code < 0)
		return code;
	if (rd_u32le(&r) != super_magic)
		return 0;
	features = rd_u32le(&r);
	sb.unknown = features & ~(uint32_t)EXTENDED;
	sb.places = rd_u32le(&r);
	own = rd_u32le(&r);
	sb.events = rd_u64le(&r);
	f.bits[0] = rd_u64le(&r);
	sb.rebuilding = rd_u64le(&r) != UINT64_MAX;
	sb.clean = rd_u64le(&r) == UINT64_MAX;
	sb.level = (int32_t)rd_u32le(&r);
	sb.layout = rd_u32le(&r);
	sb.chunk = (uint64_t)rd_u32le(&r) * MD_SECTOR;
	sb.bitmap = sb.level > 0;
	if (features & EXTENDED)
		decode_more(&r, &sb, &f, &empty);
	if (sb.places != n || own != place)
		return err_set(e, ERR_UNSUPPORTED,
			       "it is image %" PRIu32 " of %" PRIu32
			       " by its superblock, and %zu of %zu by the metadata: "
			       "images were added, removed or put in another order, and "
			       "it was not started since: start the guest once",
			       own, sb.places, place, n);
	if (empty)
		return err_set(e, ERR_CORRUPT,
			       "image %zu is empty by its superblock, with which Linux "
			       "does not start it",
			       place);
	code = put_roles(&sb, &f, n, a, e);
	if (code == 0)
		code = read_bitmap(b, &sb, e);
	if (code < 0)
		return code;
	*ret = sb;
	return 1;
}

/* --- Log of a mirror --- */

/* A log that makes no sense is made anew by Linux, and all is copied from the first
 * image: nothing is the same for sure. */
int lvm_log_read(struct blocks *b, uint64_t regions, bool *ret, struct err *e)
{
	uint8_t bytes[16];
	struct reader r = reader_of(slice_of(bytes, sizeof(bytes)));
	uint32_t found, version;
	int code;

	*ret = false;
	code = blocks_read(b, 0, bytes, sizeof(bytes), e);
	if (code < 0)
		return code;
	found = rd_u32le(&r);
	version = rd_u32le(&r);
	if (found != log_magic || (version != 1 && version != 2) ||
	    rd_u64le(&r) < regions)
		return 0;
	return all_are(true, b, LOG_BITS, regions, ret, e);
}
