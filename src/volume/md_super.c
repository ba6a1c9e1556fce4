/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Superblocks of MD: version 0.90 in words of the machine that wrote it, 64 to 128 KiB
 * before the end; version 1, little-endian, 8 to 12 KiB before the end (1.0), at the
 * start (1.1) or 4 KiB behind it (1.2). All have a sum over what they hold.
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "limits.h"
#include "md_parts.h"

enum {
	SUPER = 4096,
	OLD_RESERVED = 64 * 1024, /* of the end, rounded down to a multiple */
	OLD_DEVICES = 27,
	OLD_DESCRIPTORS = 128 * 4, /* where they begin; each has 32 words */
	OLD_THIS = 992 * 4,
	OLD_SUM = 38 * 4,
	V1_ROLES = 256,
	V1_SUM = 216,
};

static const uint32_t magic = 0xa92b4efc;

/* Bits of version 1's feature map. */
enum {
	HAS_BITMAP = 1,
	IS_RECOVERING = 2,
	IS_RESHAPING = 4,
	HAS_BAD_BLOCKS = 8,
	IS_REPLACEMENT = 16,
	RESHAPES_BACKWARDS = 32,
	HAS_NEW_OFFSET = 64,
	RECOVERS_BY_BITMAP = 128,
	BITMAP_IS_VERSIONED = 256,
	HAS_JOURNAL = 512,
	HAS_PPL = 1024,
	HAS_PPLS = 2048,
	HAS_RAID0_LAYOUT = 4096,
	ALL_FEATURES = 8191
};

static int damaged(struct err *e, uint64_t at, const char *what)
{
	return err_set(e, ERR_CORRUPT, "its superblock at byte %" PRIu64 " %s", at, what);
}

/* Words are summed with their carries. */
static uint32_t sum_of(struct slice s, size_t sum_at)
{
	struct reader r = reader_of(s);
	uint64_t sum = 0;

	for (size_t at = 0; at + 4 <= s.n; at += 4) {
		uint32_t word = rd_u32le(&r);

		sum += at == sum_at ? 0 : word;
	}
	if (s.n % 4)
		sum += rd_u16le(&r);
	return (uint32_t)((sum & UINT32_MAX) + (sum >> 32));
}

/* --- Version 0.90 --- */

static uint64_t old_place(uint64_t size)
{
	return size / OLD_RESERVED * OLD_RESERVED - OLD_RESERVED;
}

static uint32_t word(struct slice s, size_t number)
{
	struct reader r = reader_of(s);

	rd_seek(&r, number * 4);
	return rd_u32le(&r);
}

/* What the array knows of the member with this number. */
static uint16_t old_role(struct slice s, size_t number, uint32_t places)
{
	enum { FAULTY = 1, ACTIVE = 2, SYNC = 4, REMOVED = 8 };
	size_t at = OLD_DESCRIPTORS / 4 + number * 32;
	uint32_t place = word(s, at + 3), state = word(s, at + 4);

	if (state & (FAULTY | REMOVED))
		return MD_ROLE_FAULTY;
	return (state & SYNC) && (state & ACTIVE) && place < places ? (uint16_t)place
								    : MD_ROLE_SPARE;
}

static int old_roles(struct slice s, struct arena *a, struct md_super *sb, struct err *e)
{
	uint16_t *roles = arena_calloc(a, OLD_DEVICES, sizeof(*roles));
	uint32_t *devices = arena_calloc(a, OLD_DEVICES, sizeof(*devices));

	if (!roles || !devices)
		return arena_full(a, e);
	for (size_t i = 0; i < OLD_DEVICES; i++) {
		size_t at = OLD_DESCRIPTORS / 4 + i * 32;

		roles[i] = old_role(s, i, sb->places);
		devices[i] =
			(word(s, at + 1) & 0xfff) << 20 | (word(s, at + 2) & 0xfffff);
	}
	sb->roles = roles;
	sb->devices = devices;
	sb->role_count = OLD_DEVICES;
	return 0;
}

static int old_decode(struct slice s, uint64_t at, struct arena *a, struct md_super *sb,
		      struct err *e)
{
	uint32_t this_state = word(s, OLD_THIS / 4 + 4);

	*sb = (struct md_super){
		.minor = word(s, 2),
		.preferred = word(s, 11),
		.created = word(s, 6),
		.level = (int32_t)word(s, 7),
		.layout = word(s, 64),
		.chunk = word(s, 65),
		.places = word(s, 10),
		.used = (uint64_t)word(s, 8) * 1024,
		.data_size = at,
		.events = (uint64_t)word(s, 40) << 32 | word(s, 39),
		.number = word(s, OLD_THIS / 4),
		.clean = word(s, 33) & 1,
		.bitmap = word(s, 33) & 256,
		.reshaping = word(s, 2) != 90,
	};
	/* "active, but not in step": it is being rebuilt */
	sb->rebuilding = (this_state & 2) && !(this_state & 4);
	sb->write_mostly = this_state & 512;
	sb->uuid = arena_printf(a, "%08x:%08x:%08x:%08x", word(s, 5), word(s, 13),
				word(s, 14), word(s, 15));
	return sb->uuid ? old_roles(s, a, sb, e) : arena_full(a, e);
}

static int old_read(struct blocks *b, uint64_t at, struct arena *a, struct md_super *ret,
		    struct err *e)
{
	uint8_t bytes[SUPER];
	struct slice s = slice_of(bytes, sizeof(bytes));
	struct reader r = reader_of(s);
	int code = blocks_read(b, at, bytes, sizeof(bytes), e);

	if (code < 0)
		return code;
	if (rd_u32be(&r) == magic && rd_u32be(&r) == 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "its superblock is of a big-endian machine, which is not "
			       "read by this version");
	if (word(s, 0) != magic || word(s, 1) != 0)
		return 0;
	if (word(s, 2) != 90 && word(s, 2) != 91)
		return err_set(e, ERR_UNSUPPORTED,
			       "its superblock is of version 0.%" PRIu32
			       ", which is not read by this version",
			       word(s, 2));
	if (sum_of(s, OLD_SUM) != word(s, OLD_SUM / 4))
		return damaged(e, at, "has a wrong checksum");
	code = old_decode(s, at, a, ret, e);
	return code < 0 ? code : 1;
}

/* --- Version 1 --- */

static int v1_names(struct slice s, struct arena *a, struct md_super *sb, struct err *e)
{
	struct slice uuid, name;

	if (!slice_sub(s, 16, 16, &uuid) || !slice_sub(s, 32, 32, &name))
		return err_set(e, ERR_BUG, "a short superblock of MD");
	name.n = slice_find(name, 0, 0);
	sb->set_name = arena_strndup(a, name);
	sb->uuid = arena_printf(
		a, "%02x%02x%02x%02x:%02x%02x%02x%02x:%02x%02x%02x%02x:%02x%02x%02x%02x",
		slice_at(uuid, 0), slice_at(uuid, 1), slice_at(uuid, 2),
		slice_at(uuid, 3), slice_at(uuid, 4), slice_at(uuid, 5),
		slice_at(uuid, 6), slice_at(uuid, 7), slice_at(uuid, 8),
		slice_at(uuid, 9), slice_at(uuid, 10), slice_at(uuid, 11),
		slice_at(uuid, 12), slice_at(uuid, 13), slice_at(uuid, 14),
		slice_at(uuid, 15));
	return sb->set_name && sb->uuid ? 0 : arena_full(a, e);
}

static int v1_roles(struct slice s, size_t n, struct arena *a, struct md_super *sb,
		    struct err *e)
{
	uint16_t *roles = arena_calloc(a, n ? n : 1, sizeof(*roles));
	struct reader r = reader_of(s);

	if (!roles)
		return arena_full(a, e);
	rd_seek(&r, V1_ROLES);
	for (size_t i = 0; i < n; i++)
		roles[i] = rd_u16le(&r);
	sb->roles = roles;
	sb->role_count = n;
	return 0;
}

static void v1_features(struct md_super *sb, uint32_t features)
{
	sb->unknown = features & ~(uint32_t)ALL_FEATURES;
	sb->bitmap = features & HAS_BITMAP;
	sb->rebuilding = features & (IS_RECOVERING | RECOVERS_BY_BITMAP);
	sb->reshaping = features & (IS_RESHAPING | RESHAPES_BACKWARDS | HAS_NEW_OFFSET);
	sb->replacing = features & IS_REPLACEMENT;
	sb->has_layout = features & HAS_RAID0_LAYOUT;
}

/* Sectors as bytes; 0 when that is more than there can be. */
static uint64_t bytes_of(uint64_t sectors)
{
	return sectors <= INT64_MAX / MD_SECTOR ? sectors * MD_SECTOR : 0;
}

/* What lies behind the two numbers that are checked first. */
static void v1_decode(struct slice s, struct md_super *sb)
{
	struct reader r = reader_of(s);

	rd_seek(&r, 8);
	v1_features(sb, rd_u32le(&r));
	rd_seek(&r, 64);
	sb->created = rd_u64le(&r) & ((UINT64_C(1) << 40) - 1);
	sb->level = (int32_t)rd_u32le(&r);
	sb->layout = rd_u32le(&r);
	sb->used = bytes_of(rd_u64le(&r));
	sb->chunk = bytes_of(rd_u32le(&r));
	sb->places = rd_u32le(&r);
	rd_seek(&r, 128);
	sb->data_off = bytes_of(rd_u64le(&r));
	sb->data_size = bytes_of(rd_u64le(&r));
	rd_seek(&r, 160);
	sb->number = rd_u32le(&r);
	rd_seek(&r, 184);
	sb->write_mostly = rd_u8(&r) & 1;
	rd_seek(&r, 200);
	sb->events = rd_u64le(&r);
	sb->clean = rd_u64le(&r) == UINT64_MAX;
}

/* A list of ranges that cannot be read, at so many sectors from the superblock. An entry
 * of only ones ends it. */
static int v1_bad_blocks(struct blocks *b, uint64_t at, struct slice s, bool *ret,
			 struct err *e)
{
	uint8_t entry[8];
	struct slice first = slice_of(entry, sizeof(entry));
	struct reader r = reader_of(s);
	uint64_t off;
	int32_t sectors;
	int code;

	rd_seek(&r, 188);
	sectors = (int32_t)rd_u32le(&r);
	off = at + (uint64_t)(int64_t)sectors * MD_SECTOR;
	if (sectors == 0 || !range_fits(off, sizeof(entry), b->size))
		return damaged(e, at,
			       "says that bad blocks are listed where no place is");
	code = blocks_read(b, off, entry, sizeof(entry), e);
	if (code < 0)
		return code;
	*ret = !slice_is_zero(first) && !slice_has(first, 0, "\xff\xff\xff\xff", 4);
	return 0;
}

static int v1_check(struct slice s, uint64_t at, uint32_t *ret_roles, struct err *e)
{
	struct reader r = reader_of(s);
	uint64_t own;
	struct slice used;

	rd_seek(&r, 144);
	own = rd_u64le(&r);
	rd_seek(&r, 220);
	*ret_roles = rd_u32le(&r);
	if (*ret_roles > (SUPER - V1_ROLES) / 2 ||
	    !slice_sub(s, 0, V1_ROLES + (uint64_t)*ret_roles * 2, &used))
		return damaged(e, at, "has more members than there is room for");
	if (sum_of(used, V1_SUM) != word(s, V1_SUM / 4))
		return damaged(e, at, "has a wrong checksum");
	/* that of a partition at the end of a disk, seen from the disk */
	return own == at / MD_SECTOR;
}

static int v1_read(struct blocks *b, uint32_t minor, uint64_t at, struct arena *a,
		   struct md_super *ret, struct err *e)
{
	uint8_t bytes[SUPER] = {0};
	struct slice s = slice_of(bytes, sizeof(bytes));
	struct md_super sb = {.major = 1, .minor = minor};
	uint32_t roles;
	int r = blocks_read(b, at, bytes, sizeof(bytes), e);

	if (r < 0)
		return r;
	if (word(s, 0) != magic || word(s, 1) != 1)
		return 0;
	r = v1_check(s, at, &roles, e);
	if (r <= 0)
		return r;
	v1_decode(s, &sb);
	r = v1_names(s, a, &sb, e);
	if (r == 0)
		r = v1_roles(s, roles, a, &sb, e);
	if (r == 0 && (word(s, 2) & HAS_BAD_BLOCKS))
		r = v1_bad_blocks(b, at, s, &sb.bad_blocks, e);
	if (r < 0)
		return r;
	*ret = sb;
	return 1;
}

/* --- All --- */

/* Left-overs of an array that was made before may lie at another place: as with mdadm,
 * the one that was made last counts. */
int md_super_read(struct blocks *b, struct arena *a, struct md_super *ret, struct err *e)
{
	static const uint64_t v1_least = 24 * MD_SECTOR;
	const uint64_t end = b->size / MD_SECTOR * MD_SECTOR;
	const uint64_t places[] = {end < v1_least ? 0 : (end - 8192) / 4096 * 4096, 0,
				   4096};
	struct err first = ERR_INIT;
	bool found = false;

	for (size_t i = 0; i <= ARRAY_LEN(places); i++) {
		struct md_super sb = {0};
		struct err why = ERR_INIT;
		uint64_t at = i ? places[i - 1] : 0;
		int r = 0;

		if (i == 0 && b->size >= 2 * OLD_RESERVED)
			r = old_read(b, old_place(b->size), a, &sb, &why);
		else if (i && end >= v1_least && range_fits(at, SUPER, b->size))
			r = v1_read(b, (uint32_t)i - 1, at, a, &sb, &why);
		if (r > 0 && (!found || sb.created > ret->created))
			*ret = sb;
		found = found || r > 0;
		if (r < 0 && (first.code == ERR_NONE || why.code == ERR_NOMEM))
			first = why;
	}
	if (first.code == ERR_NONE || (found && first.code != ERR_NOMEM))
		return found;
	*e = first;
	return -(int)first.code;
}

bool md_is_whole(struct blocks *disk, const struct volume_table *table,
		 struct arena *scratch)
{
	struct md_super sb = {0};
	struct err why = ERR_INIT;
	int r = md_super_read(disk, scratch, &sb, &why);

	if (r == 0 || (r < 0 && why.code != ERR_CORRUPT && why.code != ERR_UNSUPPORTED))
		return false;
	if (r > 0 && sb.major == 1)
		return true;
	for (size_t i = 0; table && i < table->parts.n; i++) {
		const struct volume *v = &table->parts.v[i];

		if (v->number && v->size >= 2 * OLD_RESERVED &&
		    v->start + old_place(v->size) == old_place(disk->size))
			return false;
	}
	return true;
}
