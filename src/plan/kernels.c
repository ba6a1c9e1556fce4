/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's kernels as the platform's tables know them. */
#include "making.h"

/* The tables' word on a kernel that does not start by default: for the processor that
 * the default one was built for, as a name from uname -r does not tell. */
static int judge_other(struct maker *m, const struct worksheet *first,
		       struct plan_kernel *k, struct err *e)
{
	struct arena *a = m->judge.arena;
	struct worksheet *sheet = arena_new_of(a, struct worksheet);
	struct kernel_id id;
	struct err why = ERR_INIT;
	int r;

	if (!sheet)
		return arena_full(a, e);
	r = k->fact->release ? kernel_id_parse(slice_str(k->fact->release), a, &id, &why)
			     : -ERR_ABSENT;
	if (r < 0)
		return 0; /* a name that the tables cannot know */
	if (!id.arch)
		id.arch = first->arch;
	r = worksheet_judge(&id, k->fact->release, m->judge.platform, NULL, a, sheet, e);
	if (r < 0)
		return r;
	k->sheet = sheet;
	k->flavour = id.variant;
	return 0;
}

static int add_kernel(struct maker *m, const struct kernel_fact *fact,
		      const struct worksheet *first, struct err *e)
{
	struct plan_kernel *k = vec_add(m->judge.arena, &m->kernels);
	struct kernel_id id;
	struct err why = ERR_INIT;

	if (!k)
		return arena_full(m->judge.arena, e);
	*k = (struct plan_kernel){.fact = fact, .flavour = ""};
	if (!first)
		return 0;
	if (!fact->is_default)
		return judge_other(m, first, k, e);
	k->sheet = first;
	if (fact->release &&
	    kernel_id_parse(slice_str(fact->release), m->judge.arena, &id, &why) >= 0)
		k->flavour = id.variant;
	return 0;
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
			r = add_kernel(m, &f->kernels.v[i], sheet, e);
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
