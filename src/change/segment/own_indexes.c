/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "own_indexes.h"

#include "escape.h"
#include "limits.h"
#include "merge.h"
#include "old_index.h"
#include "text.h"

/* What `depmod -a` would write of a module is known of these. */
static const enum index_kind kinds[] = {INDEX_DEP, INDEX_ALIAS, INDEX_SYMBOLS,
					INDEX_SOFTDEP, INDEX_PCIMAP};

static int choose(struct adding *g, const char *name, struct err *e)
{
	struct stored_module *m;
	int r = module_store_get(&g->store, name, &m, e);

	if (r < 0)
		return r;
	if (!stored_is_file(m))
		return err_set(e, ERR_UNSUPPORTED, "%s is no file that could be read",
			       escape_short(slice_str(name)).text);
	return drivers_choose(g, m, e);
}

/* Does a line name a module that is made anew by a path where that is not? */
static bool names_wrongly(struct adding *g, struct slice depends)
{
	struct slice word;

	while (text_word(&depends, &word)) {
		struct arena_mark mark = arena_mark(g->a);
		const char *name = module_name_of(word, g->a);
		const struct chosen *c = name ? chosen_find(g, name) : NULL;

		arena_rewind(g->a, mark);
		if (c && c->index && !slice_ends(word, c->path))
			return true;
	}
	return false;
}

/* Paths of all that were chosen since `from`, and which of them get new lines. */
static int see_chosen(struct adding *g, size_t from, const strs *modules, struct err *e)
{
	for (size_t i = from; i < g->modules.n; i++) {
		struct chosen *c = &g->modules.v[i];

		c->path = arena_strndup(g->a, module_path_below(g, c));
		if (!c->path)
			return arena_full(g->a, e);
		c->index = !c->module->line_holds;
		for (size_t n = 0; n < modules->n; n++)
			c->index = c->index || module_name_eq(modules->v[n], c->name);
	}
	return 0;
}

/* Modules that need those whose place is another one now. */
static int choose_dependents(struct adding *g, struct err *e)
{
	const module_lines *lines = &g->store.index.lines;
	strs found = {0};
	int r = 0;

	for (size_t i = 0; i < lines->n; i++) {
		const struct module_line *l = &lines->v[i];

		if (*l->name && names_wrongly(g, l->depends) &&
		    !strs_add_once(g->a, &found, l->name))
			return arena_full(g->a, e);
	}
	for (size_t i = 0; r >= 0 && i < found.n; i++) {
		size_t n = g->modules.n;
		struct stored_module *m;

		r = module_store_get(&g->store, found.v[i], &m, e);
		if (r >= 0 && stored_is_file(m))
			r = drivers_choose_whole(g, m, e);
		if (r >= 0)
			r = see_chosen(g, n, &found, e);
	}
	return r;
}

static int read_old(struct adding *g, const char *path, struct slice *ret, bool *ret_has,
		    struct err *e)
{
	struct file f;
	int r = path ? tree_read(g->guest.tree, path, LIMIT_TABLE_FILE, g->a, &f, ret, e)
		     : arena_full(g->a, e);

	*ret_has = r >= 0;
	if (r != -ERR_ABSENT)
		return r;
	err_clear(e);
	return 0;
}

static int keep(struct adding *g, own_indexes *to, const char *path, struct slice bytes,
		struct err *e)
{
	struct own_index new = {path, bytes};

	return vec_push(g->a, to, new) ? 0 : arena_full(g->a, e);
}

static int make_index(struct adding *g, enum index_kind kind, own_indexes *ret,
		      struct err *e)
{
	struct index_merge m = {
		.g = g, .kind = kind, .own = true, .names = strmap_new(g->a)};
	const char *path =
		arena_printf(g->a, "%s/%s", g->kernel->modules_dir, index_name(kind));
	const char *binary = path ? arena_printf(g->a, "%s.bin", path) : NULL;
	struct slice bytes;
	int r;

	if (!m.names || !binary)
		return arena_full(g->a, e);
	r = read_old(g, path, &m.text, &m.has_text, e);
	if (r >= 0 && index_has_binary(kind))
		r = read_old(g, binary, &m.binary, &m.has_binary, e);
	if (r < 0 || (!m.has_text && !m.has_binary))
		return r;
	r = index_merge_find(&m, e);
	if (r >= 0 && m.has_binary) {
		r = index_merge_binary(&m, &bytes, e);
		if (r >= 0)
			r = keep(g, ret, binary, bytes, e);
	}
	if (r >= 0 && m.has_text) {
		r = index_merge_text(&m, &bytes, e);
		if (r >= 0)
			r = keep(g, ret, path, bytes, e);
	}
	return r < 0 ? err_wrap(e, "%s", index_name(kind)) : 0;
}

static int make(struct adding *g, const strs *modules, own_indexes *ret, struct err *e)
{
	int r = adding_open(g, e);

	if (r < 0)
		return r;
	if (g->store.has_index && slice_starts(slice_str(g->kernel->release), "2.4."))
		return old_index_make(g, modules, ret, e);
	if (!g->store.has_index)
		return err_set(e, ERR_UNSUPPORTED,
			       "%s: its modules.dep has to be made as a whole: depmod -a",
			       escape_short(slice_str(g->kernel->release)).text);
	for (size_t i = 0; r >= 0 && i < modules->n; i++)
		r = choose(g, modules->v[i], e);
	if (r >= 0)
		r = see_chosen(g, 0, modules, e);
	if (r >= 0)
		r = choose_dependents(g, e);
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(kinds); i++)
		r = make_index(g, kinds[i], ret, e);
	return r;
}

int change_own_indexes(struct guest *guest, const struct kernel_fact *kernel,
		       const strs *modules, struct arena *a, own_indexes *ret,
		       struct err *e)
{
	struct facts facts = {0};
	strs none = {0};
	struct adding g = {.guest = *guest,
			   .facts = guest->facts,
			   .kernel = kernel,
			   .a = a,
			   .allowed = &none};

	*ret = (own_indexes){0};
	if (!kernel->release || !kernel->modules_dir)
		return err_set(e, ERR_UNSUPPORTED, "the kernel has no modules");
	g.guest.facts = &facts;
	g.guest.arena = g.guest.scratch = a;
	return make(&g, modules, ret, e);
}
