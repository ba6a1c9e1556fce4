/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The modules asked for, in every kernel: what each says of itself, everything it needs
 * (rebuilt from the modules themselves, since modules.dep may be stale), and whether its
 * symbol CRCs are those of this kernel.
 */
#include <string.h>

#include "guest.h"
#include "module_closure.h"
#include "module_neighbours.h"
#include "text.h"
#include "tolerate.h"

static int keep(struct guest *g, const char *s, const char **ret, struct err *e)
{
	*ret = s ? arena_strdup(g->arena, s) : NULL;
	return s && !*ret ? arena_full(g->arena, e) : 0;
}

static int keep_all(struct guest *g, const strs *from, strs *to, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		const char *copy = arena_strdup(g->arena, from->v[i]);

		if (!copy || !vec_push(g->arena, to, copy))
			return arena_full(g->arena, e);
	}
	return 0;
}

static const char *first_beyond(const strs *list, const strs *other)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strs_has(other, list->v[i]))
			return list->v[i];
	return NULL;
}

/* Does modules.dep have the module where it is, with the same closure? */
static int compare_index(struct module_store *s, const struct stored_module *m,
			 const struct module_closure *c, struct module_fact *fact,
			 struct err *e)
{
	const char *lacks, *adds;
	strs names = {0};
	int r;

	fact->dep_file_agrees = KNOWN_NO;
	if (!s->has_index)
		return keep(s->g, "there is no usable modules.dep",
			    &fact->dep_file_problem, e);
	if (!m->line)
		return keep(s->g, "modules.dep does not name it", &fact->dep_file_problem,
			    e);
	if (!m->line_holds)
		return keep(s->g, "modules.dep names another file, which is not there",
			    &fact->dep_file_problem, e);
	/* In Linux 2.4 modules.dep is where the closure came from. */
	fact->dep_file_agrees = KNOWN_NOT;
	if (!m->info.has_depends)
		return 0;
	r = module_line_names(m->line->depends, s->g->scratch, &names, e);
	if (r < 0)
		return r;
	lacks = first_beyond(&c->order, &names);
	adds = first_beyond(&names, &c->order);
	fact->dep_file_agrees = lacks || adds ? KNOWN_NO : KNOWN_YES;
	if (!lacks && !adds)
		return 0;
	fact->dep_file_problem = arena_printf(s->g->arena, "modules.dep %s %s for it",
					      lacks ? "does not name" : "also names",
					      lacks ? lacks : adds);
	return fact->dep_file_problem ? 0 : arena_full(s->g->arena, e);
}

static int keep_closure(struct module_store *s, const struct stored_module *m,
			struct module_fact *fact, struct err *e)
{
	struct module_closure c;
	struct err why = ERR_INIT;
	int r = module_closure_find(s, m, &c, &why);

	if (r == -ERR_LIMIT) {
		/* What it needs is not known: neither is what becomes of it. */
		fact->state = NULL;
		return keep(s->g, why.text, &fact->problem, e);
	}
	if (r < 0) {
		*e = why;
		return r;
	}
	r = compare_index(s, m, &c, fact, e);
	if (r >= 0)
		r = keep_all(s->g, &c.order, &fact->closure, e);
	if (r >= 0)
		r = keep_all(s->g, &c.missing, &fact->closure_missing, e);
	return r;
}

static int make_fact(struct module_store *s, const struct stored_module *m,
		     struct module_fact *ret, struct err *e)
{
	struct module_fact fact = {.state = m->state, .source = m->source};
	struct guest *g = s->g;
	int r = keep(g, m->name, &fact.name, e);

	fact.arch = m->info.arch;
	if (r >= 0)
		r = keep(g, m->problem, &fact.problem, e);
	if (r >= 0)
		r = keep(g, m->info.vermagic, &fact.vermagic, e);
	if (r >= 0)
		r = keep_all(g, &m->needs, &fact.depends, e);
	if (r >= 0)
		r = keep_all(g, &m->info.aliases, &fact.aliases, e);
	if (r >= 0 && stored_is_file(m))
		r = keep_closure(s, m, &fact, e);
	if (r >= 0)
		*ret = fact;
	return r;
}

/* For its copies; as it stands there, and not made alike for all kernels. */
static int keep_packed(struct guest *g, const struct stored_module *m,
		       const struct module_fact *fact, struct err *e)
{
	struct packed_module p = {
		.arch = fact->arch, .vermagic = fact->vermagic, .aliases = fact->aliases};
	int r = keep_all(g, &m->info.depends, &p.depends, e);

	if (r < 0)
		return r;
	memcpy(p.hash, m->hash, sizeof(p.hash));
	return vec_push(g->arena, &g->packed, p) ? 0 : arena_full(g->arena, e);
}

static char *plain_name(struct arena *a, const char *name)
{
	char *copy = arena_strdup(a, name);

	for (char *c = copy; c && *c; c++)
		if (*c == '-')
			*c = '_';
	return copy;
}

/* One fact for a name, unless there is one. */
static int add_fact(struct module_store *s, module_list *list, const char *name,
		    struct err *e)
{
	struct module_fact fact = {0};
	struct stored_module *m;
	int r;

	if (module_by_name(list, name))
		return 0;
	r = module_store_get(s, name, &m, e);
	if (r >= 0)
		r = make_fact(s, m, &fact, e);
	if (r >= 0 && m->packed && stored_is_file(m))
		r = keep_packed(s->g, m, &fact, e);
	if (r < 0)
		return r;
	return vec_push(s->g->arena, list, fact) ? 0 : arena_full(s->g->arena, e);
}

static int add_facts(struct module_store *s, struct kernel_fact *k, struct err *e)
{
	const strs *asked = &s->g->facts->asked;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < asked->n; i++) {
		const char *name = plain_name(s->g->scratch, asked->v[i]);

		r = name ? add_fact(s, &k->modules, name, e)
			 : arena_full(s->g->scratch, e);
	}
	/* Then what those need. A closure is complete: this adds no further ones. */
	for (size_t i = 0, n = k->modules.n; r >= 0 && i < n; i++)
		for (size_t j = 0; r >= 0 && j < k->modules.v[i].closure.n; j++)
			r = add_fact(s, &k->modules, k->modules.v[i].closure.v[j], e);
	return r;
}

static int judge_crcs(struct module_store *s, struct kernel_fact *k, struct err *e)
{
	struct guest *g = s->g;
	struct module_votes votes;
	bool any = false;
	int r;

	for (size_t i = 0; i < s->all.n; i++)
		any |= s->all.v[i]->info.crcs.n > 0;
	if (!any)
		return 0;
	r = module_neighbours_vote(s, k, &votes, e);
	for (size_t i = 0; r >= 0 && i < k->modules.n; i++) {
		struct module_fact *fact = &k->modules.v[i];
		const struct stored_module *m =
			strmap_get(s->stored, slice_str(fact->name));

		if (m && stored_is_file(m))
			fact->crc_agrees = module_votes_judge(&votes, &m->info, g->arena,
							      &fact->crc_problem);
	}
	return r;
}

/* Packages name architectures that ELF files and images have another name for. */
static const struct {
	const char *package, *arch;
} package_arches[] = {
	{"i386", "i386"},    {"i486", "i386"},    {"i586", "i386"},
	{"i686", "i386"},    {"athlon", "i386"},  {"x86_64", "x86_64"},
	{"amd64", "x86_64"}, {"ia32e", "x86_64"}, {"ia64", "ia64"},
};

static const char *arch_of_package(const struct guest *g, const struct kernel_fact *k)
{
	for (size_t i = 0; i < g->facts->packages.n; i++) {
		const struct package_fact *p = &g->facts->packages.v[i];

		if (!p->kernel || !p->arch || strcmp(p->kernel, k->release) != 0)
			continue;
		for (size_t n = 0; n < ARRAY_LEN(package_arches); n++)
			if (strcmp(p->arch, package_arches[n].package) == 0)
				return package_arches[n].arch;
	}
	return NULL;
}

static const char *arch_of_modules(const struct module_store *s)
{
	for (size_t i = 0; i < s->all.n; i++)
		if (stored_is_file(s->all.v[i]))
			return s->all.v[i]->info.arch;
	return NULL;
}

/* An image of before Linux 3.8 does not say for which architecture it is; its modules do,
 * others where none of those asked for is there, and its package. */
static int learn_arch(struct module_store *s, struct kernel_fact *k, struct err *e)
{
	int r = 0;

	k->arch = arch_of_modules(s);
	if (!k->arch)
		r = module_neighbours_read(s, e);
	if (r >= 0 && !k->arch)
		k->arch = arch_of_modules(s);
	if (r >= 0 && !k->arch)
		k->arch = arch_of_package(s->g, k);
	return r;
}

/* After a failure, what was asked for and not answered is said to be unknown. */
static int add_unknown(struct guest *g, struct kernel_fact *k, const char *why,
		       struct err *e)
{
	const char *problem = arena_strdup(g->arena, why);

	if (!problem)
		return arena_full(g->arena, e);
	for (size_t i = 0; i < g->facts->asked.n; i++) {
		struct module_fact fact = {.problem = problem};

		if (module_by_name(&k->modules, g->facts->asked.v[i]))
			continue;
		fact.name = plain_name(g->arena, g->facts->asked.v[i]);
		if (!fact.name || !vec_push(g->arena, &k->modules, fact))
			return arena_full(g->arena, e);
	}
	return 0;
}

static int read_kernel(struct guest *g, struct kernel_fact *k, struct err *e)
{
	struct module_store store;
	int r = module_store_open(g, k, &store, e);

	if (r >= 0)
		r = add_facts(&store, k, e);
	if (r >= 0)
		r = judge_crcs(&store, k, e);
	if (r >= 0 && !k->arch)
		r = learn_arch(&store, k, e);
	if (r < 0) {
		struct err why = *e;

		r = tolerate(g, "modules", k->modules_dir ? k->modules_dir : k->release,
			     e);
		return r < 0 ? r : add_unknown(g, k, why.text, e);
	}
	return 0;
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Another image of the same release, whose modules were read before. */
static const struct kernel_fact *read_before(const struct guest *g, size_t kernel)
{
	const struct kernel_fact *k = &g->facts->kernels.v[kernel];

	for (size_t i = 0; k->modules_dir && i < kernel; i++) {
		const struct kernel_fact *other = &g->facts->kernels.v[i];

		if (same(k->modules_dir, other->modules_dir) &&
		    same(k->release, other->release) && same(k->config, other->config))
			return other;
	}
	return NULL;
}

static int read_or_share(struct guest *g, size_t kernel, struct err *e)
{
	struct kernel_fact *k = &g->facts->kernels.v[kernel];
	const struct kernel_fact *other = read_before(g, kernel);

	if (!other)
		return read_kernel(g, k, e);
	k->modules = other->modules;
	k->modules_files = other->modules_files;
	k->configs = other->configs;
	k->config_read = other->config_read;
	if (!k->arch)
		k->arch = other->arch;
	return 0;
}

static int read_all(struct guest *g, struct err *e)
{
	for (size_t i = 0; i < g->facts->kernels.n; i++) {
		struct arena_mark mark = arena_mark(g->scratch);
		int r = read_or_share(g, i, e);

		arena_rewind(g->scratch, mark);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct guest_reader read_modules = {
	.name = "modules",
	.doc = "the drivers asked for in every kernel, with everything they need",
	.read = read_all,
};
