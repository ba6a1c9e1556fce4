/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A walk through the directories of a kernel's modules. The order is depmod.d(5)'s as Red
 * Hat and SUSE set it: the first file of a name counts.
 */
#include "module_walk.h"

#include "limits.h"
#include "module_file.h"
#include "tolerate.h"

static const struct {
	const char *name;
	bool own; /* filled by the kernel's package itself */
} dirs[] = {
	{"updates", false},      {"extra", false}, {"kernel", true},
	{"weak-updates", false}, {"misc", false},
};

struct walk {
	struct guest *g;
	struct strmap *found;
	VEC(const char *) todo;
	size_t entries;
	bool unread; /* a directory could not be read: a name may be missing */
};

static int add_entry(struct walk *w, const char *dir, const struct dir_entry *entry,
		     struct err *e)
{
	struct arena *a = w->g->scratch;
	const char *name = module_name_of(slice_str(entry->name), a);
	char *path = arena_printf(a, "%s/%s", dir, entry->name);

	if (++w->entries > LIMIT_MODULE_FILES)
		return err_set(e, ERR_LIMIT, "more than %d files of modules",
			       LIMIT_MODULE_FILES);
	if (!path)
		return arena_full(a, e);
	if (entry->type == NODE_DIR || (!name && entry->type == NODE_OTHER)) {
		if (!vec_push(a, &w->todo, (const char *)path))
			return arena_full(a, e);
		return 0;
	}
	if (name && !strmap_get(w->found, slice_str(name)) &&
	    !strmap_set(w->found, slice_str(name), path))
		return arena_full(a, e);
	return 0;
}

static int walk_dir(struct walk *w, const char *dir, struct err *e)
{
	dir_list names = {0};
	int r = tree_list(w->g->tree, dir, &names, e);

	if (r < 0) {
		w->unread = w->unread || e->code != ERR_ABSENT;
		return tolerate(w->g, "modules", dir, e);
	}
	for (size_t i = 0; r >= 0 && i < names.n; i++)
		r = add_entry(w, dir, &names.v[i], e);
	return r;
}

int module_walk(struct guest *g, const char *dir, bool all, struct strmap **ret,
		bool *ret_whole, struct err *e)
{
	struct walk w = {.g = g, .found = strmap_new(g->scratch)};
	int r = 0;

	if (!w.found)
		return arena_full(g->scratch, e);
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(dirs); i++) {
		const char *path = arena_printf(g->scratch, "%s/%s", dir, dirs[i].name);

		if (dirs[i].own && !all)
			continue;
		if (!path || !vec_push(g->scratch, &w.todo, path))
			return arena_full(g->scratch, e);
		/* Each of these wholly before the next: their order is precedence. */
		while (r >= 0 && w.todo.n)
			r = walk_dir(&w, w.todo.v[--w.todo.n], e);
	}
	if (r >= 0) {
		*ret = w.found;
		*ret_whole = !w.unread;
	}
	return r;
}
