/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An index of depmod with the lines of some modules made anew. All other lines stay:
 * depmod made them for modules that are there.
 */
#include "merge.h"

#include "kmod_index.h"
#include "limits.h"
#include "module_symbols.h"
#include "text.h"

static int add_line(struct index_merge *m, const char *line, struct err *e)
{
	return line && vec_push(m->g->a, &m->lines, line) ? 0 : arena_full(m->g->a, e);
}

/* "kernel/a.ko: kernel/c.ko kernel/b.ko": kmod loads the last one first. */
static int dep_line(struct index_merge *m, const struct chosen *c, const char *prefix,
		    struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);

	strbuf_printf(&b, "%s%s:", prefix, c->path);
	for (size_t i = c->needs.n; i > 0; i--) {
		const struct chosen *need = chosen_find(m->g, c->needs.v[i - 1]);

		if (!need)
			return err_set(e, ERR_BUG, "%s was forgotten", c->needs.v[i - 1]);
		strbuf_printf(&b, " %s%s", prefix, need->path);
	}
	if (!strbuf_ok(&b))
		return err_set(e, ERR_LIMIT, "%s needs too many other modules", c->name);
	return add_line(m, arena_strdup(m->g->a, strbuf_text(&b)), e);
}

/* module-init-tools before 3.6 wrote whole paths. */
static const char *dep_prefix(struct index_merge *m)
{
	struct text t = text_of(m->text);
	struct slice line;

	return text_line(&t, &line) && slice_at(line, 0) == '/'
		       ? arena_printf(m->g->a, "/lib/modules/%s/", m->g->kernel->release)
		       : "";
}

/* The symbols that a module exports, which its own words do not tell. */
static int symbol_lines(struct index_merge *m, const struct chosen *c, struct err *e)
{
	struct file_bytes bytes = file_bytes_of(&c->file);
	struct module_symbols symbols = {0};
	struct arena *a = m->g->a;
	struct module_info info;
	int r = module_read(&bytes, a, &info, &symbols, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	for (size_t i = 0; r >= 0 && i < symbols.exports.n; i++)
		r = add_line(m,
			     arena_printf(a, "alias symbol:%.*s %s",
					  (int)symbols.exports.v[i].name.n,
					  (const char *)symbols.exports.v[i].name.p,
					  c->name),
			     e);
	return r;
}

/* "kernel/drivers/xen-vbd.ko" as "xen-vbd". */
static struct slice short_name(const char *path)
{
	struct slice rest = slice_str(path), part;

	while (text_split(rest, '/', &part, &rest))
		;
	return text_split(rest, '.', &part, &rest) ? part : rest;
}

static int pci_lines(struct index_merge *m, const struct chosen *c, struct err *e)
{
	const strs *aliases = &c->module->info.aliases;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < aliases->n; i++) {
		const char *line =
			index_pci_line(aliases->v[i], short_name(c->path), m->g->a);

		if (!line || *line)
			r = add_line(m, line, e);
	}
	return r;
}

static int own_lines(struct index_merge *m, const struct chosen *c, struct err *e)
{
	const struct module_info *info = &c->module->info;
	struct arena *a = m->g->a;
	const char *prefix;
	int r = 0;

	if (m->kind == INDEX_DEP) {
		prefix = dep_prefix(m);
		return prefix ? dep_line(m, c, prefix, e) : arena_full(a, e);
	}
	if (m->kind == INDEX_SYMBOLS && m->own)
		return symbol_lines(m, c, e);
	for (size_t i = 0; r >= 0 && m->kind == INDEX_ALIAS && i < info->aliases.n; i++) {
		const char *key = kmod_alias_key(info->aliases.v[i], a);

		/* one of several words would make a line that says something else */
		if (key && slice_find(slice_str(key), 0, ' ') < slice_str(key).n)
			continue;
		r = add_line(m, key ? arena_printf(a, "alias %s %s", key, c->name) : NULL,
			     e);
	}
	if (m->kind == INDEX_PCIMAP)
		return pci_lines(m, c, e);
	for (size_t i = 0; r >= 0 && m->kind == INDEX_SOFTDEP && i < info->softdeps.n;
	     i++)
		r = add_line(
			m, arena_printf(a, "softdep %s %s", c->name, info->softdeps.v[i]),
			e);
	return r;
}

/* What depmod found out that a module does not say itself: from the kernel's own folder.
 */
static int guest_lines(struct index_merge *m, struct err *e)
{
	struct arena *a = m->g->a;
	const char *path =
		arena_printf(a, "%s/%s", m->g->kernel->modules_dir, index_name(m->kind));
	struct slice all, line;
	struct text t;
	struct file f;
	int r;

	if (!path)
		return arena_full(a, e);
	r = tree_read(m->g->guest.tree, path, LIMIT_TABLE_FILE, a, &f, &all, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	t = text_of(r >= 0 ? all : SLICE_NONE);
	while (r >= 0 && text_line(&t, &line))
		if (index_line_is_of(m->kind, line, m->names, a))
			r = add_line(m, arena_strndup(a, line), e);
	return r;
}

int index_merge_find(struct index_merge *m, struct err *e)
{
	struct adding *g = m->g;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < g->modules.n; i++) {
		const struct chosen *c = &g->modules.v[i];

		if (!c->index)
			continue;
		if (!strmap_set(m->names, slice_str(c->name), g))
			return arena_full(g->a, e);
		r = own_lines(m, c, e);
	}
	if (r >= 0 && !m->own &&
	    (m->kind == INDEX_SYMBOLS || m->kind == INDEX_WEAKDEP ||
	     m->kind == INDEX_DEVNAME))
		r = guest_lines(m, e);
	return r;
}

static int add_entry(struct index_merge *m, struct kmod_entry entry, struct err *e)
{
	if (!entry.key || !entry.value || !vec_push(m->g->a, &m->entries, entry))
		return arena_full(m->g->a, e);
	return 0;
}

static int keep_entry(void *ctx, struct slice key, uint32_t priority, struct slice value,
		      struct err *e)
{
	struct index_merge *m = ctx;
	struct arena *a = m->g->a;

	if (priority >= m->priority)
		m->priority = priority + (priority < UINT32_MAX);
	if (index_entry_is_of(m->kind, key, value, m->names))
		return 0;
	return add_entry(m,
			 (struct kmod_entry){arena_strndup(a, key),
					     arena_strndup(a, value), priority},
			 e);
}

/* Entries as they are: from the binary form, or else from the text. */
static int keep_entries(struct index_merge *m, struct err *e)
{
	struct text t = text_of(m->text);
	struct kmod_index x;
	struct slice line;
	int r = 0;

	if (m->has_binary) {
		r = kmod_index_open(m->binary, &x, e);
		return r < 0 ? r : kmod_index_each(&x, keep_entry, m, e);
	}
	while (r >= 0 && text_line(&t, &line)) {
		struct kmod_entry entry;

		if (index_line_is_of(m->kind, line, m->names, m->g->a) ||
		    !index_entry_of(m->kind, line, m->g->a, &entry))
			continue;
		entry.priority = m->priority++;
		r = add_entry(m, entry, e);
	}
	return r;
}

int index_merge_binary(struct index_merge *m, struct slice *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	const void *copy;
	int r = keep_entries(m, e);

	for (size_t i = 0; r >= 0 && i < m->lines.n; i++) {
		struct kmod_entry entry;

		if (!index_entry_of(m->kind, slice_str(m->lines.v[i]), m->g->a, &entry))
			continue;
		entry.priority = m->priority;
		r = add_entry(m, entry, e);
	}
	if (r >= 0)
		r = kmod_index_write(&m->entries, &out, e);
	if (r < 0)
		return r;
	copy = arena_memdup(m->g->a, out.s, out.n);
	if (!copy)
		return arena_full(m->g->a, e);
	*ret = slice_of(copy, out.n);
	return 0;
}

static void put_line(struct strbuf *out, struct slice line)
{
	strbuf_add(out, line.p, line.n);
	strbuf_char(out, '\n');
}

int index_merge_text(struct index_merge *m, struct slice *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	struct text t = text_of(m->text);
	struct slice line;
	const void *copy;

	if (slice_find(m->text, 0, '\0') < m->text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while (text_line(&t, &line))
		if (!index_line_is_of(m->kind, line, m->names, m->g->a))
			put_line(&out, line);
	for (size_t i = 0; i < m->lines.n; i++)
		put_line(&out, slice_str(m->lines.v[i]));
	if (!strbuf_ok(&out))
		return err_set(e, ERR_LIMIT, "more than %zu bytes", LIMIT_TABLE_FILE);
	copy = arena_memdup(m->g->a, strbuf_text(&out), out.n);
	if (!copy)
		return arena_full(m->g->a, e);
	*ret = slice_of(copy, out.n);
	return 0;
}
