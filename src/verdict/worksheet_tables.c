/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows and cells of published tables that speak of a kernel. */
#include "sheet_parts.h"

#include <string.h>

#include "text.h"

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

int sheet_cites(struct sheet *s, const platform_cites *cites, strs *ret, struct err *e)
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

bool sheet_in_list(const strs *list, const char *value)
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
	int r = sheet_cites(s, &t->cites, &c.cites, e);

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

int sheet_support_tables(struct sheet *s, enum support *ret, struct err *e)
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

bool sheet_speaks_of(const struct sheet *s, const strs *releases)
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
	       sheet_speaks_of(s, &t->releases);
}

/* "AMD processor, i686 host kernel (Table 12.3)" for guests that a host table speaks of.
 */
int sheet_host_tables(struct sheet *s, const char *base, struct err *e)
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

const struct platform_table *sheet_table(const struct sheet *s, const char *number)
{
	for (size_t i = 0; i < s->platform->tables.n; i++)
		if (strcmp(s->platform->tables.v[i].number, number) == 0)
			return &s->platform->tables.v[i];
	return NULL;
}
