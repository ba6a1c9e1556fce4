/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.dep and its kin inside the initramfs, with the lines of what is added. All
 * other lines stay: depmod made them for modules that are in there. kmod reads the binary
 * form and no other; busybox the text.
 */
#include "adding.h"

#include "escape.h"
#include "index_lines.h"
#include "kmod_index.h"
#include "limits.h"
#include "text.h"

struct merge {
	struct adding *g;
	enum index_kind kind;
	strs lines;           /* new ones */
	struct strmap *names; /* modules that they are of */
	const char *path; /* of the text in the initramfs; the binary's ends in .bin */
	struct slice text, binary;
	bool has_text, has_binary;
	kmod_entries entries; /* of the binary form */
	uint32_t priority;    /* above all of them */
};

static int add_line(struct merge *m, const char *line, struct err *e)
{
	return line && vec_push(m->g->a, &m->lines, line) ? 0 : arena_full(m->g->a, e);
}

/* "kernel/a.ko: kernel/c.ko kernel/b.ko": kmod loads the last one first. */
static int dep_line(struct merge *m, const struct chosen *c, const char *prefix,
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
static const char *dep_prefix(struct merge *m)
{
	struct text t = text_of(m->text);
	struct slice line;

	return text_line(&t, &line) && slice_at(line, 0) == '/'
		       ? arena_printf(m->g->a, "/lib/modules/%s/", m->g->kernel->release)
		       : "";
}

static int own_lines(struct merge *m, const struct chosen *c, struct err *e)
{
	const struct module_info *info = &c->module->info;
	struct arena *a = m->g->a;
	const char *prefix;
	int r = 0;

	if (m->kind == INDEX_DEP) {
		prefix = dep_prefix(m);
		return prefix ? dep_line(m, c, prefix, e) : arena_full(a, e);
	}
	for (size_t i = 0; r >= 0 && m->kind == INDEX_ALIAS && i < info->aliases.n; i++) {
		const char *key = kmod_alias_key(info->aliases.v[i], a);

		/* one of several words would make a line that says something else */
		if (key && slice_find(slice_str(key), 0, ' ') < slice_str(key).n)
			continue;
		r = add_line(m, key ? arena_printf(a, "alias %s %s", key, c->name) : NULL,
			     e);
	}
	for (size_t i = 0; r >= 0 && m->kind == INDEX_SOFTDEP && i < info->softdeps.n;
	     i++)
		r = add_line(
			m, arena_printf(a, "softdep %s %s", c->name, info->softdeps.v[i]),
			e);
	return r;
}

/* What depmod found out that a module does not say itself: from the kernel's own folder.
 */
static int guest_lines(struct merge *m, struct err *e)
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

static int find_lines(struct merge *m, struct err *e)
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
	if (r >= 0 && (m->kind == INDEX_SYMBOLS || m->kind == INDEX_WEAKDEP ||
		       m->kind == INDEX_DEVNAME))
		r = guest_lines(m, e);
	return r;
}

static int add_entry(struct merge *m, struct kmod_entry entry, struct err *e)
{
	if (!entry.key || !entry.value || !vec_push(m->g->a, &m->entries, entry))
		return arena_full(m->g->a, e);
	return 0;
}

static int keep_entry(void *ctx, struct slice key, uint32_t priority, struct slice value,
		      struct err *e)
{
	struct merge *m = ctx;
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
static int keep_entries(struct merge *m, struct err *e)
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

static int write_binary(struct merge *m, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	const char *path = arena_printf(m->g->a, "%s.bin", m->path);
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
	if (!copy || !path)
		return arena_full(m->g->a, e);
	return add_file(m->g, path, 0644, slice_of(copy, out.n), e);
}

static void put_line(struct strbuf *out, struct slice line)
{
	strbuf_add(out, line.p, line.n);
	strbuf_char(out, '\n');
}

static int write_text(struct merge *m, struct err *e)
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
	return add_file(m->g, m->path, 0644, slice_of(copy, out.n), e);
}

/* modprobe needs the first two, in a form that it reads; the others only where they are.
 */
static int merge_kind(struct adding *g, enum index_kind kind, struct err *e)
{
	struct merge m = {.g = g, .kind = kind, .names = strmap_new(g->a)};
	bool needed = kind == INDEX_DEP || kind == INDEX_ALIAS;
	bool kmod = old_archive_find(&g->old, "bin/kmod") ||
		    old_archive_find(&g->old, "sbin/kmod");
	const char *binary;
	int r;

	m.path = arena_printf(g->a, "%s/%s", g->dir, index_name(kind));
	binary = m.path ? arena_printf(g->a, "%s.bin", m.path) : NULL;
	if (!m.names || !binary)
		return arena_full(g->a, e);
	m.has_text = old_archive_file(&g->old, m.path, &m.text);
	m.has_binary =
		index_has_binary(kind) && old_archive_file(&g->old, binary, &m.binary);
	needed = needed && (!m.has_text || kmod) && !m.has_binary;
	if (!m.has_text && !m.has_binary && !needed)
		return 0;
	r = find_lines(&m, e);
	if (r >= 0 && (m.has_binary || needed))
		r = write_binary(&m, e);
	if (r >= 0 && (m.has_text || (needed && !m.has_text)))
		r = write_text(&m, e);
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
