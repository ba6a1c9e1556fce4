/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much a set of changes takes at most, against what is free. What a shorter file
 * gives back does not count.
 */
#include <inttypes.h>

#include "limits.h"
#include "write.h"

struct need {
	uint64_t clusters, root_entries;
};

/* The clusters by which a directory may have to grow for one name. */
static uint64_t growth(const struct fat_writer *w)
{
	return fat_clusters(w, FAT_SLOTS_MAX * FAT_ENTRY);
}

static int add_file(struct fat_writer *w, const struct fs_step *step, struct need *need,
		    struct err *e)
{
	_cleanup_fat_taken_ struct fat_taken t = {0};
	uint64_t wanted;
	int r = fat_take(w, step->node, NODE_FILE, &t, e);

	if (r < 0)
		return r;
	wanted = fat_clusters(
		w, step->bytes + (step->kind == FS_STEP_APPEND ? t.entry.size : 0));
	need->clusters += wanted > t.chain.n ? wanted - t.chain.n : 0;
	return 0;
}

static void add_new(const struct fat_writer *w, const struct fs_step *step,
		    struct need *need)
{
	need->clusters += step->kind == FS_STEP_MKDIR ? 1 : fat_clusters(w, step->bytes);
	if (step->node && step->node->id == FAT_ROOT && !w->super.is_32)
		need->root_entries += FAT_SLOTS_MAX;
	else
		need->clusters += growth(w);
}

/* The root of FAT12 and FAT16 has the entries that it has. */
static int check_root(struct fat_writer *w, const struct need *need, struct err *e)
{
	_cleanup_fat_dir_ struct fat_dir d = {0};
	struct node root = {.id = FAT_ROOT, .type = NODE_DIR};
	int r = need->root_entries ? fat_dir_take(w, &root, &d, e) : 0;

	if (r < 0 || need->root_entries <= d.n - d.end)
		return r;
	return err_set(
		e, ERR_REFUSED,
		"there is no room: the root directory has place for %zu entries, and "
		"up to %" PRIu64 " are needed",
		d.n - d.end, need->root_entries);
}

int fat_write_room(struct fs_writer *writer, const struct fs_step *steps, size_t n,
		   struct err *e)
{
	struct fat_writer *w = (struct fat_writer *)writer;
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
	if (need.clusters > w->table.free)
		return err_set(e, ERR_REFUSED,
			       "there is no room: up to %" PRIu64
			       " KiB are needed and %" PRIu64
			       " KiB are free; remove an old kernel first, for example",
			       need.clusters * w->super.cluster / 1024,
			       (uint64_t)w->table.free * w->super.cluster / 1024);
	return check_root(w, &need, e);
}
