/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold between the rows of a platform file. Two support rows that speak of the
 * same guest would make the answer depend on their order, so they are an error.
 */
#include "parse.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

int platform_fail(const char *file, uint64_t line, struct err *e, const char *fmt, ...)
{
	char text[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, ERR_CORRUPT, "%s:%llu: %s", file, (unsigned long long)line,
		       text);
}

/* Fails when two rows of a list have the same id: `id` and `line` are offsets in a row.
 */
static int check_ids(const char *file, const void *rows, size_t n, size_t size, size_t id,
		     size_t line, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *a = (const char *)rows + i * size;

		for (size_t j = 0; j < i; j++) {
			const char *b = (const char *)rows + j * size;
			const char *name = *(const char *const *)(a + id);

			if (strcmp(name, *(const char *const *)(b + id)) == 0)
				return platform_fail(
					file, *(const uint64_t *)(a + line), e,
					"%s is used twice (first in line %llu)", name,
					*(const unsigned long long *)(b + line));
		}
	}
	return 0;
}

#define CHECK_IDS(list, member) \
	check_ids(p->file, (list)->v, (list)->n, sizeof(*(list)->v), \
		  offsetof(__typeof__(*(list)->v), member), \
		  offsetof(__typeof__(*(list)->v), line), e)

/* Could one guest be in both lists? An empty list takes in all. */
static bool lists_meet(const strs *a, const strs *b)
{
	if (!a->n || !b->n)
		return true;
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++)
			if (platform_glob(a->v[i], b->v[j]) ||
			    platform_glob(b->v[j], a->v[i]))
				return true;
	return false;
}

/* Does a range that starts at `from` start before one that ends at `to` is over? */
static bool starts_in_time(const char *from, const char *to)
{
	return !from || platform_version_in(from, NULL, to);
}

int platform_check_range(const struct platform *p, uint64_t line, const char *id,
			 const char *from, const char *to, struct err *e)
{
	if (from && !platform_version_in(from, "0", NULL))
		return platform_fail(p->file, line, e, "%s: from %s is no version", id,
				     from);
	if (to && !platform_version_in(to, "0", NULL))
		return platform_fail(p->file, line, e, "%s: to %s is no version", id, to);
	if (from && !platform_version_in(from, NULL, to))
		return platform_fail(p->file, line, e, "%s: from %s is after to %s", id,
				     from, to);
	return 0;
}

static int check_row(const struct platform *p, const struct platform_support *row,
		     struct err *e)
{
	int r = platform_check_range(p, row->line, row->id, row->from, row->to, e);

	if (r < 0)
		return r;
	if (!row->cites.n)
		return platform_fail(p->file, row->line, e, "%s cites nothing", row->id);
	return 0;
}

static int check_support(const struct platform *p, struct err *e)
{
	for (size_t i = 0; i < p->support.n; i++) {
		const struct platform_support *a = &p->support.v[i];
		int r = check_row(p, a, e);

		if (r < 0)
			return r;
		for (size_t j = 0; j < i; j++) {
			const struct platform_support *b = &p->support.v[j];

			if (!lists_meet(&a->distros, &b->distros) ||
			    !lists_meet(&a->archs, &b->archs) ||
			    !lists_meet(&a->flavours, &b->flavours))
				continue;
			if (starts_in_time(a->from, b->to) &&
			    starts_in_time(b->from, a->to))
				return platform_fail(p->file, a->line, e,
						     "%s overlaps %s (line %llu)", a->id,
						     b->id, (unsigned long long)b->line);
		}
	}
	return 0;
}

static int check_remedies(const struct platform *p, struct err *e)
{
	for (size_t i = 0; i < p->remedies.n; i++) {
		const struct platform_remedy *r = &p->remedies.v[i];

		for (size_t j = 0; j < r->drivers.n; j++) {
			bool known = false;

			for (size_t k = 0; k < p->drivers.n; k++)
				known = known ||
					strcmp(p->drivers.v[k].id, r->drivers.v[j]) == 0;
			if (!known)
				return platform_fail(p->file, r->line, e,
						     "%s: there is no driver %s", r->id,
						     r->drivers.v[j]);
		}
	}
	return 0;
}

static int check_drivers(const struct platform *p, struct err *e)
{
	static const char *const roles[] = {"boot-disk", "disk", "network"};

	for (size_t i = 0; platform_reads_disks(p) && i < ARRAY_LEN(roles); i++)
		if (!platform_device(p, roles[i]))
			return platform_fail(p->file, 1, e, "there is no device %s",
					     roles[i]);
	for (size_t i = 0; i < p->drivers.n; i++)
		if (!p->drivers.v[i].modules.n)
			return platform_fail(p->file, p->drivers.v[i].line, e,
					     "%s names no module", p->drivers.v[i].id);
	for (size_t i = 0; i < p->devices.n; i++) {
		const struct platform_device *d = &p->devices.v[i];
		bool disk =
			strcmp(d->role, "boot-disk") == 0 || strcmp(d->role, "disk") == 0;

		if (!d->choices.n)
			return platform_fail(p->file, d->line, e, "%s has no choices",
					     d->role);
		for (size_t j = 0; j < d->choices.n; j++) {
			if (disk && !d->choices.v[j].disk_prefix)
				return platform_fail(p->file, d->choices.v[j].line, e,
						     "%s: a disk needs disk-prefix",
						     d->choices.v[j].id);
			if (platform_check_shown(p, d, &d->choices.v[j], e) < 0)
				return -(int)e->code;
		}
		if (CHECK_IDS(&d->choices, id) < 0)
			return -(int)e->code;
	}
	return 0;
}

/* "2.6.18-53": a version, a dash, the first number of a release. */
static bool is_kernel_build(const char *text)
{
	struct slice version, build, first, rest;
	uint64_t n;

	if (!text_split(slice_str(text), '-', &version, &build))
		return false;
	first = build;
	text_split(build, '.', &first, &rest);
	return text_u64(first, UINT32_MAX, &n) && slice_find(version, 0, '.') < version.n;
}

static int check_tables(const struct platform *p, struct err *e)
{
	for (size_t i = 0; i < p->releases.n; i++)
		if (!is_kernel_build(p->releases.v[i].kernel))
			return platform_fail(p->file, p->releases.v[i].line, e,
					     "%s is no kernel version and release",
					     p->releases.v[i].kernel);
	for (size_t i = 0; i < p->tables.n; i++) {
		const struct platform_table *t = &p->tables.v[i];

		for (size_t j = 0; j < t->rows.n; j++)
			if (t->rows.v[j].cells.n != t->columns.n)
				return platform_fail(
					p->file, t->rows.v[j].line, e,
					"%s has %zu cells, the table %zu columns",
					t->rows.v[j].name, t->rows.v[j].cells.n,
					t->columns.n);
		if (CHECK_IDS(&t->rows, name) < 0)
			return -(int)e->code;
	}
	if (p->guests.n && !p->releases.n)
		return platform_fail(p->file, p->guests.v[0].line, e,
				     "guests need releases to be known by");
	return 0;
}

int platform_check(const struct platform *p, struct err *e)
{
	if (CHECK_IDS(&p->sources, id) < 0 || CHECK_IDS(&p->drivers, id) < 0 ||
	    CHECK_IDS(&p->devices, role) < 0 || CHECK_IDS(&p->remedies, id) < 0 ||
	    CHECK_IDS(&p->support, id) < 0 || CHECK_IDS(&p->releases, release) < 0 ||
	    CHECK_IDS(&p->tables, id) < 0 || CHECK_IDS(&p->guests, id) < 0 ||
	    CHECK_IDS(&p->disputes, id) < 0 || CHECK_IDS(&p->notes, id) < 0 ||
	    CHECK_IDS(&p->steps, id) < 0 || check_tables(p, e) < 0 ||
	    check_drivers(p, e) < 0 || check_remedies(p, e) < 0 ||
	    check_support(p, e) < 0 || platform_check_steps(p, e) < 0)
		return -(int)e->code;
	return 0;
}
