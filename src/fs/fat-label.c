/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recognising FAT and finding its label (Microsoft's "FAT: General Overview of On-Disk
 * Format", 1.03). FAT has no magic number: its first sector is known by fields that must
 * make sense together. The label of the boot sector is often stale and counts for
 * nothing: the one in the root directory is what systems show and blkid reports.
 */
#include <inttypes.h>

#include "limits.h"
#include "signature.h"

struct fat_head {
	uint16_t sector, reserved, root_entries;
	uint8_t per_cluster, fats, media;
	uint32_t fat_sectors, root_cluster;
	bool is_32;
};

static bool decode(struct slice s, struct fat_head *ret)
{
	struct reader r = reader_of(s);

	rd_skip(&r, 11);
	ret->sector = rd_u16le(&r);
	ret->per_cluster = rd_u8(&r);
	ret->reserved = rd_u16le(&r);
	ret->fats = rd_u8(&r);
	ret->root_entries = rd_u16le(&r);
	rd_skip(&r, 2);
	ret->media = rd_u8(&r);
	ret->fat_sectors = rd_u16le(&r);
	ret->is_32 = ret->fat_sectors == 0;
	rd_seek(&r, 36);
	if (ret->is_32)
		ret->fat_sectors = rd_u32le(&r);
	rd_seek(&r, 44);
	ret->root_cluster = rd_u32le(&r);
	return rd_ok(&r);
}

static bool is_power_of_2(unsigned n)
{
	return n && (n & (n - 1)) == 0;
}

bool fat_boot_sector(struct slice head)
{
	struct fat_head h;

	return decode(head, &h) && is_power_of_2(h.sector) && h.sector >= 512 &&
	       h.sector <= 4096 && is_power_of_2(h.per_cluster) && h.reserved > 0 &&
	       (h.fats == 1 || h.fats == 2) && h.media >= 0xf0 && h.fat_sectors > 0 &&
	       (h.is_32 ? h.root_entries == 0 && h.root_cluster >= 2
			: h.root_entries > 0);
}

/* The label among the first entries of the root directory; 32 bytes each. */
static const char *root_label(struct slice dir, struct arena *a)
{
	struct slice entry;

	for (uint64_t off = 0; slice_sub(dir, off, 32, &entry); off += 32) {
		int first = slice_at(entry, 0), attributes = slice_at(entry, 11);

		if (first == 0)
			break;
		if (first != 0xe5 && (attributes & 0x18) == 0x08 && attributes != 0x0f &&
		    slice_has(entry, 26, "\0\0", 2))
			return label_text(a, slice_of(entry.p, 11));
	}
	return NULL;
}

int fat_label(struct blocks *b, struct slice head, struct arena *a, const char **ret,
	      struct err *e)
{
	uint8_t dir[4096];
	struct fat_head h;
	uint64_t off, n;
	int r;

	if (!decode(head, &h))
		return 0;
	off = ((uint64_t)h.reserved + (uint64_t)h.fats * h.fat_sectors) * h.sector;
	n = h.is_32 ? (uint64_t)h.per_cluster * h.sector : (uint64_t)h.root_entries * 32;
	if (h.is_32)
		off += (h.root_cluster - 2ull) * h.per_cluster * h.sector;
	n = n < sizeof(dir) ? n : sizeof(dir);
	if (off < b->size && n <= b->size - off) {
		r = blocks_read(b, off, dir, (size_t)n, e);
		if (r < 0)
			return r;
		*ret = root_label(slice_of(dir, (size_t)n), a);
	}
	return 0;
}
