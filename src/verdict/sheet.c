/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The default kernel in the platform's published tables: which release it is, what they
 * say of it, and what they make of a link that lacks its driver.
 */
#include "chain.h"

#include <string.h>

#include "kernel_id.h"
#include "text.h"

/* The version without its epoch: "3:2.6.18-8.el5". */
static const char *without_epoch(const char *version)
{
	const char *colon = strchr(version, ':');

	return colon ? colon + 1 : version;
}

/* "kernel-PAE-2.6.18-53.1.4.el5.i686" when its package is known, which tells the
 * processor architecture, too; else as uname -r prints it. */
static const char *name_of(struct judge *j, const struct kernel_fact *k)
{
	for (size_t i = 0; i < j->facts->packages.n; i++) {
		const struct package_fact *p = &j->facts->packages.v[i];

		if (text_same(p->manager, "rpm") && text_same(p->kind, "kernel") &&
		    text_same(p->kernel, k->release) && p->name && p->version && p->arch)
			return say(j, "%s-%s.%s", p->name, without_epoch(p->version),
				   p->arch);
	}
	return k->release;
}

bool is_pv_kernel(struct judge *j, const struct kernel_fact *k)
{
	struct err why = ERR_INIT;
	struct kernel_id id;

	return k->release &&
	       kernel_id_parse(slice_str(k->release), j->arena, &id, &why) >= 0 &&
	       id.kind == KERNEL_PV_ONLY;
}

int find_sheet(struct judge *j, const struct host *host, worksheet_list *ret,
	       struct err *e)
{
	struct err why = ERR_INIT;
	struct worksheet *w;
	struct kernel_id id;
	const char *name;

	if (!j->platform->tables.n || !j->kernel || !j->kernel->release)
		return 0;
	name = name_of(j, j->kernel);
	if (kernel_id_parse(slice_str(name), j->arena, &id, &why) < 0 || !id.rhel)
		return 0; /* no kernel that such a table knows */
	w = vec_add(j->arena, ret);
	if (!w)
		return arena_full(j->arena, e);
	j->sheet = w;
	return worksheet_judge(&id, name, j->platform, host, j->arena, w, e);
}

/* Is it the package itself, or that package for the kernel's variant, as packages of
 * modules are named: kmod-xenpv, kmod-xenpv-smp? */
static bool is_for_variant(const struct judge *j, const char *name)
{
	const char *package = j->sheet->package;
	struct slice s = slice_str(name), rest;
	struct kernel_id id;
	struct err why = ERR_INIT;

	if (strcmp(name, package) == 0)
		return true;
	if (!slice_starts(s, package) ||
	    !slice_sub(s, strlen(package), s.n - strlen(package), &rest) ||
	    slice_at(rest, 0) != '-' || !slice_sub(rest, 1, rest.n - 1, &rest))
		return false;
	return kernel_id_parse(slice_str(j->kernel->release), j->arena, &id, &why) >= 0 &&
	       slice_eq(rest, id.variant);
}

/* Does the name belong to one of the packages that the platform knows? */
static bool is_known_kind(const struct platform *p, const char *name)
{
	for (size_t i = 0; i < p->guests.n; i++) {
		const char *package = p->guests.v[i].package;
		size_t n = package ? strlen(package) : 0;

		if (package && strncmp(name, package, n) == 0 &&
		    (name[n] == '\0' || name[n] == '-'))
			return true;
	}
	return false;
}

/* An installed package of these drivers, best the one for this kernel's variant. */
static const struct package_fact *installed_kind(const struct judge *j)
{
	const struct package_fact *found = NULL;

	for (size_t i = 0; i < j->facts->packages.n; i++) {
		const struct package_fact *p = &j->facts->packages.v[i];

		if (p->name && text_same(p->status, "installed") &&
		    is_known_kind(j->platform, p->name) &&
		    (!found || is_for_variant(j, p->name)))
			found = p;
	}
	return found;
}

/* What is wrong with the packages that are installed. */
static const char *package_text(struct judge *j)
{
	const struct worksheet *w = j->sheet;
	const struct package_fact *p = installed_kind(j);

	if (!p)
		return say(j, "%s is not installed", w->package);
	if (!is_for_variant(j, p->name))
		return say(j, "%s is installed, but this kernel needs %s",
			   plain(j, p->name), w->package);
	if (p->arch && w->arch && strcmp(p->arch, w->arch) != 0)
		return say(j, "%s is installed for %s, but this kernel is for %s",
			   plain(j, p->name), plain(j, p->arch), w->arch);
	return say(j, "%s is installed, but not for this kernel", plain(j, p->name));
}

/* A guest too old for the drivers is helped by no package. */
static bool too_old_remedy(struct judge *j, struct sheet_remedy *ret)
{
	const struct platform_guest *g = j->sheet->guest;

	if (!g->text || answer_of_name(g->answer) != ANSWER_BLOCKED)
		return false;
	*ret = (struct sheet_remedy){.state = ANSWER_BLOCKED,
				     .cites = &g->cites,
				     .text = g->text,
				     .remedy = "update the guest to a release that they "
					       "are made for"};
	return true;
}

bool sheet_remedy(struct judge *j, struct sheet_remedy *ret)
{
	const struct worksheet *w = j->sheet;

	if (!w || !w->guest)
		return false;
	if (!w->guest->package)
		return too_old_remedy(j, ret);
	*ret = (struct sheet_remedy){.package = w->package,
				     .state = answer_of_name(w->answer),
				     .cites = &w->guest->cites};
	if (!w->package) { /* of a kernel that the tables do not list */
		ret->text = say(j, "no package is documented for %s", plain(j, w->name));
		ret->remedy = "make a kernel that the tables list the default one";
		return true;
	}
	ret->text = package_text(j);
	ret->remedy = say(j, "install the %s that was built for %s", w->package,
			  plain(j, w->name));
	return true;
}

static const struct platform_table *table_of(const struct platform *p, const char *number)
{
	for (size_t i = 0; i < p->tables.n; i++)
		if (strcmp(p->tables.v[i].number, number) == 0)
			return &p->tables.v[i];
	return NULL;
}

static void add_row(struct judge *j, struct verdict *v, struct support_verdict row,
		    const platform_cites *cites)
{
	add_cites(j, &row.cites, cites);
	if (!vec_push(j->arena, &v->support_rows, row))
		j->full = true;
}

static void add_cells(struct judge *j, struct verdict *v)
{
	for (size_t i = 0; i < j->sheet->cells.n; i++) {
		const struct worksheet_cell *c = &j->sheet->cells.v[i];
		const struct platform_table *t = table_of(j->platform, c->table);
		bool host = t && strcmp(t->use, "host") == 0;
		struct support_verdict row = {.verified = true};

		if (!t)
			continue;
		row.row = t->id;
		row.answer = *c->cell ? SUPPORT_SUPPORTED : SUPPORT_NOT_LISTED;
		row.note = host ? say(j, "Table %s, %s: on an %s host kernel", c->table,
				      c->row, c->cell)
				: say(j, "Table %s, %s x %s: %s", c->table, c->row,
				      c->column, *c->cell ? c->cell : "empty");
		add_row(j, v, row, &t->cites);
	}
}

/* What the documents say of the guest alone, whatever the host. */
static enum support guest_support(const struct worksheet *w)
{
	if (w->guest->support)
		return support_of_name(w->guest->support);
	for (size_t i = 0; i < w->cells.n; i++)
		if (*w->cells.v[i].cell)
			return SUPPORT_SUPPORTED;
	return SUPPORT_NOT_LISTED;
}

void add_sheet_support(struct judge *j, struct verdict *v)
{
	const struct worksheet *w = j->sheet;

	if (!w)
		return;
	v->support = support_of_name(w->support);
	add_cells(j, v);
	if (w->unlisted)
		add_row(j, v,
			(struct support_verdict){.row = w->unlisted_in->id,
						 .answer = SUPPORT_NOT_LISTED,
						 .verified = true,
						 .note = w->unlisted},
			&w->unlisted_in->cites);
	if (w->guest) {
		struct support_verdict row = {.row = w->guest->id,
					      .answer = guest_support(w),
					      .verified = w->guest->verified,
					      .note = w->guest->text};

		add_row(j, v, row, &w->guest->cites);
	}
	for (size_t i = 0; i < w->said.n; i++) {
		const struct platform_note *n = w->said.v[i];
		struct support_verdict row = {
			.row = n->id,
			.answer = i < w->disputes.n ? SUPPORT_DISPUTED
						    : support_of_name(n->support),
			.verified = true,
			.note = n->text};

		add_row(j, v, row, &n->cites);
	}
	if (w->host_problem) {
		struct support_verdict row = {.row = "host",
					      .answer = v->support,
					      .verified = true,
					      .note = w->host_problem};

		add_row(j, v, row, w->host_cites);
	}
}
