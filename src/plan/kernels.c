/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's kernels as the platform's tables know them. */
#include "making.h"

/* The variant is told by the name alone. */
static const char *flavour_of(struct maker *m, const struct kernel_fact *k)
{
	struct err why = ERR_INIT;
	struct kernel_id id;

	if (!k->release ||
	    kernel_id_parse(slice_str(k->release), m->judge.arena, &id, &why) < 0)
		return "";
	return id.variant;
}

/* `sheet`: what the verdict has on it, or NULL. */
static int add_kernel(struct maker *m, const struct kernel_fact *fact,
		      const struct worksheet *sheet, struct err *e)
{
	struct plan_kernel *k = vec_add(m->judge.arena, &m->kernels);
	worksheet_list own = {0};
	int r = 0;

	if (!k)
		return arena_full(m->judge.arena, e);
	m->judge.kernel = fact;
	if (!sheet)
		r = find_sheet(&m->judge, NULL, &own, e);
	*k = (struct plan_kernel){fact, own.n ? &own.v[0] : sheet, flavour_of(m, fact)};
	return r;
}

int find_kernels(struct maker *m, struct err *e)
{
	const struct facts *f = m->judge.facts;
	const struct kernel_fact *first = facts_default_kernel(f);
	const struct worksheet *sheet =
		m->verdict->sheets.n ? &m->verdict->sheets.v[0] : NULL;
	int r = first ? add_kernel(m, first, sheet, e) : 0;

	for (size_t i = 0; r >= 0 && first && i < f->kernels.n; i++)
		if (!f->kernels.v[i].is_default && f->kernels.v[i].entries.n)
			r = add_kernel(m, &f->kernels.v[i], NULL, e);
	return r;
}

const char *lacking_driver(const struct maker *m, const struct plan_kernel *k,
			   const cause_list *causes)
{
	for (size_t i = 0; i < causes->n; i++) {
		const struct platform_choice *c =
			platform_choice_of(m, causes->v[i].device);

		if (c && find_driver(k->fact, c->driver).found == FOUND_NOT)
			return c->driver->modules.v[0];
	}
	return NULL;
}
