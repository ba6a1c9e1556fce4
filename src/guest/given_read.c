/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "given_read.h"

#include "escape.h"
#include "limits.h"

static int keep(struct arena *a, const char *s, const char **ret, struct err *e)
{
	*ret = s ? arena_strdup(a, s) : NULL;
	return s && !*ret ? arena_full(a, e) : 0;
}

static int describe(struct guest *g, const struct rpm_file *file,
		    struct given_package_fact *ret, struct err *e)
{
	const struct rpm_package *p = &file->package;
	struct arena *a = g->arena;
	int r = keep(a, p->name, &ret->name, e);

	if (r >= 0)
		r = keep(a, p->arch, &ret->arch, e);
	ret->version = arena_printf(a, "%s-%s", p->version, p->release);
	for (size_t i = 0; r >= 0 && i < file->members.n; i++) {
		const struct rpm_file_member *m = &file->members.v[i];
		struct given_file_fact f = {.size = m->bytes.n};

		r = keep(a, m->path, &f.path, e);
		if (r >= 0)
			r = keep(a, m->kernel, &f.kernel, e);
		if (r >= 0)
			r = keep(a, m->module, &f.module, e);
		if (r >= 0 && !vec_push(a, &ret->files, f))
			r = arena_full(a, e);
	}
	for (size_t i = 0; r >= 0 && i < file->others.n; i++) {
		const char *path = arena_strdup(a, file->others.v[i]);

		if (!path || !vec_push(a, &ret->others, path))
			r = arena_full(a, e);
	}
	return r < 0 || ret->version ? r : arena_full(a, e);
}

static void free_modules(loading_files *list)
{
	for (size_t i = 0; i < list->n; i++)
		blocks_free(list->v[i].blocks);
}

static int open_modules(struct guest *g, const struct rpm_file *file, loading_files *ret,
			struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < file->members.n; i++) {
		const struct rpm_file_member *m = &file->members.v[i];
		struct loading_file *f;

		if (!m->module)
			continue;
		if (ret->n == LIMIT_LOADING_FILES)
			return err_set(e, ERR_LIMIT, "a package of more than %d modules",
				       LIMIT_LOADING_FILES);
		f = vec_add(g->arena, ret);
		if (!f)
			return arena_full(g->arena, e);
		f->name = m->path;
		r = blocks_memory(m->bytes, &f->blocks, e);
	}
	if (r >= 0 && !ret->n)
		return err_set(e, ERR_UNSUPPORTED,
			       "it has no modules below /lib/modules");
	return r;
}

/* What is noticed while the kernels are read belongs to the package, not to the guest. */
static int hold(struct guest *g, const struct rpm_file *file,
		struct given_package_fact *ret, struct err *e)
{
	_cleanup_(free_modules) loading_files modules = {0};
	struct facts facts = *g->facts;
	struct guest own = *g;
	struct loading_input in = {0};
	struct loadings l = {0};
	int r = open_modules(g, file, &modules, e);

	if (r < 0)
		return r;
	in.modules = modules;
	facts.problems.n = facts.problems.cap = 0;
	facts.problems.v = NULL;
	own.facts = &facts;
	r = loading_read(&own, &in, &l, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < l.kernels.n; i++)
		if (!vec_push(g->arena, &ret->kernels, l.kernels.v[i]))
			return arena_full(g->arena, e);
	for (size_t i = 0; i < facts.problems.n; i++)
		if (!vec_push(g->arena, &ret->problems, facts.problems.v[i]))
			return arena_full(g->arena, e);
	return 0;
}

int given_read(struct guest *g, const struct loading_file *from, struct arena *a,
	       struct rpm_file *ret_file, struct err *e)
{
	struct given_package_fact fact = {.file = from->name};
	struct err why = ERR_INIT;
	int r = rpm_file_read(from->blocks, a, ret_file, &why);

	if (r >= 0)
		r = describe(g, ret_file, &fact, &why);
	if (r >= 0)
		r = hold(g, ret_file, &fact, &why);
	if (r == -ERR_NOMEM || r == -ERR_BUG || r == -ERR_IO) {
		*e = why;
		return err_wrap(e, "%s", escape_short(slice_str(from->name)).text);
	}
	if (r < 0) {
		ret_file->members.n = 0;
		fact.problem = arena_strdup(g->arena, why.text);
		if (!fact.problem)
			return arena_full(g->arena, e);
	}
	return vec_push(g->arena, &g->facts->given_packages, fact)
		       ? 0
		       : arena_full(g->arena, e);
}
