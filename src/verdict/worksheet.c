/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worksheet.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "record.h"
#include "text.h"
#include "verdict.h"

struct sheet {
	const struct kernel_id *kernel;
	const struct platform *platform;
	const struct host *host;
	const struct platform_release *release;
	struct arena *arena;
	struct worksheet *w;
	bool only_bits; /* the host's problem: disputes speak of no other */
};

/* In the rows of one platform, no flavour means "without a variant". */
static bool row_fits(const struct platform_row *row, const char *arch,
		     const char *variant)
{
	bool plain = *variant == '\0';

	/* One ia32e kernel serves one processor and many. */
	if (row->flavours.n ? !strs_has(&row->flavours, variant) : !plain)
		return false;
	return !arch || strs_has(&row->archs, arch);
}

static int add_cites(struct sheet *s, const platform_cites *cites, strs *ret,
		     struct err *e)
{
	for (size_t i = 0; i < cites->n; i++) {
		const struct platform_source *source = cites->v[i].source;
		const char *text = cites->v[i].section ? arena_printf(s->arena, "%s, %s",
								      source->title,
								      cites->v[i].section)
						       : source->title;

		if (!text || !strs_add_once(s->arena, ret, text))
			return arena_full(s->arena, e);
	}
	return 0;
}

/* The first number of the kernel that a release began with; false when the row speaks of
 * another kernel version. */
static bool build_of(const struct platform_release *r, const struct kernel_id *k,
		     uint64_t *ret_build)
{
	struct slice version, build, first, major, minor;
	uint64_t rhel;

	if (!text_split(slice_str(r->kernel), '-', &version, &build) ||
	    !slice_eq(version, k->version))
		return false;
	first = build;
	text_split(build, '.', &first, &minor);
	return text_u64(first, UINT32_MAX, ret_build) &&
	       text_split(slice_str(r->release), '.', &major, &minor) &&
	       text_u64(major, 99, &rhel) && rhel == k->rhel;
}

/* Is it the kernel that the release began with? That of 6.1 is no z-stream, although its
 * release has several numbers: 131.0.15. */
static bool is_own_kernel(const struct platform_release *r, const struct kernel_id *k)
{
	const char *own = strchr(r->kernel, '-') + 1, *rest;

	if (strncmp(k->release, own, strlen(own)) != 0)
		return false;
	rest = k->release + strlen(own);
	return !*rest || (*rest == '.' && !text_is_digit((uint8_t)rest[1]));
}

/* The last release that began with this build or an earlier one. */
static void find_release(struct sheet *s)
{
	uint64_t best = 0, build;

	for (size_t i = 0; i < s->platform->releases.n; i++) {
		const struct platform_release *r = &s->platform->releases.v[i];

		if (!build_of(r, s->kernel, &build) || build > s->kernel->build ||
		    build < best)
			continue;
		best = build;
		s->release = r;
	}
	if (!s->release)
		return;
	s->w->release = s->release->name;
	s->w->version = s->release->release;
	s->w->release_inferred = best != s->kernel->build;
	s->w->update = s->kernel->is_update && !is_own_kernel(s->release, s->kernel);
}

static bool in_list(const strs *list, const char *value)
{
	return list->n == 0 || (value && strs_has(list, value));
}

/* The column of a support table is named after the major release: "RHEL 5". */
static bool find_column(const struct sheet *s, const struct platform_table *t,
			size_t *ret)
{
	for (size_t i = 0; i < t->columns.n; i++) {
		struct slice column = slice_str(t->columns.v[i]), word;
		uint64_t rhel = 0;

		while (text_word(&column, &word))
			if (text_u64(word, 99, &rhel) && rhel == s->kernel->rhel) {
				*ret = i;
				return true;
			}
	}
	return false;
}

static int add_cell(struct sheet *s, const struct platform_table *t,
		    const struct platform_row *row, size_t column, struct err *e)
{
	struct worksheet_cell c = {.table = t->number,
				   .row = row->name,
				   .column = t->columns.v[column],
				   .cell = row->cells.v[column]};
	int r = add_cites(s, &t->cites, &c.cites, e);

	if (r >= 0 && !vec_push(s->arena, &s->w->cells, c))
		return arena_full(s->arena, e);
	return r;
}

/* Names without an architecture: when one row alone fits, it tells the architecture too
 * (only i686 has PAE kernels). */
static const char *only_arch(const struct sheet *s, const struct platform_table *t,
			     size_t column)
{
	const char *arch = NULL;

	for (size_t i = 0; i < t->rows.n; i++) {
		const struct platform_row *row = &t->rows.v[i];

		if (!row_fits(row, NULL, s->kernel->variant) || !*row->cells.v[column])
			continue;
		if (arch || row->archs.n != 1)
			return NULL;
		arch = row->archs.v[0];
	}
	return arch;
}

/* A plain kernel is called as its package is: Table 12.1 prints i32e for ia32e. */
static const char *variant_of(const struct sheet *s, const struct platform_row *row)
{
	return row->flavours.n ? row->name : s->w->arch;
}

static bool note_no_row(struct sheet *s, const struct platform_table *t, struct err *e)
{
	const char *arch = s->w->arch, *variant = s->kernel->variant;

	s->w->unlisted = arena_printf(s->arena, "Table %s has no row for %s%s%s kernels",
				      t->number, arch ? arch : "",
				      arch && *variant ? " " : "", variant);
	s->w->unlisted_in = t;
	return s->w->unlisted || arena_full(s->arena, e) >= 0;
}

static enum support support_of_table(struct sheet *s, const struct platform_table *t,
				     struct err *e)
{
	enum support found = SUPPORT_NOT_LISTED;
	const struct worksheet *w = s->w;
	size_t column = 0;

	if (!find_column(s, t, &column))
		return found;
	if (!s->w->arch)
		s->w->arch = only_arch(s, t, column);
	for (size_t i = 0; i < t->rows.n; i++) {
		const struct platform_row *row = &t->rows.v[i];

		if (!row_fits(row, s->w->arch, s->kernel->variant))
			continue;
		if (!s->w->arch && !*row->cells.v[column])
			continue; /* of several candidates only those that are listed */
		if (add_cell(s, t, row, column, e) < 0)
			return SUPPORT_COUNT;
		if (s->w->arch)
			s->w->variant = variant_of(s, row);
		if (*row->cells.v[column])
			found = SUPPORT_SUPPORTED;
	}
	if (!w->cells.n && !note_no_row(s, t, e))
		return SUPPORT_COUNT;
	return found;
}

static int apply_support_tables(struct sheet *s, enum support *ret, struct err *e)
{
	*ret = SUPPORT_NOT_LISTED;
	for (size_t i = 0; s->release && i < s->platform->tables.n; i++) {
		const struct platform_table *t = &s->platform->tables.v[i];
		enum support found;

		if (strcmp(t->use, "support") != 0)
			continue;
		found = support_of_table(s, t, e);
		if (found == SUPPORT_COUNT)
			return -(int)e->code;
		if (found == SUPPORT_SUPPORTED)
			*ret = found;
	}
	return 0;
}

static bool speaks_of_release(const struct sheet *s, const strs *releases)
{
	for (size_t i = 0; i < releases->n; i++)
		if (platform_version_in(s->release->release, releases->v[i],
					releases->v[i]))
			return true;
	return false;
}

static bool speaks_of_host(const struct sheet *s, const struct platform_table *t)
{
	return strcmp(t->use, "host") == 0 && s->release &&
	       speaks_of_release(s, &t->releases);
}

/* "AMD processor, i686 host kernel (Table 12.3)" for guests that a host table speaks of.
 */
static int apply_host_tables(struct sheet *s, const char *base, struct err *e)
{
	static const struct {
		const char *word, *text;
	} vendors[] = {{"intel", "Intel"}, {"amd", "AMD"}};
	const char *text = base;

	for (size_t i = 0; s->w->arch && i < s->platform->tables.n; i++) {
		const struct platform_table *t = &s->platform->tables.v[i];
		const char *vendor = NULL;

		for (size_t v = 0; t->vendor && v < ARRAY_LEN(vendors); v++)
			if (strcmp(t->vendor, vendors[v].word) == 0)
				vendor = vendors[v].text;
		for (size_t j = 0; speaks_of_host(s, t) && j < t->rows.n; j++) {
			const struct platform_row *row = &t->rows.v[j];

			if (!row_fits(row, s->w->arch, s->kernel->variant))
				continue;
			if (add_cell(s, t, row, 0, e) < 0)
				return -(int)e->code;
			text = arena_printf(s->arena,
					    "%s, %s processor, %s host kernel (Table %s)",
					    base, vendor ? vendor : "any",
					    row->cells.v[0], t->number);
			if (!text)
				return arena_full(s->arena, e);
		}
	}
	s->w->host = text;
	return 0;
}

/* Is it about the host that was given? */
static bool is_about_host(const struct sheet *s, const struct platform_note *n)
{
	return n->host_archs.n && s->host && s->host->arch &&
	       strs_has(&n->host_archs, s->host->arch);
}

/* Of a host that is not known every dispute is told, as it may be about it. */
static bool is_told(const struct sheet *s, const struct platform_note *n, bool dispute)
{
	bool host_known = s->host && s->host->arch;

	if (!s->release || !speaks_of_release(s, &n->releases) ||
	    !in_list(&n->archs, s->w->arch))
		return false;
	return !n->host_archs.n || is_about_host(s, n) || (dispute && !host_known);
}

static int add_note(struct sheet *s, const struct platform_note *n, strs *ret,
		    struct err *e)
{
	if (!vec_push(s->arena, ret, n->text) || !vec_push(s->arena, &s->w->said, n))
		return arena_full(s->arena, e);
	return add_cites(s, &n->cites, &s->w->cites, e);
}

static int add_notes(struct sheet *s, struct err *e)
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

/* The host can only take support away: what a table does not list stays so. */
static void apply_host(struct sheet *s)
{
	const char *supported = support_name(SUPPORT_SUPPORTED);
	struct worksheet *w = s->w;
	bool disputed = false;

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

_printf_(3, 4) static int remark(struct sheet *s, struct err *e, const char *fmt, ...)
{
	char text[400];
	const char *kept;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kept = arena_strdup(s->arena, text);
	return kept && vec_push(s->arena, &s->w->remarks, kept) ? 0
								: arena_full(s->arena, e);
}

/* rpm -q kernel lists no kernel-PAE: the package has to be named, or one of its files. */
static int say_what_tells_the_arch(struct sheet *s, struct err *e)
{
	bool rpm = s->kernel->is_rpm_name;

	return remark(s, e,
		      "the processor's architecture is not in this name; rpm %s "
		      "--queryformat '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}\\n' "
		      "%s%.100s tells it in the guest",
		      rpm ? "-q" : "-qf", rpm ? "" : "/boot/vmlinuz-",
		      rpm ? s->kernel->package : s->w->name);
}

static int say_what_is_inferred(struct sheet *s, struct err *e)
{
	int r = 0;

	if (s->w->release_inferred)
		r = remark(s, e,
			   "%s is inferred: its own kernel is %s, this is a later build",
			   s->release->name, s->release->kernel);
	if (r >= 0 && s->w->unlisted)
		r = remark(s, e, "%s", s->w->unlisted);
	if (r >= 0 && s->w->arch && !s->kernel->arch)
		r = remark(s, e,
			   "the processor's architecture is inferred: the table has no "
			   "other "
			   "with this variant");
	if (r >= 0 && !s->w->arch)
		r = say_what_tells_the_arch(s, e);
	return r;
}

static const struct platform_table *table_of(const struct sheet *s, const char *number)
{
	for (size_t i = 0; i < s->platform->tables.n; i++)
		if (strcmp(s->platform->tables.v[i].number, number) == 0)
			return &s->platform->tables.v[i];
	return NULL;
}

/* Why the host does not fit what a cell of a host table asks for; NULL when it does. */
static const char *problem_of_cell(struct sheet *s, const struct worksheet_cell *c)
{
	const struct platform_table *t = table_of(s, c->table);
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
static void check_host(struct sheet *s, const char *from)
{
	const struct host *h = s->host;

	if (!h || !s->w->host)
		return;
	if (h->release && from && !platform_version_in(h->release, from, NULL))
		s->w->host_problem = arena_printf(s->arena, "the host is %s", h->name);
	s->w->host_cites = &s->w->guest->cites;
	for (size_t i = 0; !s->w->host_problem && i < s->w->cells.n; i++) {
		const struct platform_table *t = table_of(s, s->w->cells.v[i].table);

		s->w->host_problem = problem_of_cell(s, &s->w->cells.v[i]);
		if (s->w->host_problem && t)
			s->w->host_cites = &t->cites;
	}
}

/* Is it the version of a release that the platform knows? */
static bool is_known_version(const struct sheet *s)
{
	uint64_t build;

	for (size_t i = 0; i < s->platform->releases.n; i++)
		if (build_of(&s->platform->releases.v[i], s->kernel, &build))
			return true;
	return false;
}

static int say_no_row(struct sheet *s, struct err *e)
{
	if (!s->release && is_known_version(s))
		return remark(s, e,
			      "%s-%llu is older than the first kernel of RHEL %u that is "
			      "known here",
			      s->kernel->version, (unsigned long long)s->kernel->build,
			      s->kernel->rhel);
	return remark(s, e, "%s covers releases 3 to 6 of Red Hat Enterprise Linux",
		      s->platform->name);
}

static int apply_guest(struct sheet *s, enum support support, struct err *e)
{
	const struct platform_guest *g =
		s->release ? platform_guest_for(s->platform, s->release->release,
						s->w->arch, s->kernel->variant)
			   : NULL;
	struct worksheet *w = s->w;
	bool listed;

	w->support = support_name(support);
	w->answer = answer_name(ANSWER_UNKNOWN);
	if (!g)
		return say_no_row(s, e);
	if (g->support)
		w->support = g->support;
	listed = strcmp(w->support, support_name(SUPPORT_NOT_LISTED)) != 0;
	/* A combination outside the tables may work or not: nobody says. */
	if (listed && (w->arch || strcmp(g->answer, "blocked") == 0))
		w->answer = g->answer;
	w->guest = g;
	/* Nor does anybody say that a package is built for it. */
	if (listed || !g->package) {
		w->package = g->package;
		w->drivers = g->text;
	} else {
		w->drivers = "no package is documented for this kernel";
	}
	w->verified = g->verified;
	if (add_cites(s, &g->cites, &w->cites, e) < 0)
		return -(int)e->code;
	if (!g->host)
		return 0;
	if (apply_host_tables(s, g->host, e) < 0)
		return -(int)e->code;
	check_host(s, g->host_from);
	return 0;
}

static int judge_kernel(struct sheet *s, struct err *e)
{
	enum support support;
	int r;

	s->w->arch = s->kernel->arch;
	s->w->variant = s->kernel->variant;
	find_release(s);
	r = apply_support_tables(s, &support, e);
	if (r >= 0)
		r = apply_guest(s, support, e);
	if (r >= 0)
		r = add_notes(s, e);
	if (r >= 0)
		apply_host(s);
	return r >= 0 ? say_what_is_inferred(s, e) : r;
}

int worksheet_judge(const struct kernel_id *k, const char *name, const struct platform *p,
		    const struct host *host, struct arena *a, struct worksheet *ret,
		    struct err *e)
{
	static const char *const kinds[] = {
		[KERNEL_IMAGE] = "kernel",
		[KERNEL_PV_ONLY] = "para-virtualized kernel",
		[KERNEL_NOT] = "not a kernel",
	};
	struct worksheet w = {.kind = kinds[k->kind], .verified = true};
	struct sheet s = {.kernel = k, .platform = p, .host = host, .arena = a, .w = &w};
	int r = 0;

	w.name = escape_dup(a, slice_str(name));
	if (!w.name)
		return arena_full(a, e);
	if (k->kind == KERNEL_IMAGE)
		r = judge_kernel(&s, e);
	else if (k->kind == KERNEL_PV_ONLY)
		r = remark(&s, e,
			   "this kernel runs as a para-virtualized guest, to which the "
			   "chapter "
			   "does not apply: it has its own drivers");
	else
		r = remark(&s, e, "%s%s holds no kernel",
			   escape_short(slice_str(k->package)).text,
			   k->arch && strcmp(k->arch, "src") == 0 ? ".src" : "");
	if (r >= 0)
		*ret = w;
	return r;
}

static const struct field cell_fields[] = {
	F_STR(struct worksheet_cell, table, "number of the published table"),
	F_STR(struct worksheet_cell, row, "as printed"),
	F_STR(struct worksheet_cell, column, "as printed"),
	F_STR(struct worksheet_cell, cell, "as printed; empty where the cell is"),
	F_STRS(struct worksheet_cell, cites, "documents"),
	F_END};
static const struct record cell_record = {"cell", "A cell of a published table.",
					  sizeof(struct worksheet_cell), cell_fields};

static const struct field worksheet_fields[] = {
	F_STR(struct worksheet, name, "as given"),
	F_STR(struct worksheet, kind, "kernel, para-virtualized kernel, not a kernel"),
	F_STR(struct worksheet, answer,
	      "ready, fixable, blocked, unknown; null: not applicable"),
	F_STR(struct worksheet, support, "supported, unsupported, not listed, disputed"),
	F_STR(struct worksheet, release, "release of the distribution"),
	F_STR(struct worksheet, version, "its number"),
	F_BOOL(struct worksheet, release_inferred,
	       "a later build than that release's own"),
	F_BOOL(struct worksheet, update, "a z-stream kernel"),
	F_STR(struct worksheet, variant, "as the table calls it"),
	F_STR(struct worksheet, arch, "null: not in the name"),
	F_STR(struct worksheet, package, "that brings the drivers"),
	F_STR(struct worksheet, drivers, "where the drivers come from"),
	F_STR(struct worksheet, host, "what the host must be"),
	F_STR(struct worksheet, host_problem, "why the host given does not fit"),
	F_BOOL(struct worksheet, verified, "everything rests on text that was read"),
	F_LIST(struct worksheet, cells, &cell_record, "cells that speak of this kernel"),
	F_STRS(struct worksheet, disputes, "where sources disagree"),
	F_STRS(struct worksheet, notes, "what else they say of this host"),
	F_STRS(struct worksheet, remarks, "what was inferred"),
	F_STRS(struct worksheet, cites, "documents"),
	F_END};
const struct record worksheet_record = {"worksheet",
					"What the tables say of a kernel's name.",
					sizeof(struct worksheet), worksheet_fields};

struct document {
	uint64_t format;
	const char *program, *platform;
	worksheet_list kernels;
};

static const struct field document_fields[] = {
	F_U64(struct document, format, "raised when a reader would have to change"),
	F_STR(struct document, program, "what wrote it"),
	F_STR(struct document, platform, "id of the platform whose tables speak"),
	F_LIST(struct document, kernels, &worksheet_record, "in the order given"), F_END};
static const struct record document_record = {"document", "Answers of paravet kernel.",
					      sizeof(struct document), document_fields};

void worksheets_to_json(const char *platform, const worksheet_list *list,
			struct strbuf *out)
{
	struct document d = {WORKSHEET_FORMAT, "paravet " PARAVET_VERSION, platform,
			     *list};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void worksheets_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet kernels", out);
}
