/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of an initramfs in which names of disks stand, as they were when it was made. One
 * that comes again takes the place of the one before.
 */
#include <string.h>

#include "escape.h"
#include "lvm_settings.h"
#include "name_kind.h"
#include "names.h"
#include "reading.h"
#include "text.h"

static bool is_from(const struct source *s, struct slice path)
{
	return path.n == strlen(s->path) && slice_has(path, 0, s->path, path.n);
}

/* The names of disks in a file, which takes the place of one that came before. */
static int read_names_of(struct reading *g, struct slice path, struct slice body,
			 int (*of)(const struct names_text *t, struct err *e),
			 struct err *e)
{
	name_list *names = &g->out->names;
	struct names_text t = {.text = body,
			       .source.path = arena_strndup(g->arena, path),
			       .arena = g->arena,
			       .scratch = g->scratch,
			       .to = names};
	size_t kept = 0;

	if (!t.source.path)
		return arena_full(g->arena, e);
	if (slice_find(body, 0, 0) < body.n)
		return err_set(e, ERR_CORRUPT, "%s holds a NUL byte",
			       escape_short(path).text);
	for (size_t i = 0; i < names->n; i++)
		if (!is_from(&names->v[i].source, path))
			names->v[kept++] = names->v[i];
	names->n = kept;
	return of(&t, e);
}

int read_init_conf(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	return read_names_of(g, path, body, names_of_init_conf, e);
}

int read_words(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	return read_names_of(g, path, body, names_of_cmdline, e);
}

int read_crypttab(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	return read_names_of(g, path, body, names_of_crypttab, e);
}

int read_cryptroot(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	return read_names_of(g, path, body, names_of_cryptroot, e);
}

int read_mdadm(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	return read_names_of(g, path, body, names_of_mdadm, e);
}

/* LVM's own files. */
int read_lvm(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	struct source source = {.path = arena_strndup(g->arena, path)};
	struct lvm_fact *lvm = &g->out->lvm;
	size_t kept = 0;

	if (!source.path)
		return arena_full(g->arena, e);
	for (size_t i = 0; i < lvm->filters.n; i++)
		if (!is_from(&lvm->filters.v[i].source, path))
			lvm->filters.v[kept++] = lvm->filters.v[i];
	lvm->filters.n = kept;
	if (lvm->devices.n && is_from(&lvm->devices.v[0].source, path))
		lvm->devices.n = 0;
	return lvm_settings_parse(body, g->arena, source, lvm, e);
}

bool disk_names_may_change(const struct reading *g)
{
	for (size_t i = 0; i < g->out->names.n; i++)
		if (!name_kind_of(g->out->names.v[i].spec).stable)
			return true;
	return false;
}
