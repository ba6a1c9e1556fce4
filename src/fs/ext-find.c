/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding one name in a directory. The hash index (htree) of large directories is not
 * used: a directory is searched from its start, which is a matter of microseconds, and
 * one that is searched again and again is put into a map once.
 */
#include "ext.h"
#include "limits.h"
#include "strmap.h"

enum { ASKED_OFTEN = 8, LARGE_DIR = 16 * 1024 };

struct wanted {
	struct slice name;
	bool fold; /* the directory compares names without case */
	uint32_t ino;
};

static int compare_entry(void *ctx, const struct ext_entry *entry, _unused_ struct err *e)
{
	struct wanted *w = ctx;

	if (!(w->fold ? slice_same_folded(entry->name, w->name)
		      : slice_same(entry->name, w->name)))
		return 0;
	w->ino = entry->ino;
	return 1;
}

struct ext_name {
	uint32_t ino;
};

static int add_name(void *ctx, const struct ext_entry *entry, struct err *e)
{
	struct ext_names *n = ctx;
	char *key = arena_strndup(n->arena, entry->name);
	struct ext_name *name = arena_new_of(n->arena, struct ext_name);
	struct slice s = slice_of(key, entry->name.n);

	if (!key || !name)
		return arena_full(n->arena, e);
	name->ino = entry->ino;
	/* The first of two equal names counts, as in a search. */
	if (!strmap_get(n->map, s) && !strmap_set(n->map, s, name))
		return arena_full(n->arena, e);
	return 0;
}

static void forget_names(struct ext_names *n)
{
	arena_free(n->arena);
	*n = (struct ext_names){0};
}

static int learn_names(struct ext *x, const struct ext_inode *dir, struct err *e)
{
	struct ext_names *n = &x->names;

	n->arena = arena_new(LIMIT_SCRATCH);
	n->map = n->arena ? strmap_new(n->arena) : NULL;
	if (!n->map)
		return err_set(e, ERR_NOMEM, "out of memory");
	return ext_dir_walk(x, dir, add_name, n, e);
}

/* Is it worth a map? If so, the map is this directory's from now on. */
static bool is_large(struct ext *x, const struct ext_inode *dir)
{
	if (dir->size < LARGE_DIR || (dir->flags & EXT4_CASEFOLD_FL))
		return false;
	if (x->names.dir != dir->ino)
		forget_names(&x->names);
	x->names.dir = dir->ino;
	return true;
}

int ext_dir_find(struct ext *x, const struct ext_inode *dir, struct slice name,
		 uint32_t *ret, struct err *e)
{
	struct wanted wanted = {.name = name, .fold = dir->flags & EXT4_CASEFOLD_FL};
	const struct ext_name *known;
	int r = 0;

	if (!is_large(x, dir) || ++x->names.asked < ASKED_OFTEN) {
		r = ext_dir_walk(x, dir, compare_entry, &wanted, e);
		if (r >= 0)
			*ret = wanted.ino;
		return r < 0 ? r : 0;
	}
	if (!x->names.map)
		r = learn_names(x, dir, e);
	if (r < 0) {
		forget_names(&x->names);
		return r;
	}
	known = strmap_get(x->names.map, name);
	*ret = known ? known->ino : 0;
	return 0;
}
