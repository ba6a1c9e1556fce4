/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows every file once before anything is changed. Clusters that are in use and belong
 * to no file do no harm: they are not taken.
 */
#include <inttypes.h>

#include "escape.h"
#include "limits.h"
#include "write.h"

struct check {
	struct fat_writer *w;
	uint8_t *owned; /* a bit a cluster */
	struct arena *arena;
	VEC(uint64_t) dirs; /* that are to be read */
	unsigned entries;
};

static int own(struct check *c, const struct fat_chain *chain, struct err *e)
{
	for (size_t i = 0; i < chain->n; i++) {
		uint8_t *byte = &c->owned[chain->v[i] / 8];
		uint8_t bit = (uint8_t)(1u << chain->v[i] % 8);

		if (*byte & bit)
			return err_set(e, ERR_REFUSED,
				       "cluster %" PRIu32
				       " belongs to another file too: run fsck.fat",
				       chain->v[i]);
		*byte |= bit;
	}
	return 0;
}

static int own_chain(struct check *c, uint32_t first, uint64_t size, struct err *e)
{
	_cleanup_fat_chain_ struct fat_chain chain = {0};
	int r = fat_chain_read(c->w, first, &chain, e);

	if (r >= 0 && chain.n < fat_clusters(c->w, size))
		r = err_set(e, ERR_REFUSED,
			    "it has fewer clusters than its size takes: run fsck.fat");
	return r < 0 ? r : own(c, &chain, e);
}

static int check_entry(void *ctx, const struct fat_entry *entry, struct err *e)
{
	struct check *c = ctx;
	/* A directory's size is 0, and it has at least one cluster. */
	int r = own_chain(c, entry->first, entry->is_dir ? 1 : entry->size, e);

	if (++c->entries > LIMIT_FAT_WRITE_ENTRIES)
		r = err_set(e, ERR_LIMIT, "it has more than %u files",
			    LIMIT_FAT_WRITE_ENTRIES);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(entry->name).text);
	if (entry->is_dir && !vec_push(c->arena, &c->dirs, entry->id))
		return arena_full(c->arena, e);
	return 0;
}

static int check_all(struct check *c, struct fat *reader, struct err *e)
{
	int r = c->w->super.is_32 ? own_chain(c, c->w->super.root_cluster, 1, e) : 0;

	if (r >= 0)
		r = fat_dir_walk(reader, FAT_ROOT, check_entry, c, e);
	while (r >= 0 && c->dirs.n)
		r = fat_dir_walk(reader, c->dirs.v[--c->dirs.n], check_entry, c, e);
	return r < 0 ? r : 0;
}

int fat_write_check(struct fat_writer *w, struct err *e)
{
	_cleanup_free_ uint8_t *owned = calloc(1, w->super.clusters / 8 + 2);
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	_cleanup_fat_look_ struct fat *reader = NULL;
	struct check c = {.w = w, .owned = owned, .arena = arena};
	int r;

	if (!owned || !arena)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = fat_writer_look(w, &reader, e);
	return r < 0 ? r : check_all(&c, reader, e);
}
