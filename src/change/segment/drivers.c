/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which modules of the guest the initramfs has to hold: the drivers, everything they
 * need, and what they ask for by "softdep" (modprobe.d(5)) as far as it is there.
 */
#include "adding.h"

#include "escape.h"
#include "fits.h"
#include "kmod_index.h"
#include "limits.h"
#include "module_closure.h"
#include "text.h"

const struct chosen *chosen_find(const struct adding *g, const char *name)
{
	size_t at = (size_t)strmap_get(g->by_name, slice_str(name));

	return at ? &g->modules.v[at - 1] : NULL;
}

/* `needs`: all that it needs itself. */
static int choose(struct adding *g, const struct stored_module *m, const strs *needs,
		  struct err *e)
{
	struct chosen new = {.name = m->name, .module = m, .needs = *needs};
	int r;

	if (g->modules.n >= LIMIT_MODULE_CLOSURE)
		return err_set(e, ERR_LIMIT, "more than %d modules to add",
			       LIMIT_MODULE_CLOSURE);
	r = tree_find(g->guest.tree, m->source.path, &new.file, e);
	if (r < 0)
		return r;
	if (!vec_push(g->a, &g->modules, new) ||
	    !strmap_set(g->by_name, slice_str(new.name), (void *)g->modules.n))
		return arena_full(g->a, e);
	return 0;
}

static int choose_by_name(struct adding *g, const char *name, struct err *e)
{
	struct module_closure needs;
	struct stored_module *m;
	int r;

	if (chosen_find(g, name))
		return 0;
	r = module_store_get(&g->store, name, &m, e);
	if (r >= 0)
		r = module_closure_find(&g->store, m, &needs, e);
	return r < 0 ? r : choose(g, m, &needs.order, e);
}

/* `needs` are those of `m`; the modules in there need some of them, too. */
static int choose_all(struct adding *g, const struct stored_module *m, const strs *needs,
		      struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < needs->n; i++)
		r = choose_by_name(g, needs->v[i], e);
	return r < 0 || chosen_find(g, m->name) ? r : choose(g, m, needs, e);
}

int drivers_choose(struct adding *g, const struct stored_module *m, struct err *e)
{
	struct module_closure needs;
	int r;

	if (chosen_find(g, m->name))
		return 0;
	r = module_closure_find(&g->store, m, &needs, e);
	if (r >= 0 && needs.missing.n)
		return err_set(e, ERR_UNSUPPORTED, "%s needs %s, which is missing",
			       escape_short(slice_str(m->name)).text,
			       escape_short(slice_str(needs.missing.v[0])).text);
	return r < 0 ? r : choose_all(g, m, &needs.order, e);
}

int drivers_choose_whole(struct adding *g, const struct stored_module *m, struct err *e)
{
	struct module_closure needs;
	int r;

	if (chosen_find(g, m->name))
		return 0;
	r = module_closure_find(&g->store, m, &needs, e);
	return r < 0 || needs.missing.n ? r : choose_all(g, m, &needs.order, e);
}

static const char *plain_name(struct arena *a, struct slice name)
{
	char *copy = arena_strndup(a, name);

	for (char *c = copy; c && *c; c++)
		if (*c == '-')
			*c = '_';
	return copy;
}

static int add_driver(struct adding *g, const char *driver, struct err *e)
{
	const char *name = plain_name(g->a, slice_str(driver)), *why;
	struct stored_module *m;
	int r;

	if (!name)
		return arena_full(g->a, e);
	r = module_fits(g->facts, g->kernel, name, g->a, &why, e);
	if (r < 0)
		return r;
	if (why)
		return err_set(e, ERR_UNSUPPORTED, "%s", why);
	r = module_store_get(&g->store, name, &m, e);
	if (r < 0)
		return r;
	if (text_same(m->state, "builtin"))
		return 0;
	if (!stored_is_file(m))
		return err_set(e, ERR_CORRUPT, "%s cannot be read again",
			       escape_short(slice_str(name)).text);
	if (!strs_add_once(g->a, &g->drivers, name))
		return arena_full(g->a, e);
	return drivers_choose(g, m, e);
}

/* Adds a module that another one asks for, when it is there, whole, and of the same
 * build. */
static int add_soft(struct adding *g, const char *name, const char *vermagic,
		    bool *ret_known, struct err *e)
{
	struct stored_module *m;
	int r = module_store_get(&g->store, name, &m, e);

	*ret_known = r >= 0 && m->state && !text_same(m->state, "absent");
	if (r < 0 || !stored_is_file(m) || !text_same(m->info.vermagic, vermagic))
		return r;
	return drivers_choose_whole(g, m, e);
}

/* It may be an alias, as "crypto-crc32c" is: all modules with exactly this one. */
static int add_by_alias(struct adding *g, const char *alias, const char *vermagic,
			struct slice table, struct err *e)
{
	const char *key = kmod_alias_key(alias, g->a);
	struct text t = text_of(table);
	struct slice line, word, module;
	const char *name;
	bool known;
	int r = key ? 0 : arena_full(g->a, e);

	while (r >= 0 && text_line(&t, &line)) {
		if (!text_word(&line, &word) || !slice_eq(word, "alias") ||
		    !text_word(&line, &word) || !slice_eq(word, key) ||
		    !text_word(&line, &module))
			continue;
		name = plain_name(g->a, module);
		r = name ? add_soft(g, name, vermagic, &known, e) : arena_full(g->a, e);
	}
	return r;
}

/* "pre: a b post: c" */
static int add_softdeps(struct adding *g, const struct stored_module *m,
			struct slice table, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < m->info.softdeps.n; i++) {
		struct slice rest = slice_str(m->info.softdeps.v[i]), word;
		bool known;

		while (r >= 0 && text_word(&rest, &word)) {
			const char *name = plain_name(g->a, word);

			if (!name)
				return arena_full(g->a, e);
			if (slice_ends(word, ":"))
				continue;
			if (g->soft_names++ >= LIMIT_MODULE_CLOSURE)
				return err_set(e, ERR_LIMIT,
					       "%s asks for too many other modules",
					       escape_short(slice_str(m->name)).text);
			r = add_soft(g, name, m->info.vermagic, &known, e);
			if (r >= 0 && !known)
				r = add_by_alias(g, name, m->info.vermagic, table, e);
		}
	}
	return r;
}

/* The kernel's own modules.alias; empty when it is not there. */
static int read_aliases(struct adding *g, struct slice *ret, struct err *e)
{
	const char *path = arena_printf(g->a, "%s/modules.alias", g->kernel->modules_dir);
	struct file f;
	int r;

	*ret = SLICE_NONE;
	if (!path)
		return arena_full(g->a, e);
	r = tree_read(g->guest.tree, path, LIMIT_TABLE_FILE, g->a, &f, ret, e);
	if (r != -ERR_ABSENT)
		return r;
	err_clear(e);
	return 0;
}

int drivers_find(struct adding *g, const strs *names, bool soft, struct err *e)
{
	struct slice table = SLICE_NONE;
	bool asks = false;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < names->n; i++)
		r = add_driver(g, names->v[i], e);
	for (size_t i = 0; i < g->modules.n; i++)
		asks = asks || g->modules.v[i].module->info.softdeps.n;
	if (r < 0 || !soft || !asks)
		return r;
	r = read_aliases(g, &table, e);
	/* The list grows meanwhile: those that are added may ask for more. */
	for (size_t i = 0; r >= 0 && i < g->modules.n; i++)
		r = add_softdeps(g, g->modules.v[i].module, table, e);
	return r;
}
