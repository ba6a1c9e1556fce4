/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Chains of clusters ("FAT Data Structure" in the specification): the table says for each
 * cluster which one follows. Every cluster that was followed is marked with its bit, so
 * that a loop ends where it closes, and two files that share clusters are seen.
 */
#include <inttypes.h>

#include "fat.h"
#include "limits.h"
#include "strmap.h"

/* Whose chain begins at a cluster. */
struct fat_head {
	uint32_t first; /* the key */
	uint64_t file;
};

/* Following one chain. */
struct chain {
	struct fat *x;
	struct map *map;
	bool known; /* it was followed before: its clusters are its own */
};

struct map_space fat_space(const struct fat *x)
{
	return (struct map_space){
		.blocks = x->blocks, .origin = x->super.data, .unit = x->super.cluster};
}

int fat_table_entry(const struct fat *x, uint32_t at, uint32_t *ret, struct err *e)
{
	const struct fat_super *s = &x->super;
	uint8_t bytes[4] = {0};
	size_t n = s->bits == 32 ? 4 : 2;
	uint64_t off = s->table + (uint64_t)at * s->bits / 8;
	struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));
	int r = blocks_read(x->blocks, off, bytes, n, e);
	uint32_t value;

	if (r < 0)
		return r;
	value = rd_u32le(&rd);
	if (s->bits == 12) /* two of them in three bytes */
		value = at & 1 ? value >> 4 : value & 0xfff;
	*ret = s->bits == 32 ? value & 0x0fffffff : value;
	return 0;
}

/* What follows a cluster: *ret is 0 at the end of the chain. */
static int next_of(const struct fat *x, uint32_t at, uint32_t *ret, struct err *e)
{
	const uint32_t last = x->super.bits == 32   ? 0x0ffffff8
			      : x->super.bits == 16 ? 0xfff8
						    : 0xff8;
	uint32_t next = 0;
	int r = fat_table_entry(x, at, &next, e);

	if (r < 0)
		return r;
	if (next < last && (next < 2 || next > x->super.clusters + 1))
		return err_set(e, ERR_CORRUPT,
			       "cluster %" PRIu32 " of the file is %s: run fsck.fat", at,
			       next == 0 ? "marked as free"
			       : next == last - 1
				       ? "marked as bad"
				       : "followed by one that does not exist");
	*ret = next < last ? next : 0;
	return 0;
}

static int take(struct chain *c, uint64_t at, uint32_t cluster, struct err *e)
{
	uint8_t *byte = &c->x->taken[cluster / 8], bit = (uint8_t)(1u << cluster % 8);

	if (!c->known && (*byte & bit))
		return err_set(e, ERR_CORRUPT,
			       "cluster %" PRIu32
			       " is in a loop or belongs to another file too: run "
			       "fsck.fat",
			       cluster);
	*byte |= bit;
	return map_add(c->map, at, 1, cluster - 2, e);
}

/* Takes `count` clusters, or all there are when it is 0. */
static int follow(struct chain *c, uint32_t first, uint64_t count, struct err *e)
{
	uint64_t most = count ? count : LIMIT_FAT_DIR / c->x->super.cluster + 1;
	uint32_t cluster = first;

	for (uint64_t i = 0; i < most; i++) {
		int r;

		if (cluster == 0 && count)
			return err_set(e, ERR_CORRUPT,
				       "it has %" PRIu64 " of %" PRIu64
				       " clusters: run fsck.fat",
				       i, count);
		if (cluster == 0)
			return 0;
		r = take(c, i, cluster, e);
		if (r >= 0)
			r = next_of(c->x, cluster, &cluster, e);
		if (r < 0)
			return r;
	}
	/* A file may have more than its size takes. */
	return count || cluster == 0 ? 0
				     : err_set(e, ERR_CORRUPT,
					       "a directory of more than %" PRIu64
					       " bytes is not possible",
					       (uint64_t)LIMIT_FAT_DIR);
}

/* A chain that could not be followed belongs to nobody. */
static void give_back(struct chain *c)
{
	for (size_t i = 0; !c->known && i < c->map->n; i++) {
		const struct map_run *run = &c->map->runs[i];

		for (uint64_t k = run->disk + 2; k < run->disk + 2 + run->count; k++)
			c->x->taken[k / 8] &= (uint8_t) ~(1u << k % 8);
	}
}

/* 1: this file's chain was followed before; 0: nobody's. */
static int find_head(struct fat *x, uint64_t file, uint32_t first, struct err *e)
{
	const struct fat_head *head =
		strmap_get(x->heads, slice_of(&first, sizeof(first)));

	if (head && head->file != file)
		return err_set(e, ERR_CORRUPT,
			       "cluster %" PRIu32
			       " belongs to another file too: run fsck.fat",
			       first);
	return head != NULL;
}

static int add_head(struct fat *x, uint64_t file, uint32_t first, struct err *e)
{
	struct fat_head *head = arena_new_of(x->arena, struct fat_head);

	if (!head)
		return arena_full(x->arena, e);
	*head = (struct fat_head){first, file};
	return strmap_set(x->heads, slice_of(&head->first, sizeof(head->first)), head)
		       ? 0
		       : arena_full(x->arena, e);
}

int fat_map_of(struct fat *x, uint64_t file, uint32_t first, uint64_t count,
	       const struct map **ret, struct err *e)
{
	struct chain c = {.x = x};
	int r;

	*ret = maps_find(&x->maps, file);
	if (*ret)
		return 0;
	if (first < 2 || first > x->super.clusters + 1)
		return err_set(e, ERR_CORRUPT,
			       "its first cluster %" PRIu32
			       " does not exist: run fsck.fat",
			       first);
	if (count > x->super.clusters)
		return err_set(e, ERR_CORRUPT,
			       "it is larger than the file system: run fsck.fat");
	r = find_head(x, file, first, e);
	if (r < 0)
		return r;
	c.known = r > 0;
	c.map = maps_replace(&x->maps);
	r = follow(&c, first, count, e);
	if (r >= 0 && !c.known)
		r = add_head(x, file, first, e);
	if (r < 0) {
		give_back(&c);
		return r;
	}
	maps_keep(&x->maps, c.map, file);
	*ret = c.map;
	return 0;
}
