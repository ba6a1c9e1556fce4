/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.dep and its kin inside the initramfs, with the lines of what is added. All
 * other lines stay: depmod made them for modules that are in there. kmod reads the binary
 * form and no other; busybox the text.
 */
#include "escape.h"
#include "kmod_index.h"
#include "merge.h"
#include "text.h"

/* modprobe needs the first two, in a form that it reads; the others only where they are.
 */
static int merge_kind(struct adding *g, enum index_kind kind, struct err *e)
{
	struct index_merge m = {.g = g, .kind = kind, .names = strmap_new(g->a)};
	bool needed = kind == INDEX_DEP || kind == INDEX_ALIAS;
	bool kmod = old_archive_find(&g->old, "bin/kmod") ||
		    old_archive_find(&g->old, "sbin/kmod");
	const char *path = arena_printf(g->a, "%s/%s", g->dir, index_name(kind));
	const char *binary = path ? arena_printf(g->a, "%s.bin", path) : NULL;
	struct slice bytes;
	int r;

	if (!m.names || !binary)
		return arena_full(g->a, e);
	m.has_text = old_archive_file(&g->old, path, &m.text);
	m.has_binary =
		index_has_binary(kind) && old_archive_file(&g->old, binary, &m.binary);
	needed = needed && (!m.has_text || kmod) && !m.has_binary;
	if (!m.has_text && !m.has_binary && !needed)
		return 0;
	r = index_merge_find(&m, e);
	if (r >= 0 && (m.has_binary || needed)) {
		r = index_merge_binary(&m, &bytes, e);
		if (r >= 0)
			r = add_file(g, binary, 0644, bytes, e);
	}
	if (r >= 0 && (m.has_text || needed)) {
		r = index_merge_text(&m, &bytes, e);
		if (r >= 0)
			r = add_file(g, path, 0644, bytes, e);
	}
	return r < 0 ? err_wrap(e, "%s", index_name(kind)) : r;
}

/* The value of a key in an index of the initramfs, in the form that is read there: 1 when
 * it has one that this function likes. */
static int ask_index(struct adding *g, enum index_kind kind, const char *key,
		     bool (*likes)(struct slice value, const struct chosen *c),
		     const struct chosen *c, struct err *e)
{
	const char *path = arena_printf(g->a, "%s/%s", g->dir, index_name(kind));
	const char *binary = path ? arena_printf(g->a, "%s.bin", path) : NULL;
	struct slice bytes, line;
	struct kmod_entry entry;
	struct kmod_index x;
	struct text t;
	int r;

	if (!binary)
		return arena_full(g->a, e);
	if (old_archive_file(&g->old, binary, &bytes)) {
		r = kmod_index_open(bytes, &x, e);
		if (r >= 0 && kind == INDEX_ALIAS)
			return kmod_index_has(&x, key, c->name, e);
		if (r >= 0)
			r = kmod_index_find(&x, key, &line, e);
		return r > 0 ? likes(line, c) : r;
	}
	t = text_of(old_archive_file(&g->old, path, &bytes) ? bytes : SLICE_NONE);
	for (r = 0; r == 0 && text_line(&t, &line);) {
		struct arena_mark mark = arena_mark(g->a);

		r = index_entry_of(kind, line, g->a, &entry) &&
		    text_same(entry.key, key) && entry.value &&
		    likes(slice_str(entry.value), c);
		arena_rewind(g->a, mark);
	}
	return r;
}

static bool names_file(struct slice value, const struct chosen *c)
{
	struct slice path, rest;

	return text_split(value, ':', &path, &rest) && slice_ends(path, c->path);
}

static bool names_module(struct slice value, const struct chosen *c)
{
	return slice_eq(value, c->name);
}

/* Is the module found in there by its name, and by its first alias? depmod writes all or
 * none. */
static int is_indexed(struct adding *g, const struct chosen *c, struct err *e)
{
	const strs *aliases = &c->module->info.aliases;
	const char *key;
	int r = ask_index(g, INDEX_DEP, c->name, names_file, c, e);

	if (r <= 0 || aliases->n == 0)
		return r;
	key = kmod_alias_key(aliases->v[0], g->a);
	return key ? ask_index(g, INDEX_ALIAS, key, names_module, c, e)
		   : arena_full(g->a, e);
}

int add_indexes(struct adding *g, struct err *e)
{
	bool any = false;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < g->modules.n; i++) {
		struct chosen *c = &g->modules.v[i];

		r = c->add ? 0 : is_indexed(g, c, e);
		c->index = r == 0;
		any = any || c->index;
	}
	for (int kind = 0; r >= 0 && any && kind < INDEX_KINDS; kind++)
		r = merge_kind(g, (enum index_kind)kind, e);
	return r < 0 ? r : 0;
}
