/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's kernels as the platform's tables know them. */
#include "escape.h"
#include "limits.h"
#include "making.h"
#include "text.h"

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
	*k = (struct plan_kernel){
		fact, own.n ? &own.v[0] : sheet, flavour_of(m, fact),
		m->options->kernels.n && !(fact->release && strs_has(&m->options->kernels,
								     fact->release))};
	return r;
}

static bool is_offered(const struct kernel_fact *k)
{
	return k->release && (k->is_default || k->entries.n);
}

static int refuse_kernel(const struct facts *f, const char *release, struct err *e)
{
	_cleanup_strbuf_ struct strbuf offered = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < f->kernels.n; i++)
		if (is_offered(&f->kernels.v[i]))
			strbuf_printf(
				&offered, "%s %s", offered.n ? "," : "",
				escape_short(slice_str(f->kernels.v[i].release)).text);
	return err_set(e, ERR_USAGE, "the boot loader offers no kernel %s; it offers%s",
		       escape_short(slice_str(release)).text,
		       offered.n ? strbuf_text(&offered) : " none that is known");
}

static int check_asked(const struct maker *m, struct err *e)
{
	const struct facts *f = m->judge.facts;

	for (size_t i = 0; i < m->options->kernels.n; i++) {
		size_t k = 0;

		while (k < f->kernels.n &&
		       !(is_offered(&f->kernels.v[k]) &&
			 text_same(f->kernels.v[k].release, m->options->kernels.v[i])))
			k++;
		if (k == f->kernels.n)
			return refuse_kernel(f, m->options->kernels.v[i], e);
	}
	return 0;
}

int find_kernels(struct maker *m, struct err *e)
{
	const struct facts *f = m->judge.facts;
	const struct kernel_fact *first = facts_default_kernel(f);
	const struct worksheet *sheet =
		m->verdict->sheets.n ? &m->verdict->sheets.v[0] : NULL;
	int r = check_asked(m, e);

	if (r >= 0 && first)
		r = add_kernel(m, first, sheet, e);

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
