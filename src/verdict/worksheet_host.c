/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host: what documents say of it and of the guest on it, and whether it fits. */
#include "sheet_parts.h"

#include <string.h>

/* Is it about the host that was given? */
static bool is_about_host(const struct sheet *s, const struct platform_note *n)
{
	return n->host_archs.n && s->host && s->host->arch &&
	       strs_has(&n->host_archs, s->host->arch);
}

/* A name without an architecture may be of any that a cell listed for it speaks of. */
static bool is_about_arch(const struct sheet *s, const strs *archs)
{
	if (s->w->arch)
		return sheet_in_list(archs, s->w->arch);
	for (size_t i = 0; i < s->w->cells.n; i++) {
		const struct worksheet_cell *c = &s->w->cells.v[i];
		const struct platform_table *t = sheet_table(s, c->table);

		for (size_t r = 0; t && r < t->rows.n; r++)
			for (size_t a = 0; a < t->rows.v[r].archs.n; a++)
				if (strcmp(t->rows.v[r].name, c->row) == 0 &&
				    sheet_in_list(archs, t->rows.v[r].archs.v[a]))
					return true;
	}
	return sheet_in_list(archs, NULL);
}

/* Of a host that is not known every dispute is told, as it may be about it. */
static bool is_told(const struct sheet *s, const struct platform_note *n, bool dispute)
{
	bool host_known = s->host && s->host->arch;

	if (!s->release || !sheet_speaks_of(s, &n->releases) ||
	    !is_about_arch(s, &n->archs))
		return false;
	return !n->host_archs.n || is_about_host(s, n) || (dispute && !host_known);
}

static int add_note(struct sheet *s, const struct platform_note *n, strs *ret,
		    struct err *e)
{
	if (!vec_push(s->arena, ret, n->text) || !vec_push(s->arena, &s->w->said, n))
		return arena_full(s->arena, e);
	return sheet_cites(s, &n->cites, &s->w->cites, e);
}

int sheet_notes(struct sheet *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->platform->disputes.n; i++)
		if (is_told(s, &s->platform->disputes.v[i], true))
			r = add_note(s, &s->platform->disputes.v[i], &s->w->disputes, e);
	for (size_t i = 0; r >= 0 && i < s->platform->notes.n; i++)
		if (is_told(s, &s->platform->notes.v[i], false))
			r = add_note(s, &s->platform->notes.v[i], &s->w->notes, e);
	return r;
}

/* That nobody speaks of such a host with this guest: it may work there or not. */
static bool is_silence(const struct sheet *s, const struct platform_note *n)
{
	return is_about_host(s, n) && n->support &&
	       strcmp(n->support, support_name(SUPPORT_NOT_LISTED)) == 0;
}

/* The host can only take support away: what a table does not list stays so. */
void sheet_apply_host(struct sheet *s)
{
	const char *supported = support_name(SUPPORT_SUPPORTED);
	struct worksheet *w = s->w;
	bool disputed = false;

	for (size_t i = 0; i < w->said.n; i++)
		if (is_silence(s, w->said.v[i]) &&
		    answer_of_name(w->answer) != ANSWER_BLOCKED)
			w->answer = answer_name(ANSWER_UNKNOWN);
	if (!w->support || strcmp(w->support, supported) != 0)
		return;
	for (size_t i = 0; i < w->said.n; i++) {
		const struct platform_note *n = w->said.v[i];

		if (s->only_bits && i < w->disputes.n && is_about_host(s, n))
			disputed = true;
		else if (i >= w->disputes.n && n->support)
			w->support = n->support;
	}
	if (w->host_problem)
		w->support =
			support_name(disputed ? SUPPORT_DISPUTED : SUPPORT_UNSUPPORTED);
}

/* Why the host does not fit what a cell of a host table asks for; NULL when it does. */
static const char *problem_of_cell(struct sheet *s, const struct worksheet_cell *c)
{
	const struct platform_table *t = sheet_table(s, c->table);
	const struct host *h = s->host;

	if (!t || strcmp(t->use, "host") != 0)
		return NULL;
	if (h->vendor && t->vendor && strcmp(h->vendor, t->vendor) != 0)
		return arena_printf(s->arena,
				    "Table %s is for %s processors, the host's is %s",
				    t->number, t->vendor, h->vendor);
	s->only_bits = h->arch && strcmp(h->arch, c->cell) != 0;
	if (!s->only_bits)
		return NULL;
	return arena_printf(s->arena,
			    "Table %s asks for an %s host kernel, the host's is %s: "
			    "outside the documented matrix",
			    t->number, c->cell, h->arch);
}

/* The host that the user described, against what the tables ask for. */
void sheet_check_host(struct sheet *s, const char *from)
{
	const struct host *h = s->host;

	if (!h || !s->w->host)
		return;
	if (h->release && from && !platform_version_in(h->release, from, NULL))
		s->w->host_problem = arena_printf(s->arena, "the host is %s", h->name);
	s->w->host_cites = &s->w->guest->cites;
	for (size_t i = 0; !s->w->host_problem && i < s->w->cells.n; i++) {
		const struct platform_table *t = sheet_table(s, s->w->cells.v[i].table);

		s->w->host_problem = problem_of_cell(s, &s->w->cells.v[i]);
		if (s->w->host_problem && t)
			s->w->host_cites = &t->cites;
	}
}
