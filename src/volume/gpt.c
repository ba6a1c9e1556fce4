/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GUID partition table (UEFI specification, 5.3 "GUID Partition Table Disk Layout"):
 * header in the second sector, entries where it says, a copy of both at the end of the
 * disk, all under CRC32. An image does not tell its sector size, so 512 and 4096 are
 * tried.
 *
 * As in Linux the protective MBR decides whether a GPT is in force: without it the table
 * is a left-over, or sector 0 is damaged.
 */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "checked.h"
#include "cleanup.h"
#include "limits.h"
#include "scheme.h"
#include "strbuf.h"

enum {
	HEADER_MIN = 92,
	SECTOR_MAX = 4096,
	ENTRY_MIN = 128,
	NAME_UNITS = 36,
	ATTRIBUTE_LEGACY_BOOT = 1 << 2,
};

struct gpt {
	uint32_t sector_size;
	uint32_t header_size, header_crc;
	uint64_t lba, first, last; /* its own place; the usable sectors */
	uint8_t guid[16];
	uint64_t entries_lba;
	uint32_t entry_count, entry_size, entries_crc;
	uint8_t *entries; /* owned */
};

static void gpt_donep(struct gpt *g)
{
	free(g->entries);
}

static uint32_t crc_of(const void *p, size_t n)
{
	return (uint32_t)crc32(0, p, (uInt)n);
}

static int bad(struct err *e, const char *what)
{
	return err_set(e, ERR_CORRUPT, "%s", what);
}

/* The sector's header. 0: no signature, 1: decoded and its CRC is right. */
static int decode_header(uint8_t *sector, struct gpt *g, struct err *e)
{
	struct slice s = slice_of(sector, g->sector_size);
	struct reader r = reader_of(s);
	uint32_t revision;

	if (!slice_starts(s, "EFI PART"))
		return 0;
	rd_skip(&r, 8);
	revision = rd_u32le(&r);
	g->header_size = rd_u32le(&r);
	g->header_crc = rd_u32le(&r);
	rd_skip(&r, 4);
	g->lba = rd_u64le(&r);
	rd_skip(&r, 8); /* where the other header is */
	g->first = rd_u64le(&r);
	g->last = rd_u64le(&r);
	rd_copy(&r, g->guid, sizeof(g->guid));
	g->entries_lba = rd_u64le(&r);
	g->entry_count = rd_u32le(&r);
	g->entry_size = rd_u32le(&r);
	g->entries_crc = rd_u32le(&r);
	if (!rd_ok(&r) || g->header_size < HEADER_MIN || g->header_size > g->sector_size)
		return bad(e, "its header size makes no sense");
	memset(sector + 16, 0, 4); /* the CRC is taken with its own field as zero */
	if (crc_of(sector, g->header_size) != g->header_crc)
		return bad(e, "its header CRC is wrong");
	if (revision >> 16 != 1)
		return err_set(e, ERR_UNSUPPORTED, "a GPT of revision %#" PRIx32,
			       revision);
	return 1;
}

static int read_entries(struct blocks *disk, struct gpt *g, struct err *e)
{
	uint64_t bytes = (uint64_t)g->entry_count * g->entry_size, at;
	int r;

	if (g->entry_size < ENTRY_MIN || g->entry_size % 8 != 0)
		return bad(e, "the size of its entries makes no sense");
	if (bytes > LIMIT_GPT_TABLE)
		return err_set(e, ERR_LIMIT,
			       "a GPT of %" PRIu32 " entries of %" PRIu32
			       " bytes is above %" PRIu64 " bytes",
			       g->entry_count, g->entry_size, LIMIT_GPT_TABLE);
	if (!checked_mul(g->entries_lba, g->sector_size, &at) ||
	    !range_fits(at, bytes, disk->size))
		return bad(e, "its entries are past the end of the disk");
	g->entries = malloc(bytes ? (size_t)bytes : 1);
	if (!g->entries)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(disk, at, g->entries, (size_t)bytes, e);
	if (r < 0)
		return r;
	if (crc_of(g->entries, (size_t)bytes) != g->entries_crc)
		return bad(e, "the CRC of its entries is wrong");
	return 0;
}

/* The whole table whose header is at `lba`: 1 when it is there and right, 0 when there is
 * no signature. */
static int read_gpt(struct blocks *disk, uint32_t sector_size, uint64_t lba,
		    struct gpt *ret, struct err *e)
{
	uint8_t sector[SECTOR_MAX];
	uint64_t sectors = disk->size / sector_size;
	_cleanup_(gpt_donep) struct gpt g = {.sector_size = sector_size};
	int r;

	if (lba >= sectors)
		return 0;
	r = blocks_read(disk, lba * sector_size, sector, sector_size, e);
	if (r == 0)
		r = decode_header(sector, &g, e);
	if (r <= 0)
		return r;
	if (g.lba != lba)
		return bad(e, "its header was written for another sector");
	if (g.first > g.last || g.last >= sectors)
		return bad(e, "its usable sectors are past the end of the disk (the "
			      "image is truncated)");
	r = read_entries(disk, &g, e);
	if (r < 0)
		return r;
	*ret = g;
	g.entries = NULL;
	return 1;
}

/* Tries both sector sizes, the disk's own first: as read_gpt(). */
static int find_gpt(struct blocks *disk, bool backup, struct gpt *ret, struct err *e)
{
	uint32_t sizes[2] = {512, 4096};
	struct err first = ERR_INIT;

	if (disk->sector_size == 4096) {
		sizes[0] = 4096;
		sizes[1] = 512;
	}
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint64_t sectors = disk->size / sizes[i];
		int r = sectors < 2 ? 0
				    : read_gpt(disk, sizes[i], backup ? sectors - 1 : 1,
					       ret, e);

		if (r > 0)
			return 1;
		if (r < 0 && r != -ERR_CORRUPT)
			return r;
		if (r < 0 && first.code == ERR_NONE)
			first = *e;
	}
	if (first.code == ERR_NONE)
		return 0;
	*e = first;
	return -(int)first.code;
}

static char *guid_text(struct arena *a, struct slice s, bool upper)
{
	struct reader r = reader_of(s);
	uint32_t one = rd_u32le(&r);
	uint16_t two = rd_u16le(&r), three = rd_u16le(&r), four = rd_u16be(&r);
	uint16_t five = rd_u16be(&r);
	uint32_t six = rd_u32be(&r);

	return arena_printf(a,
			    upper ? "%08" PRIX32 "-%04X-%04X-%04X-%04X%08" PRIX32
				  : "%08" PRIx32 "-%04x-%04x-%04x-%04x%08" PRIx32,
			    one, two, three, four, five, six);
}

static void add_utf8(struct strbuf *b, uint32_t c)
{
	if (c < 0x80) {
		strbuf_char(b, (char)c);
		return;
	}
	if (c < 0x800) {
		strbuf_char(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			strbuf_char(b, (char)(0xe0 | c >> 12));
		} else {
			strbuf_char(b, (char)(0xf0 | c >> 18));
			strbuf_char(b, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		strbuf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	strbuf_char(b, (char)(0x80 | (c & 0x3f)));
}

/* A partition's name from UTF-16LE, NULL when it is empty; half a surrogate pair becomes
 * U+FFFD. */
static int read_name(struct arena *a, struct slice s, const char **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(NAME_UNITS * 4);
	struct reader r = reader_of(s);

	while (rd_left(&r) >= 2) {
		uint32_t c = rd_u16le(&r);

		if (c == 0)
			break;
		if (c >= 0xd800 && c < 0xdc00) {
			struct reader ahead = r;
			uint32_t low = rd_u16le(&ahead);

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				r = ahead;
			}
		}
		add_utf8(&b, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	}
	if (!strbuf_ok(&b))
		return err_set(e, ERR_NOMEM, "out of memory");
	*ret = b.n ? arena_strdup(a, strbuf_text(&b)) : NULL;
	return b.n && !*ret ? arena_full(a, e) : 0;
}

/* One used entry of the table. */
static int add_entry(struct volume_reading *v, const struct gpt *g, struct slice entry,
		     unsigned number, struct err *e)
{
	struct reader r = reader_of(entry);
	struct slice type = rd_bytes(&r, 16), unique = rd_bytes(&r, 16), name;
	uint64_t first = rd_u64le(&r), last = rd_u64le(&r), attributes = rd_u64le(&r);
	uint64_t sectors = v->disk->size / g->sector_size;
	struct volume part = {.number = number};
	int code;

	name = rd_bytes(&r, NAME_UNITS * 2);
	if (!rd_ok(&r))
		return err_set(e, ERR_BUG, "a GPT entry that is too short");
	if (first > last || last >= sectors)
		return err_set(
			e, ERR_CORRUPT,
			"partition %u (sectors %" PRIu64 " to %" PRIu64
			") is not inside the disk (%" PRIu64
			" sectors): the image is truncated or its table is damaged",
			number, first, last, sectors);
	if (first < g->first || last > g->last) {
		code = volume_remark(v, e,
				     "partition %u lies outside of the sectors that the "
				     "GPT calls usable",
				     number);
		if (code < 0)
			return code;
	}
	part.start = first * g->sector_size;
	part.size = (last - first + 1) * g->sector_size;
	part.active = attributes & ATTRIBUTE_LEGACY_BOOT;
	part.type = guid_text(v->a, type, true);
	part.partuuid = guid_text(v->a, unique, false);
	if (!part.type || !part.partuuid)
		return arena_full(v->a, e);
	code = read_name(v->a, name, &part.partlabel, e);
	if (code < 0)
		return code;
	part.type_name = gpt_type_name(part.type);
	return volume_add(v, &part, part.size, e);
}

static int take_table(struct volume_reading *v, const struct gpt *g, struct err *e)
{
	static const uint8_t unused[16];
	struct reader r =
		reader_of(slice_of(g->entries, (size_t)g->entry_count * g->entry_size));

	v->table->sector_size = g->sector_size;
	v->table->disk_id = guid_text(v->a, slice_of(g->guid, sizeof(g->guid)), false);
	if (!v->table->disk_id)
		return arena_full(v->a, e);
	for (unsigned i = 0; i < g->entry_count; i++) {
		struct slice entry = rd_bytes(&r, g->entry_size);
		int code = slice_has(entry, 0, unused, sizeof(unused))
				   ? 0
				   : add_entry(v, g, entry, i + 1, e);

		if (code < 0)
			return code;
	}
	for (size_t i = 0; i < MBR_ENTRIES; i++)
		if (v->boot.entries[i].used && v->boot.entries[i].type != 0xee)
			return volume_remark(v, e,
					     "hybrid MBR: sector 0 lists partitions of "
					     "its own beside the GPT, which counts");
	return 0;
}

/* A GPT is there (whole or not), but no entry of sector 0 protects it. */
static int unprotected(struct volume_reading *v, struct err *e)
{
	for (size_t i = 0; i < MBR_ENTRIES; i++) {
		const struct mbr_entry *p = &v->boot.entries[i];

		if (v->boot.signature && p->type && p->count)
			return volume_remark(
				v, e,
				"a GPT is there too, but the MBR has no entry "
				"that protects it: as in Linux the MBR "
				"counts");
	}
	return err_set(
		e, ERR_CORRUPT,
		"a GPT without a protective MBR in sector 0: sector 0 is damaged, or "
		"the GPT is a left-over (`wipefs` removes it); Linux does not use it");
}

static int use_backup(struct volume_reading *v, struct gpt *g, const char *why,
		      struct err *e)
{
	struct err backup = ERR_INIT;
	int r = find_gpt(v->disk, true, g, &backup);

	if (r > 0) {
		r = volume_remark(
			v, e,
			"backup GPT header used: the primary GPT is damaged, %s; "
			"Linux reads the backup only with the kernel parameter "
			"gpt",
			why);
		return r < 0 ? r : 1;
	}
	if (r < 0 && r != -ERR_CORRUPT) {
		*e = backup;
		return r;
	}
	return err_set(e, ERR_CORRUPT,
		       "the GPT is damaged: %s; backup at the end of the disk: %s", why,
		       r < 0 ? backup.text : "not there");
}

static int gpt_read(struct volume_reading *v, struct err *e)
{
	_cleanup_(gpt_donep) struct gpt g = {0};
	struct err primary = ERR_INIT;
	int r = find_gpt(v->disk, false, &g, &primary);

	if (r < 0 && r != -ERR_CORRUPT) {
		*e = primary;
		return r;
	}
	if (!v->boot.has_protective)
		return r ? unprotected(v, e) : 0;
	if (r <= 0)
		r = use_backup(v, &g, r < 0 ? primary.text : "its header is missing", e);
	if (r > 0)
		r = take_table(v, &g, e);
	return r < 0 ? r : 1;
}

const struct volume_driver volume_gpt = {.name = "gpt", .read = gpt_read};
