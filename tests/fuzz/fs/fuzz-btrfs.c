/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a Btrfs image whose checksums are right: who makes an image can make
 * those, too, and without them nothing would be read. Every tree of files is visited.
 */
#include "btrfs.h"
#include "visit.h"

enum { SIZE = 5 << 20, BLOCK = 4096, FSID = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fix_block(uint8_t *block, enum btrfs_sum kind)
{
	uint8_t sum[BTRFS_SUM_MAX];

	btrfs_sum(kind, slice_of(block + BTRFS_SUM_MAX, BLOCK - BTRFS_SUM_MAX), sum);
	memcpy(block, sum, btrfs_sum_len(kind));
}

/* Superblocks and nodes bear the UUID of the file system. The seeds' nodes are small. */
static void fix_sums(uint8_t *image)
{
	const uint8_t *super = image + BTRFS_SUPER_OFF;
	unsigned kind = super[196];

	for (size_t at = 0; kind < BTRFS_SUMS && at < SIZE; at += BLOCK)
		if (memcmp(image + at + FSID, super + FSID, 16) == 0)
			fix_block(image + at, (enum btrfs_sum)kind);
}

static int visit_system(void *ctx, struct fs *fs, _unused_ struct err *e)
{
	visit_fs(fs, ctx);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *image = sparse_image(slice_of(data, size), SIZE);
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct err e = ERR_INIT;
	const char *name = NULL;
	struct fs *chosen;

	if (!image || !arena || blocks_memory(slice_of(image, SIZE), &b, &e) < 0)
		return 0;
	fix_sums(image);
	if (fs_open(b, arena, &fs, &name, &e) < 0)
		return 0;
	fs_systems(fs, visit_system, arena, &e);
	err_clear(&e);
	fs_choose(fs, "subvol=@/inner", &chosen, &e);
	return 0;
}
