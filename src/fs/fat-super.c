/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first sector of a FAT file system ("Boot Sector and BPB" in the specification). FAT
 * has no magic number: it is known by fields that must make sense together.
 */
#include <inttypes.h>

#include "fat.h"
#include "signature.h"

/* The largest numbers of clusters; Linux and firmware tell 12 and 16 bits apart by them.
 */
enum { CLUSTERS_12 = 4084, CLUSTERS_16 = 65524, CLUSTERS_32 = 0x0ffffff5 };

static bool decode(struct slice s, struct fat_super *ret)
{
	struct reader r = reader_of(s);
	uint32_t small, large;

	rd_skip(&r, 11);
	ret->sector = rd_u16le(&r);
	ret->per_cluster = rd_u8(&r);
	ret->reserved = rd_u16le(&r);
	ret->fats = rd_u8(&r);
	ret->root_entries = rd_u16le(&r);
	small = rd_u16le(&r);
	ret->media = rd_u8(&r);
	ret->fat_sectors = rd_u16le(&r);
	rd_seek(&r, 32);
	large = rd_u32le(&r);
	ret->sectors = small ? small : large;
	ret->is_32 = ret->fat_sectors == 0;
	if (ret->is_32) {
		ret->fat_sectors = rd_u32le(&r);
		ret->flags = rd_u16le(&r);
		ret->version = rd_u16le(&r);
		ret->root_cluster = rd_u32le(&r);
	}
	rd_seek(&r, ret->is_32 ? 65 : 37);
	ret->state = rd_u8(&r);
	rd_skip(&r, 1);
	ret->serial = rd_u32le(&r);
	return rd_ok(&r);
}

static bool is_power_of_2(unsigned n)
{
	return n && (n & (n - 1)) == 0;
}

static bool makes_sense(const struct fat_super *s)
{
	return is_power_of_2(s->sector) && s->sector >= 512 && s->sector <= 4096 &&
	       is_power_of_2(s->per_cluster) && s->reserved > 0 &&
	       (s->fats == 1 || s->fats == 2) && s->media >= 0xf0 && s->fat_sectors > 0 &&
	       (s->is_32 ? s->root_entries == 0 && s->root_cluster >= 2
			 : s->root_entries > 0);
}

int fat_super_read(struct blocks *b, struct fat_super *ret, struct err *e)
{
	uint8_t sector[512];
	struct slice s = slice_of(sector, sizeof(sector));
	struct fat_super super = {0};
	int r = b->size < sizeof(sector) ? 0
					 : blocks_read(b, 0, sector, sizeof(sector), e);

	if (r < 0 || b->size < sizeof(sector) || !slice_has(s, 510, "\x55\xaa", 2) ||
	    !decode(s, &super) || !makes_sense(&super))
		return r < 0 ? r : 0;
	*ret = super;
	return 1;
}

/* How many clusters there are decides how wide an entry of the table is. */
static int count_clusters(struct fat_super *s, uint64_t sectors, struct err *e)
{
	uint64_t clusters = sectors / s->per_cluster, entries;

	s->bits = s->is_32 ? 32 : clusters <= CLUSTERS_12 ? 12 : 16;
	entries = (uint64_t)s->fat_sectors * s->sector * 8 / s->bits;
	/* As Linux does: what the table has no entry for is not there. */
	if (entries < clusters + 2)
		clusters = entries < 2 ? 0 : entries - 2;
	if (clusters == 0 || clusters > (s->is_32 ? CLUSTERS_32 : CLUSTERS_16))
		return err_set(e, ERR_CORRUPT, "%" PRIu64 " clusters are not possible",
			       clusters);
	s->clusters = (uint32_t)clusters;
	return 0;
}

int fat_super_check(struct fat_super *s, const struct blocks *b, struct err *e)
{
	uint64_t root_size = (uint64_t)s->root_entries * FAT_ENTRY;
	uint64_t root_sectors = (root_size + s->sector - 1) / s->sector;
	uint64_t before = s->reserved + (uint64_t)s->fats * s->fat_sectors + root_sectors;
	int r;

	if (s->is_32 && s->version)
		return err_set(e, ERR_UNSUPPORTED, "FAT32 of version %u.%u",
			       s->version >> 8, s->version & 0xff);
	/* One of the tables alone may be in use; what Linux reads is the first. */
	if (s->is_32 && (s->flags & 0x80) && (s->flags & 0xf))
		return err_set(e, ERR_UNSUPPORTED,
			       "only table %u of its tables of clusters is in use",
			       (s->flags & 0xfu) + 1);
	if ((uint64_t)s->sectors * s->sector > b->size)
		return err_set(e, ERR_CORRUPT,
			       "it has %" PRIu64 " bytes, but only %" PRIu64
			       " are there: the image is cut off",
			       (uint64_t)s->sectors * s->sector, b->size);
	if (before >= s->sectors)
		return err_set(e, ERR_CORRUPT,
			       "its tables take %" PRIu64 " of %" PRIu32 " sectors",
			       before, s->sectors);
	r = count_clusters(s, s->sectors - before, e);
	if (r < 0)
		return r;
	s->cluster = (uint32_t)s->per_cluster * s->sector;
	s->table = (uint64_t)s->reserved * s->sector;
	s->root = s->table + (uint64_t)s->fats * s->fat_sectors * s->sector;
	s->data = s->root + root_sectors * s->sector;
	if (s->is_32 && s->root_cluster > s->clusters + 1)
		return err_set(e, ERR_CORRUPT,
			       "the root directory's cluster %" PRIu32 " does not exist",
			       s->root_cluster);
	return 0;
}

/* The label among the first entries of the root directory. */
static const char *root_label(struct slice dir, struct arena *a)
{
	struct slice entry;

	for (uint64_t off = 0; slice_sub(dir, off, FAT_ENTRY, &entry); off += FAT_ENTRY) {
		int first = slice_at(entry, 0), attributes = slice_at(entry, 11);

		if (first == 0)
			break;
		if (first != 0xe5 && (attributes & 0x18) == 0x08 && attributes != 0x0f &&
		    slice_has(entry, 26, "\0\0", 2))
			return label_text(a, slice_of(entry.p, FAT_LABEL));
	}
	return NULL;
}

int fat_super_identity(const struct fat_super *s, struct blocks *b, struct arena *a,
		       struct fs_identity *ret, struct err *e)
{
	uint64_t cluster = (uint64_t)s->per_cluster * s->sector;
	uint64_t off =
		((uint64_t)s->reserved + (uint64_t)s->fats * s->fat_sectors) * s->sector;
	uint64_t n = s->is_32 ? cluster : (uint64_t)s->root_entries * FAT_ENTRY;
	struct fs_identity id = {.name = "vfat", .uuid = serial_text(a, s->serial)};
	uint8_t dir[4096];

	if (s->is_32)
		off += (s->root_cluster - 2ull) * cluster;
	n = n < sizeof(dir) ? n : sizeof(dir);
	if (off < b->size && n <= b->size - off) {
		int r = blocks_read(b, off, dir, (size_t)n, e);

		if (r < 0)
			return r;
		id.label = root_label(slice_of(dir, (size_t)n), a);
	}
	*ret = id;
	return 0;
}
