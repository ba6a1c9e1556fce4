/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module_closure.h"

#include "limits.h"

struct search {
	struct module_store *store;
	strs visited;
	struct module_closure found;
};

static bool is_builtin(const struct stored_module *m)
{
	return m->state && slice_eq(slice_str(m->state), "builtin");
}

/* Appends what `m` needs, each behind what that needs itself. A built-in module needs no
 * loading, and is left out. */
static int add_needs(struct search *c, const struct stored_module *m, unsigned depth,
		     struct err *e)
{
	struct arena *a = c->store->g->scratch;

	if (depth > LIMIT_MODULE_CHAIN || c->visited.n > LIMIT_MODULE_CLOSURE)
		return err_set(e, ERR_LIMIT, "%s needs too many other modules", m->name);
	for (size_t i = 0; i < m->needs.n; i++) {
		struct stored_module *need;
		int r;

		if (strs_has(&c->visited, m->needs.v[i]))
			continue;
		r = module_store_get(c->store, m->needs.v[i], &need, e);
		if (r < 0)
			return r;
		if (!vec_push(a, &c->visited, need->name))
			return arena_full(a, e);
		if (is_builtin(need))
			continue;
		if (stored_is_file(need))
			r = add_needs(c, need, depth + 1, e);
		else if (!vec_push(a, &c->found.missing, need->name))
			return arena_full(a, e);
		if (r < 0)
			return r;
		if (!vec_push(a, &c->found.order, need->name))
			return arena_full(a, e);
	}
	return 0;
}

int module_closure_find(struct module_store *s, const struct stored_module *m,
			struct module_closure *ret, struct err *e)
{
	struct search c = {.store = s};
	int r;

	/* A module that is said to need itself is no reason to go round in circles. */
	if (!vec_push(s->g->scratch, &c.visited, m->name))
		return arena_full(s->g->scratch, e);
	r = add_needs(&c, m, 0, e);
	if (r >= 0)
		*ret = c.found;
	return r;
}
