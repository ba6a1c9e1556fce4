/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Indexes of depmod on the guest's disk that do not fit its modules. */
#include "making.h"

#include "text.h"

static bool is_stale(const struct module_fact *f)
{
	return f && text_same(f->state, "file") && f->dep_file_agrees == KNOWN_NO;
}

/* The module whose file a link speaks of. */
static const char *stale_at(const struct kernel_fact *k, const struct source *at)
{
	for (size_t i = 0; at->path && i < k->modules.n; i++)
		if (is_stale(&k->modules.v[i]) &&
		    text_same(k->modules.v[i].source.path, at->path))
			return k->modules.v[i].name;
	return NULL;
}

static struct plan_indexes *indexes_for(struct maker *m, struct plan_step *s,
					const struct kernel_fact *k)
{
	struct plan_indexes *x;

	for (size_t i = 0; i < s->indexes.n; i++)
		if (text_same(s->indexes.v[i].folder, k->modules_dir))
			return &s->indexes.v[i];
	x = vec_add(m->judge.arena, &s->indexes);
	if (!x)
		m->judge.full = true;
	else
		*x = (struct plan_indexes){.kernel = k->release,
					   .folder = k->modules_dir};
	return x;
}

void add_stale_lines(struct maker *m, struct plan_step *s, const struct link *l)
{
	const char *module = m->kernels.n && !l->word
				     ? stale_at(m->kernels.v[0].fact, &l->source)
				     : NULL;

	for (size_t i = 0; module && i < m->kernels.n; i++) {
		const struct kernel_fact *k = m->kernels.v[i].fact;
		struct plan_indexes *x =
			!m->kernels.v[i].left_out && k->modules_dir &&
					is_stale(module_by_name(&k->modules, module))
				? indexes_for(m, s, k)
				: NULL;

		if (x)
			add_once(m, &x->modules, module);
	}
}
