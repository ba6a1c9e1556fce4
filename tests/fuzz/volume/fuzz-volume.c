/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a disk with a partition table: as they are, and once more with the CRCs of
 * the GPT made right, because no chance change gets past them.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "checked.h"
#include "volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_table(const uint8_t *data, size_t size, uint32_t sector_size)
{
	struct arena *a = arena_new(1 << 20);
	struct volume_table t = {0};
	struct blocks *b = NULL;
	struct err e = ERR_INIT;

	if (a && blocks_memory(slice_of(data, size), &b, &e) == 0) {
		b->sector_size = sector_size;
		if (volume_read(b, a, &t, &e) < 0 && e.code == ERR_BUG)
			__builtin_trap();
		for (size_t i = 0; i < t.parts.n; i++) {
			struct blocks *part = t.parts.v[i].blocks;
			uint8_t byte;

			if (part->size &&
			    blocks_read(part, part->size - 1, &byte, 1, &e) < 0)
				__builtin_trap();
		}
	}
	volume_done(&t);
	blocks_free(b);
	arena_free(a);
}

static uint32_t get(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void mend(uint8_t *disk, size_t size, size_t sector, size_t at)
{
	uint8_t *h = disk + at;
	uint64_t entries, bytes;

	if (!range_fits(at, 512, size) || memcmp(h, "EFI PART", 8) != 0)
		return;
	entries = (uint64_t)get(h + 72) * sector;
	bytes = (uint64_t)get(h + 80) * get(h + 84);
	if (range_fits(entries, bytes, size))
		put(h + 88, (uint32_t)crc32(0, disk + entries, (uInt)bytes));
	if (get(h + 12) <= 512) {
		put(h + 16, 0);
		put(h + 16, (uint32_t)crc32(0, h, get(h + 12)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	read_table(data, size, 512);
	read_table(data, size, 4096);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	mend(copy, size, 512, 512);
	mend(copy, size, 4096, 4096);
	if (size >= 1024)
		mend(copy, size, 512, (size / 512 - 1) * 512);
	read_table(copy, size, 512);
	free(copy);
	return 0;
}
