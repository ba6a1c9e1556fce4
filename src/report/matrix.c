/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "matrix.h"

#include <string.h>

#include "limits.h"
#include "write.h"

/* Appends a copy of `text` to a list of strings. */
static int add(struct arena *a, strs *list, const char *text, struct err *e)
{
	const char *kept = arena_strdup(a, text ? text : "");

	return kept && vec_push(a, list, kept) ? 0 : arena_full(a, e);
}

static int add_sources(struct arena *a, const platform_cites *cites, strs *ret,
		       struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < cites->n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct platform_source *s = cites->v[i].source;
		struct citation c = {s->title, s->url, cites->v[i].section, s->checked};

		cite_text(&c, &text);
		if (!strs_has(ret, strbuf_text(&text)))
			r = add(a, ret, strbuf_text(&text), e);
	}
	return r;
}

static struct matrix_table *add_table(struct arena *a, struct matrix *m,
				      const char *title)
{
	struct matrix_table *t = vec_add(a, &m->tables);

	if (t)
		t->title = title;
	return t;
}

static int add_row(struct arena *a, struct matrix_table *t, const char *const *cells,
		   struct err *e)
{
	struct matrix_row *row = vec_add(a, &t->rows);
	int r = row ? 0 : arena_full(a, e);

	for (; r >= 0 && *cells; cells++)
		r = add(a, &row->cells, *cells, e);
	return r;
}

static int published_table(const struct platform_table *from, struct arena *a,
			   struct matrix *m, struct err *e)
{
	struct matrix_table *t = add_table(
		a, m, arena_printf(a, "Table %s. %s", from->number, from->title));
	int r = t && t->title ? add(a, &t->columns, "Kernel", e) : arena_full(a, e);

	for (size_t i = 0; r >= 0 && i < from->columns.n; i++)
		r = add(a, &t->columns, from->columns.v[i], e);
	for (size_t i = 0; r >= 0 && i < from->rows.n; i++) {
		struct matrix_row *row = vec_add(a, &t->rows);

		r = row ? add(a, &row->cells, from->rows.v[i].name, e) : arena_full(a, e);
		for (size_t j = 0; r >= 0 && j < from->rows.v[i].cells.n; j++)
			r = add(a, &row->cells, from->rows.v[i].cells.v[j], e);
	}
	for (size_t i = 0; r >= 0 && i < from->notes.n; i++)
		r = add(a, &t->notes, from->notes.v[i], e);
	return r >= 0 ? add_sources(a, &from->cites, &t->sources, e) : r;
}

static void add_list(struct strbuf *out, const char *before, const strs *list)
{
	for (size_t i = 0; i < list->n; i++)
		strbuf_printf(out, "%s%s", i ? "/" : before, list->v[i]);
}

/* Is it one of `whole`: "4.8" of "4"? */
static bool is_part(const char *version, const char *whole)
{
	size_t n = strlen(whole);

	return strncmp(version, whole, n) == 0 && version[n] == '.';
}

static void add_range(struct strbuf *out, const char *from, const char *to)
{
	/* "4" takes in all of its updates. */
	if (from && to && is_part(from, to))
		strbuf_printf(out, " %s and later %s.x", from, to);
	else if (from && to && strcmp(from, to) == 0)
		strbuf_printf(out, " %s", from);
	else if (from && to)
		strbuf_printf(out, " %s to %s", from, to);
	else if (from)
		strbuf_printf(out, " %s and later", from);
	else if (to)
		strbuf_printf(out, " up to %s", to);
}

static int support_table(const struct platform *p, struct arena *a, struct matrix *m,
			 struct err *e)
{
	static const char *const columns[] = {"Guest", "Support", "Read", "Note", NULL};
	struct matrix_table *t =
		p->support.n ? add_table(a, m, "Support of guests") : NULL;
	int r = 0;

	if (!p->support.n)
		return 0;
	for (size_t i = 0; t && r >= 0 && columns[i]; i++)
		r = add(a, &t->columns, columns[i], e);
	for (size_t i = 0; t && r >= 0 && i < p->support.n; i++) {
		const struct platform_support *row = &p->support.v[i];
		_cleanup_strbuf_ struct strbuf guest = STRBUF_INIT(LIMIT_TEXT);
		const char *cells[] = {NULL, support_name(row->answer),
				       row->verified ? "yes" : "no",
				       row->note ? row->note : "", NULL};

		add_list(&guest, "", &row->distros);
		add_range(&guest, row->from, row->to);
		add_list(&guest, ", kernel ", &row->flavours);
		add_list(&guest, ", ", &row->archs);
		cells[0] = strbuf_text(&guest);
		r = add_row(a, t, cells, e);
		if (r >= 0)
			r = add_sources(a, &row->cites, &t->sources, e);
	}
	return t ? r : arena_full(a, e);
}

static int needs_table(const struct platform *p, struct arena *a, struct matrix *m,
		       struct err *e)
{
	static const char *const columns[] = {"Release", "Answer", "Package", "What",
					      NULL};
	struct matrix_table *t =
		p->guests.n ? add_table(a, m, "Where the drivers come from") : NULL;
	int r = 0;

	if (!p->guests.n)
		return 0;
	for (size_t i = 0; t && r >= 0 && columns[i]; i++)
		r = add(a, &t->columns, columns[i], e);
	for (size_t i = 0; t && r >= 0 && i < p->guests.n; i++) {
		const struct platform_guest *g = &p->guests.v[i];
		_cleanup_strbuf_ struct strbuf release = STRBUF_INIT(LIMIT_TEXT);
		const char *cells[] = {NULL, g->answer, g->package ? g->package : "",
				       g->text ? g->text : "", NULL};

		strbuf_str(&release, "RHEL");
		add_range(&release, g->from, g->to);
		add_list(&release, ", ", &g->flavours);
		add_list(&release, ", ", &g->archs);
		strbuf_str(&release, g->verified ? "" : " (unverified)");
		cells[0] = strbuf_text(&release);
		r = add_row(a, t, cells, e);
		if (r >= 0)
			r = add_sources(a, &g->cites, &t->sources, e);
	}
	return t ? r : arena_full(a, e);
}

static int notes_table(const platform_notes *notes, const char *title, struct arena *a,
		       struct matrix *m, struct err *e)
{
	struct matrix_table *t;
	int r = 0;

	if (!notes->n)
		return 0;
	t = add_table(a, m, title);
	if (!t || add(a, &t->columns, "Guest", e) < 0 ||
	    add(a, &t->columns, "Host kernel", e) < 0 ||
	    add(a, &t->columns, "What they say", e) < 0)
		return arena_full(a, e);
	for (size_t i = 0; r >= 0 && i < notes->n; i++) {
		const struct platform_note *n = &notes->v[i];
		_cleanup_strbuf_ struct strbuf guest = STRBUF_INIT(LIMIT_TEXT),
					       host = STRBUF_INIT(LIMIT_TEXT);
		const char *cells[] = {NULL, NULL, n->text, NULL};

		add_list(&guest, "RHEL ", &n->releases);
		add_list(&guest, ", ", &n->archs);
		add_list(&host, "", &n->host_archs);
		cells[0] = strbuf_text(&guest);
		cells[1] = strbuf_text(&host);
		r = add_row(a, t, cells, e);
		if (r >= 0)
			r = add_sources(a, &n->cites, &t->sources, e);
	}
	return r;
}

static int rules_table(const struct platform *p, struct arena *a, struct matrix *m,
		       struct err *e)
{
	const platform_rules *lists[] = {&p->emulated_boot, &p->after_install};
	struct matrix_table *t;
	int r = 0;

	if (!p->emulated_boot.n && !p->after_install.n)
		return 0;
	t = add_table(a, m, "Rules");
	if (!t || add(a, &t->columns, "Rule", e) < 0 ||
	    add(a, &t->columns, "What it says", e) < 0)
		return arena_full(a, e);
	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; r >= 0 && i < lists[l]->n; i++) {
			const struct platform_rule *rule = &lists[l]->v[i];
			const char *cells[] = {rule->title, rule->text, NULL};

			r = add_row(a, t, cells, e);
			if (r >= 0)
				r = add_sources(a, &rule->cites, &t->sources, e);
		}
	return r;
}

int matrix_build(const struct platform *p, struct arena *a, struct matrix *ret,
		 struct err *e)
{
	struct matrix m = {.platform = p->id, .name = p->name, .summary = p->summary};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->tables.n; i++)
		r = published_table(&p->tables.v[i], a, &m, e);
	if (r >= 0)
		r = support_table(p, a, &m, e);
	if (r >= 0)
		r = needs_table(p, a, &m, e);
	if (r >= 0)
		r = rules_table(p, a, &m, e);
	if (r >= 0)
		r = notes_table(&p->disputes, "Where sources disagree", a, &m, e);
	if (r >= 0)
		r = notes_table(&p->notes, "Guests and hosts", a, &m, e);
	if (r >= 0)
		*ret = m;
	return r;
}

int matrix_list(const platform_list *list, struct arena *a, struct matrix *ret,
		struct err *e)
{
	struct matrix m = {.platform = "platforms",
			   .name = "those that guests are judged on",
			   .summary = "paravet matrix NAME shows what is held of one"};
	struct matrix_table *t = add_table(a, &m, "Platforms");
	int r = t && add(a, &t->columns, "Platform", e) >= 0
			? add(a, &t->columns, "What", e)
			: arena_full(a, e);

	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		const char *cells[] = {list->v[i]->id, list->v[i]->summary, NULL};

		r = add_row(a, t, cells, e);
	}
	if (r >= 0)
		*ret = m;
	return r;
}
