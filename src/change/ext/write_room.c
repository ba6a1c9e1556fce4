/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much a set of changes takes at most, against what is free. Blocks reserved for root
 * count as free: an initramfs is written by root. What a shorter file gives back does not
 * count.
 */
#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "write.h"

struct need {
	uint64_t clusters, inodes;
};

static uint64_t divide_up(uint64_t n, uint64_t by)
{
	return n / by + (n % by != 0);
}

/* Blocks that tell where `n` new blocks lie, if no two lie together and blocks of extents
 * are split in the middle. One cluster each. */
static uint64_t map_blocks(const struct ext_writer *w, uint64_t n, bool extents)
{
	uint32_t size = ext_block_size(&w->super);
	uint64_t each = extents ? (size - 12) / 12 / 2 : size / 4, total = 0;

	if (n == 0)
		return 0;
	do {
		n = divide_up(n, each) + 1;
		total += n;
	} while (n > 2);
	return total;
}

/* Blocks of the file in [first, end) that it does not have, and the clusters they take.
 */
static void add_missing(const struct ext_writer *w, const struct map *map, uint64_t first,
			uint64_t end, bool extents, struct need *need)
{
	uint64_t ratio = (uint64_t)EXT2FS_CLUSTER_RATIO(w->lib), missing = 0, at = first;

	for (size_t i = 0; map && i < map->n && at < end; i++) {
		const struct map_run *run = &map->runs[i];
		uint64_t stop = run->at < end ? run->at : end;

		if (stop > at) {
			missing += stop - at;
			need->clusters += divide_up(stop - at, ratio) + (ratio > 1);
		}
		if ((uint64_t)run->at + run->count > at)
			at = (uint64_t)run->at + run->count;
	}
	if (end > at) {
		missing += end - at;
		need->clusters += divide_up(end - at, ratio) + (ratio > 1);
	}
	need->clusters += map_blocks(w, missing, extents);
}

static int add_file(struct ext_writer *w, const struct fs_step *step, struct need *need,
		    struct err *e)
{
	_cleanup_taken_ struct ext_taken t = {0};
	uint32_t size = ext_block_size(&w->super);
	uint64_t first = 0, end = step->bytes;
	int r = ext_take(w, step->node, NODE_FILE, &t, e);

	if (r < 0)
		return r;
	if (step->kind == FS_STEP_APPEND) {
		first = t.seen.size / size;
		if (!checked_add(end, t.seen.size, &end))
			return err_set(e, ERR_REFUSED, "the file would be too large");
	}
	add_missing(w, t.map, first, divide_up(end, size), t.seen.flags & EXT4_EXTENTS_FL,
		    need);
	return 0;
}

static void add_new(const struct ext_writer *w, const struct fs_step *step,
		    struct need *need)
{
	uint32_t size = ext_block_size(&w->super);
	bool extents = w->super.incompat & EXT3_FEATURE_INCOMPAT_EXTENTS;
	uint64_t bytes = step->kind == FS_STEP_MKDIR ? size : step->bytes;

	need->inodes++;
	add_missing(w, NULL, 0, divide_up(bytes, size), extents, need);
	/* Its attributes, and the directory's new blocks: a leaf, a new level of its
	 * index, and what tells where they lie. */
	need->clusters += 1 + 2 + map_blocks(w, 2, extents);
}

int ext_write_room(struct fs_writer *writer, const struct fs_step *steps, size_t n,
		   struct err *e)
{
	struct ext_writer *w = (struct ext_writer *)writer;
	uint64_t cluster = (uint64_t)ext_block_size(&w->super) *
			   (uint64_t)EXT2FS_CLUSTER_RATIO(w->lib);
	uint64_t clusters = ext2fs_free_blocks_count(w->lib->super) /
			    (uint64_t)EXT2FS_CLUSTER_RATIO(w->lib);
	struct need need = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (steps[i].kind == FS_STEP_REPLACE || steps[i].kind == FS_STEP_APPEND)
			r = add_file(w, &steps[i], &need, e);
		else
			add_new(w, &steps[i], &need);
	}
	if (r < 0)
		return r;
	if (need.clusters > clusters)
		return err_set(
			e, ERR_REFUSED,
			"there is no room: up to %" PRIu64 " KiB are needed and %" PRIu64
			" KiB are free; remove an old kernel first, for example",
			need.clusters * (cluster / 1024), clusters * (cluster / 1024));
	if (need.inodes > w->lib->super->s_free_inodes_count)
		return err_set(e, ERR_REFUSED,
			       "there is no room: %" PRIu64
			       " inodes are needed and %" PRIu32 " are free",
			       need.inodes, w->lib->super->s_free_inodes_count);
	return 0;
}
