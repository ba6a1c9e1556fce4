/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MBR partitions, as the IBM PC has them since DOS 2 and as Linux numbers them
 * (block/partitions/msdos.c is the reference for behaviour): four entries at byte 446 of
 * sector 0, logical partitions from 5 on in a chain of extended boot records (EBR).
 *
 * The boot sector of a FAT or NTFS file system has the same signature, so the entries
 * must make sense before they count. Once they do, anything wrong in them is an error.
 */
#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "scheme.h"

static bool is_extended(const struct mbr_entry *p)
{
	return p->type == 0x05 || p->type == 0x0f || p->type == 0x85;
}

static bool flag_ok(const struct mbr_entry *p)
{
	return p->flag == 0x00 || p->flag == 0x80;
}

static uint64_t disk_sectors(const struct volume_reading *v)
{
	return v->disk->size / v->disk->sector_size;
}

/* Would chance put this there? */
static bool plausible(const struct volume_reading *v, const struct mbr_entry *p)
{
	return p->used && flag_ok(p) && p->type && p->start && p->count &&
	       range_fits(p->start, p->count, disk_sectors(v));
}

/* A jump, then a FAT parameter block or the name of an NTFS-like file system. */
static bool is_fs_boot_sector(struct slice s)
{
	struct reader r = reader_of(s);
	uint16_t sector, reserved;
	uint8_t cluster, fats, media;

	if (!slice_has(s, 0, "\xe9", 1) &&
	    (!slice_has(s, 0, "\xeb", 1) || !slice_has(s, 2, "\x90", 1)))
		return false;
	if (slice_has(s, 3, "NTFS    ", 8) || slice_has(s, 3, "EXFAT   ", 8) ||
	    slice_has(s, 3, "-FVE-FS-", 8) || slice_has(s, 54, "FAT", 3) ||
	    slice_has(s, 82, "FAT32", 5))
		return true;
	rd_seek(&r, 11);
	sector = rd_u16le(&r);
	cluster = rd_u8(&r);
	reserved = rd_u16le(&r);
	fats = rd_u8(&r);
	rd_seek(&r, 21);
	media = rd_u8(&r);
	return rd_ok(&r) && sector >= 512 && sector <= 4096 &&
	       (sector & (sector - 1)) == 0 && cluster &&
	       (cluster & (cluster - 1)) == 0 && reserved && (fats == 1 || fats == 2) &&
	       media >= 0xf0;
}

/* 1: sector 0 is a partition table; 0: it is something else. */
static int is_table(struct volume_reading *v, struct err *e)
{
	bool fs = is_fs_boot_sector(v->sector0);
	unsigned used = 0, good = 0, bad_flag = 0;

	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		const struct mbr_entry *p = &v->boot.entries[i];

		used += p->used;
		good += plausible(v, p);
		if (!flag_ok(p))
			bad_flag = i + 1;
	}
	if (!used || (fs && (bad_flag || good < used)))
		return 0;
	if (!v->boot.signature) {
		if (good < used)
			return 0;
		return volume_remark(v, e,
				     "sector 0 has partition entries, but not the boot "
				     "signature 55 aa: Linux sees no partitions there");
	}
	if (bad_flag && good)
		return err_set(e, ERR_CORRUPT,
			       "the MBR partition table is damaged: the flag of entry %u "
			       "is neither 00 nor 80",
			       bad_flag);
	if (bad_flag)
		return volume_remark(v, e,
				     "sector 0 has the boot signature 55 aa, but no "
				     "partition table: entry %u makes no sense",
				     bad_flag);
	if (fs && volume_remark(v, e,
				"sector 0 also looks like the boot sector of a file "
				"system; its partition entries are whole and count") < 0)
		return -(int)e->code;
	return 1;
}

/* Appends one entry that starts `base` sectors later than it says. */
static int add_entry(struct volume_reading *v, const struct mbr_entry *p, uint64_t base,
		     unsigned number, struct err *e)
{
	uint64_t sector = v->disk->sector_size, start = base + p->start, window;
	struct volume part = {.number = number,
			      .start = start * sector,
			      .size = p->count * sector,
			      .type_name = mbr_type_name(p->type),
			      .active = p->flag == 0x80};

	if (!range_fits(start, p->count, disk_sectors(v)))
		return err_set(
			e, ERR_CORRUPT,
			"partition %u (sectors %" PRIu64 " to %" PRIu64
			") reaches past the end of the disk (%" PRIu64
			" sectors): the image is truncated or its table is damaged",
			number, start, start + p->count - 1, disk_sectors(v));
	part.type = arena_printf(v->a, "0x%02x", p->type);
	part.partuuid = arena_printf(v->a, "%08" PRIx32 "-%02x", v->boot.disk_id, number);
	if (!part.type || !part.partuuid)
		return arena_full(v->a, e);
	/* Of an extended partition Linux shows two sectors: room for a boot loader, and
	 * never the logical partitions a second time. */
	window = part.size;
	if (is_extended(p) && window > 2 * sector)
		window = 2 * sector;
	return volume_add(v, &part, window, e);
}

static int read_ebr(struct volume_reading *v, uint64_t at, struct boot_sector *ret,
		    struct err *e)
{
	uint8_t bytes[SECTOR];
	int r;

	if (at >= disk_sectors(v))
		return err_set(
			e, ERR_CORRUPT,
			"the logical partitions go on at sector %" PRIu64
			", past the end of the disk (%" PRIu64
			" sectors): the image is truncated or its table is damaged",
			at, disk_sectors(v));
	r = blocks_read(v->disk, at * v->disk->sector_size, bytes, sizeof(bytes), e);
	if (r < 0)
		return r;
	*ret = boot_sector_decode(slice_of(bytes, sizeof(bytes)));
	if (!ret->signature)
		return err_set(e, ERR_CORRUPT,
			       "the chain of logical partitions breaks at sector %" PRIu64
			       ": no boot signature there",
			       at);
	return 0;
}

/* Follows the chain of EBRs of one extended partition. Partitions are relative to their
 * EBR, links to the extended partition. */
static int read_logical(struct volume_reading *v, uint64_t extended, unsigned *number,
			struct err *e)
{
	uint64_t seen[LIMIT_PARTITIONS], at = extended;
	size_t n = 0;

	for (;;) {
		const struct mbr_entry *link = NULL;
		struct boot_sector b;
		int r = read_ebr(v, at, &b, e);

		if (r < 0)
			return r;
		seen[n++] = at;
		for (size_t i = 0; i < MBR_ENTRIES; i++) {
			const struct mbr_entry *p = &b.entries[i];

			if (p->count && is_extended(p))
				link = link ? link : p;
			else if (p->count &&
				 (r = add_entry(v, p, at, (*number)++, e)) < 0)
				return r;
		}
		if (!link)
			return 0;
		at = extended + link->start;
		for (size_t i = 0; i < n; i++)
			if (seen[i] == at)
				return err_set(
					e, ERR_CORRUPT,
					"the chain of logical partitions comes back "
					"to sector %" PRIu64 ": it is a loop",
					at);
		if (n == LIMIT_PARTITIONS)
			return err_set(e, ERR_LIMIT, "more than %d logical partitions",
				       LIMIT_PARTITIONS);
	}
}

static int mbr_read(struct volume_reading *v, struct err *e)
{
	const struct mbr_entry *p = v->boot.entries;
	unsigned number = MBR_ENTRIES + 1;
	int r = is_table(v, e);

	if (r <= 0)
		return r;
	v->table->disk_id = arena_printf(v->a, "%08" PRIx32, v->boot.disk_id);
	if (!v->table->disk_id)
		return arena_full(v->a, e);
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		r = p[i].count ? add_entry(v, &p[i], 0, i + 1, e) : 0;
		if (r < 0)
			return r;
	}
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		r = p[i].count && is_extended(&p[i])
			    ? read_logical(v, p[i].start, &number, e)
			    : 0;
		if (r < 0)
			return r;
	}
	return 1;
}

const struct volume_driver volume_mbr = {.name = "mbr", .read = mbr_read};
