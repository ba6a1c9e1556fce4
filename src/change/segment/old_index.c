/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry is the module's whole path and a colon; then, each behind a tab and on a line
 * of its own, the paths of those that export what it needs itself. All lines but the last
 * end in a backslash, and an empty line stands behind each entry.
 */
#include "old_index.h"

#include "escape.h"
#include "given.h"
#include "limits.h"
#include "strbuf.h"
#include "text.h"

static const struct loading_fact *loading_of(const struct given_package_fact *p,
					     const char *release, const char *name)
{
	for (size_t k = 0; k < p->kernels.n; k++) {
		const struct build_fact *b = &p->kernels.v[k];

		for (size_t i = 0; text_same(b->release, release) && i < b->loadings.n;
		     i++)
			if (b->loadings.v[i].name && !b->loadings.v[i].problem &&
			    module_name_eq(b->loadings.v[i].name, name))
				return &b->loadings.v[i];
	}
	return NULL;
}

static const struct loading_fact *find_loading(const struct adding *g, const char *name)
{
	const struct loading_fact *found = NULL;

	for (size_t i = 0; !found && i < g->facts->given_packages.n; i++)
		found = loading_of(&g->facts->given_packages.v[i], g->kernel->release,
				   name);
	return found;
}

/* Where a module lies, as depmod sees it. */
static int path_of(struct adding *g, const char *name, const char **ret, struct err *e)
{
	struct stored_module *m;
	int r = module_store_get(&g->store, name, &m, e);

	if (r < 0)
		return r;
	if (!stored_is_file(m) || !m->path)
		return err_set(e, ERR_UNSUPPORTED, "%s is no file that could be read",
			       escape_short(slice_str(name)).text);
	*ret = m->path;
	return 0;
}

static int put_entry(struct adding *g, const char *name, bool spaced, struct strbuf *out,
		     struct err *e)
{
	const struct loading_fact *l = find_loading(g, name);
	const char *path;
	bool any = false;
	int r;

	if (!l)
		return err_set(e, ERR_UNSUPPORTED,
			       "%s: its modules.dep has to be made as a whole: depmod -a",
			       escape_short(slice_str(g->kernel->release)).text);
	r = path_of(g, name, &path, e);
	if (r < 0)
		return r;
	strbuf_printf(out, "%s:", path);
	for (size_t i = 0; r >= 0 && i < l->needs.n; i++) {
		const struct need_fact *need = &l->needs.v[i];

		if (!need->why || !module_name_eq(need->why, l->name))
			continue; /* what a module that it needs needs */
		r = path_of(g, need->name, &path, e);
		if (r >= 0)
			strbuf_printf(out, "%s\t%s", any ? " \\\n" : "", path);
		any = true;
	}
	strbuf_str(out, spaced ? "\n\n" : "\n");
	return r;
}

static bool is_of(struct adding *g, struct slice line, const strs *modules)
{
	struct arena_mark mark = arena_mark(g->a);
	struct slice path, rest;
	const char *name =
		text_split(line, ':', &path, &rest) ? module_name_of(path, g->a) : NULL;
	bool found = false;

	for (size_t i = 0; name && i < modules->n; i++)
		found = found || module_name_eq(modules->v[i], name);
	arena_rewind(g->a, mark);
	return found;
}

/* All other entries, as they are. */
static bool keep_entries(struct adding *g, struct slice old, const strs *modules,
			 struct strbuf *out)
{
	struct text t = text_of(old);
	bool going_on = false, dropped = false, spaced = false;
	struct slice line;

	while (text_line(&t, &line)) {
		bool empty = text_trim(line).n == 0;

		spaced = spaced || empty;
		if (!going_on && !empty)
			dropped = is_of(g, line, modules);
		going_on = slice_ends(line, "\\");
		if (dropped)
			continue;
		strbuf_add(out, line.p, line.n);
		strbuf_char(out, '\n');
	}
	return spaced;
}

int old_index_make(struct adding *g, const strs *modules, own_indexes *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	const char *path = arena_printf(g->a, "%s/modules.dep", g->kernel->modules_dir);
	struct own_index new = {.path = path};
	struct slice old;
	struct file f;
	bool spaced;
	int r = path ? tree_read(g->guest.tree, path, LIMIT_TABLE_FILE, g->a, &f, &old, e)
		     : arena_full(g->a, e);
	const void *copy;

	if (r < 0)
		return r;
	spaced = keep_entries(g, old, modules, &out);
	for (size_t i = 0; r >= 0 && i < modules->n; i++)
		r = put_entry(g, modules->v[i], spaced, &out, e);
	if (r < 0)
		return r;
	copy = strbuf_ok(&out) ? arena_memdup(g->a, strbuf_text(&out), out.n) : NULL;
	if (!copy)
		return arena_full(g->a, e);
	new.bytes = slice_of(copy, out.n);
	return vec_push(g->a, ret, new) ? 0 : arena_full(g->a, e);
}
