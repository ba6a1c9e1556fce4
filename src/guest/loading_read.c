/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For every kernel asked about: its lists of symbols, its own modules, then the modules
 * that the files given need, and what all that says of each file.
 */
#include "loading_read.h"

#include <string.h>

#include "escape.h"
#include "limits.h"
#include "loading_kernels.h"
#include "loading_sources.h"

/* One file that was given. */
struct given {
	const char *file, *name, *problem;
	enum known is_module;
	struct module_info info;
	struct module_symbols symbols;
};
typedef VEC(struct given) given_list;

static char *plain_name(struct arena *a, const char *name)
{
	char *copy = arena_strdup(a, name);

	for (char *c = copy; c && *c; c++)
		if (*c == '-')
			*c = '_';
	return copy;
}

static int read_given(const struct loading_input *in, struct arena *room, given_list *ret,
		      struct err *e)
{
	for (size_t i = 0; i < in->modules.n; i++) {
		const struct loading_file *f = &in->modules.v[i];
		struct file_bytes b = loading_bytes(f);
		struct given *g = vec_add(room, ret);
		struct err why = ERR_INIT;
		int r;

		if (!g)
			return arena_full(room, e);
		g->file = f->name;
		r = module_read(&b, room, &g->info, &g->symbols, &why);
		if (r == -ERR_NOMEM || r == -ERR_BUG || r == -ERR_IO) {
			*e = why;
			return err_wrap(e, "%s", escape_short(slice_str(f->name)).text);
		}
		g->is_module = r >= 0                                  ? KNOWN_YES
			       : r == -ERR_CORRUPT || r == -ERR_ABSENT ? KNOWN_NO
								       : KNOWN_NOT;
		if (r < 0)
			g->problem = arena_strdup(room, why.text);
		g->name = g->info.name ? plain_name(room, g->info.name)
				       : module_name_of(slice_str(f->name), room);
		if (!g->name)
			g->name = plain_name(room, f->name);
		if (!g->name || (r < 0 && !g->problem))
			return arena_full(room, e);
	}
	return 0;
}

static const struct given *given_by_name(const given_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!list->v[i].problem && module_name_eq(list->v[i].name, name))
			return &list->v[i];
	return NULL;
}

/* While the needs of one file are collected. */
struct needing {
	struct learning *l;
	const given_list *given;
	struct loading_fact *to;
};

static struct need_fact *need_by_name(const struct loading_fact *f, const char *name)
{
	for (size_t i = 0; i < f->needs.n; i++)
		if (module_name_eq(f->needs.v[i].name, name))
			return &f->needs.v[i];
	return NULL;
}

static int add_needs(struct needing *n, const strs *names, const char *why,
		     unsigned depth, struct err *e);

/* A module that is known from the disk, and then what it needs itself. */
static int take_installed(struct needing *n, size_t at, unsigned depth, struct err *e)
{
	struct arena *a = n->l->g->arena;
	struct stored_module *m;
	struct need_fact *need;
	int r = module_store_get(&n->l->store, n->to->needs.v[at].name, &m, e);

	if (r < 0)
		return r;
	need = &n->to->needs.v[at];
	need->state = m->state;
	need->arch = m->info.arch;
	if (m->problem) {
		need->problem = arena_strdup(a, m->problem);
		if (!need->problem)
			return arena_full(a, e);
	}
	return add_needs(n, &m->needs, need->name, depth + 1, e);
}

static int add_need(struct needing *n, const char *name, const char *why, unsigned depth,
		    struct err *e)
{
	struct arena *a = n->l->g->arena;
	const struct given *given;
	struct need_fact *need;

	if (module_name_eq(name, n->to->name) || need_by_name(n->to, name))
		return 0;
	if (depth > LIMIT_MODULE_CHAIN || n->to->needs.n >= LIMIT_MODULE_CLOSURE)
		return err_set(e, ERR_LIMIT, "%s needs too many other modules",
			       escape_short(slice_str(n->to->name)).text);
	need = vec_add(a, &n->to->needs);
	if (!need)
		return arena_full(a, e);
	need->name = plain_name(a, name);
	need->spelled = arena_strdup(a, name);
	need->why = arena_strdup(a, why);
	if (!need->name || !need->spelled || !need->why)
		return arena_full(a, e);
	given = given_by_name(n->given, name);
	if (given) {
		need->state = "given";
		need->arch = given->info.arch;
		return add_needs(n, &given->info.depends, given->name, depth + 1, e);
	}
	if (n->l->kernel)
		return take_installed(n, n->to->needs.n - 1, depth, e);
	need->problem = "no disk was given to look for it";
	return 0;
}

static int add_needs(struct needing *n, const strs *names, const char *why,
		     unsigned depth, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < names->n; i++)
		r = add_need(n, names->v[i], why, depth, e);
	return r;
}

/* A list that stays short: it is searched from its start for every name. */
static int add_name(const struct learning *l, const char *name, strs *list, struct err *e)
{
	if (list->n > LIMIT_MODULE_CLOSURE)
		return err_set(e, ERR_LIMIT, "more than %d other modules are needed",
			       LIMIT_MODULE_CLOSURE);
	return name && strs_add_once(l->arena, list, name) ? 0 : arena_full(l->arena, e);
}

/* Modules that export what this one needs, whether it names them or not. */
static int exporters_of(const struct learning *l, const struct given *g, strs *ret,
			struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < g->symbols.needs.n; i++) {
		const struct want *want = wants_get(&l->wants, g->symbols.needs.v[i]);
		const char *from = want ? want_exporter(&l->wants, want) : NULL;

		if (from)
			r = add_name(l, from, ret, e);
	}
	return r;
}

static int collect_needs(struct needing *n, const struct given *g, struct err *e)
{
	strs exporters = {0};
	struct err why = ERR_INIT;
	int r = exporters_of(n->l, g, &exporters, e);

	if (r < 0)
		return r;
	r = add_needs(n, &g->info.depends, g->name, 0, &why);
	if (r >= 0)
		r = add_needs(n, &exporters, g->name, 0, &why);
	if (r == -ERR_LIMIT && n->to->needs.n) {
		struct need_fact *last = &n->to->needs.v[n->to->needs.n - 1];

		last->state = NULL;
		last->problem = arena_strdup(n->l->g->arena, why.text);
		return last->problem ? 0 : arena_full(n->l->g->arena, e);
	}
	if (r < 0)
		*e = why;
	/* A kernel without a disk: what its list names as the exporter is there. */
	for (size_t i = 0; r >= 0 && !n->l->kernel && i < exporters.n; i++) {
		struct need_fact *need = need_by_name(n->to, exporters.v[i]);

		if (need && !need->state) {
			need->state = "file";
			need->problem = NULL;
		}
	}
	return r;
}

static int keep(struct arena *a, const char *s, const char **ret, struct err *e)
{
	*ret = s ? arena_strdup(a, s) : NULL;
	return s && !*ret ? arena_full(a, e) : 0;
}

static int judge_given(struct learning *l, const given_list *all, const struct given *g,
		       struct err *e)
{
	struct loading_fact fact = {.is_module = g->is_module,
				    .arch = g->info.arch,
				    .states_crcs = g->info.crcs.n > 0};
	struct needing n = {l, all, &fact};
	struct arena *a = l->g->arena;
	int r = keep(a, g->file, &fact.file, e);

	if (r >= 0)
		r = keep(a, g->problem, &fact.problem, e);
	if (r >= 0)
		r = keep(a, g->name, &fact.name, e);
	if (r >= 0)
		r = keep(a, g->info.vermagic, &fact.vermagic, e);
	if (r >= 0 && !g->problem)
		r = wants_judge(&l->wants, &g->info, &g->symbols, l->build->states_crcs,
				a, &fact, e);
	if (r >= 0 && !g->problem)
		r = collect_needs(&n, g, e);
	if (r < 0)
		return r;
	return vec_push(a, &l->build->loadings, fact) ? 0 : arena_full(a, e);
}

/* What most of the kernel's own modules say is what the kernel says. */
static void conclude_build(struct learning *l)
{
	const struct build_forms *forms = &l->forms;
	struct build_fact *b = l->build;
	unsigned best = 0;

	for (unsigned i = 0; i < forms->n; i++)
		if (forms->forms[i].count > best) {
			best = forms->forms[i].count;
			b->vermagic = forms->forms[i].vermagic;
			b->vermagic_from = forms->forms[i].from;
		}
	if (!b->arch)
		b->arch = forms->arch;
	if (forms->with != forms->without)
		b->states_crcs = forms->with > forms->without ? KNOWN_YES : KNOWN_NO;
	/* Some exported symbols never have a CRC: one that has is enough. */
	for (size_t i = 0; i < l->wants.all.n && b->states_crcs == KNOWN_NOT; i++)
		if (l->wants.all.v[i]->list.has_crc)
			b->states_crcs = KNOWN_YES;
	b->complete = wants_complete(&l->wants) ? KNOWN_YES : KNOWN_NO;
}

/* Exported by the files given, to each other. */
static int learn_given(struct learning *l, const given_list *all, struct err *e)
{
	int r = wants_new(l->arena, &l->wants, e);

	for (size_t i = 0; r >= 0 && i < all->n; i++)
		if (!all->v[i].problem)
			r = wants_add(&l->wants, &all->v[i].info, &all->v[i].symbols, e);
	for (size_t i = 0; r >= 0 && i < all->n; i++)
		if (!all->v[i].problem)
			r = wants_exports(&l->wants, &all->v[i].symbols, true,
					  all->v[i].name, e);
	return r;
}

static int learn_needed(struct learning *l, const given_list *all, struct err *e)
{
	strs names = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < all->n; i++) {
		const strs *depends = &all->v[i].info.depends;

		r = exporters_of(l, &all->v[i], &names, e);
		for (size_t j = 0; r >= 0 && j < depends->n; j++)
			r = add_name(l, plain_name(l->arena, depends->v[j]), &names, e);
	}
	return r < 0 ? r : learn_exporters(l, &names, e);
}

static int read_kernel(struct learning *l, const given_list *all, struct err *e)
{
	struct kernel_fact copy = l->kernel ? *l->kernel : (struct kernel_fact){0};
	int r = learn_given(l, all, e);

	if (r >= 0 && l->kernel)
		r = module_store_open(l->g, &copy, &l->store, e);
	if (r >= 0)
		r = learn_lists(l, e);
	if (r >= 0)
		r = learn_neighbours(l, e);
	if (r < 0)
		return r;
	wants_settle(&l->wants);
	if (l->wants.list_differs &&
	    guest_remark(l->g, "modules", (struct source){0},
			 "the list of symbols of %s contradicts its modules: it is "
			 "another kernel's, and was not used",
			 escape_short(slice_str(l->build->release ? l->build->release
								  : "this kernel"))
				 .text) < 0)
		return arena_full(l->g->arena, e);
	r = learn_needed(l, all, e);
	if (r < 0)
		return r;
	conclude_build(l);
	for (size_t i = 0; r >= 0 && i < all->n; i++)
		r = judge_given(l, all, &all->v[i], e);
	return r;
}

static int add_kernel(struct guest *g, const struct loading_input *in,
		      const given_list *all, const struct kernel_fact *k,
		      struct loadings *ret, struct err *e)
{
	struct arena_mark mark = arena_mark(g->scratch);
	struct build_fact build = {.release = k ? k->release : in->release,
				   .arch = k ? k->arch : NULL,
				   .is_default = k && k->is_default};
	struct learning l = {
		.g = g, .in = in, .kernel = k, .build = &build, .arena = g->scratch};
	int r = read_kernel(&l, all, e);

	arena_rewind(g->scratch, mark);
	if (r < 0)
		return k ? err_wrap(e, "kernel %s",
				    escape_short(slice_str(k->release)).text)
			 : r;
	return vec_push(g->arena, &ret->kernels, build) ? 0 : arena_full(g->arena, e);
}

int loading_read(struct guest *g, const struct loading_input *in, struct loadings *ret,
		 struct err *e)
{
	_cleanup_arena_ struct arena *room = arena_new(LIMIT_LOADING_MEMORY);
	given_list all = {0};
	int r;

	if (!room)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = read_given(in, room, &all, e);
	if (r >= 0 && !g->tree)
		return in->symvers.blocks || in->neighbours.n
			       ? add_kernel(g, in, &all, NULL, ret, e)
			       : 0;
	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; r >= 0 && i < g->facts->kernels.n; i++) {
			const struct kernel_fact *k = &g->facts->kernels.v[i];

			if (k->is_default == (first == 1) && loading_asks(in, k))
				r = add_kernel(g, in, &all, k, ret, e);
		}
	if (r < 0)
		return r;
	if (in->release)
		return ret->kernels.n ? 0 : loading_no_kernel(g, in->release, e);
	return loading_tell_left_out(g, e);
}
