/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The initramfs's own modules.dep and modules.alias. A module that they do not name is
 * not found by modprobe, although it lies there: so it is with files added by hand, or
 * with depmod run for another kernel.
 */
#include "escape.h"
#include "kmod_index.h"
#include "module_index.h"
#include "reading.h"
#include "text.h"

/* "kernel/a.ko: kernel/b.ko kernel/c.ko" */
static int take_line(struct reading *g, struct index_entry *entry, struct slice path,
		     struct slice depends, struct err *e)
{
	entry->named = true;
	entry->path = arena_strndup(g->lasting, path);
	if (!entry->path)
		return arena_full(g->lasting, e);
	return module_line_names(depends, g->lasting, &entry->needs, e);
}

static int read_dep_text(struct reading *g, struct own_index *x, struct slice body,
			 struct err *e)
{
	struct module_index index;
	int r = module_index_parse(body, g->scratch, &index, e);

	for (size_t i = 0; r >= 0 && i < g->out->wanted.n; i++) {
		const struct module_line *line =
			module_index_find(&index, g->out->wanted.v[i].name);

		if (line)
			r = take_line(g, &x->entries[i], line->path, line->depends, e);
	}
	return r;
}

static int read_dep_binary(struct reading *g, struct own_index *x, struct slice body,
			   struct err *e)
{
	struct slice line, path, depends;
	struct kmod_index index;
	int r = kmod_index_open(body, &index, e);

	for (size_t i = 0; r >= 0 && i < g->out->wanted.n; i++) {
		r = kmod_index_find(&index, g->out->wanted.v[i].name, &line, e);
		if (r <= 0)
			continue;
		if (!text_split(line, ':', &path, &depends))
			return err_set(e, ERR_CORRUPT, "a value has no colon");
		r = take_line(g, &x->entries[i], path, depends, e);
	}
	return r;
}

/* "alias pci:v00001AF4d* virtio_pci" */
static int read_alias_text(struct reading *g, struct own_index *x, struct slice body)
{
	struct text t = text_of(body);
	struct slice line, word, module;

	while (text_line(&t, &line)) {
		size_t at = 0;

		if (text_word(&line, &word) && slice_eq(word, "alias") &&
		    text_word(&line, &word) && text_word(&line, &module))
			at = (size_t)strmap_get(g->wanted, module);
		if (at)
			x->entries[at - 1].named = true;
	}
	return 0;
}

/* Kept: it is asked for the aliases of modules, and those may come behind it. */
static int keep_alias_binary(struct reading *g, struct own_index *x, struct slice body,
			     struct err *e)
{
	const void *copy = arena_memdup(g->lasting, body.p, body.n);

	if (!copy)
		return arena_full(g->lasting, e);
	return kmod_index_open(slice_of(copy, body.n), &x->binary, e);
}

/* Is it found by its aliases? One of them tells: depmod writes all or none. */
static int find_alias(struct reading *g, const struct own_index *x,
		      const struct module_fact *m, bool *ret, struct err *e)
{
	struct arena_mark mark = arena_mark(g->scratch);
	const char *key = kmod_alias_key(m->aliases.v[0], g->scratch);
	int r = key ? kmod_index_has(&x->binary, key, m->name, e)
		    : arena_full(g->scratch, e);

	arena_rewind(g->scratch, mark);
	if (r == -ERR_CORRUPT)
		err_clear(e);
	*ret = r > 0;
	return r == -ERR_CORRUPT ? 0 : r;
}

static struct own_index *index_at(struct reading *g, struct slice path, bool *ret_dep,
				  bool *ret_binary)
{
	*ret_dep = slice_search(path, "/modules.dep", 12) < path.n;
	*ret_binary = slice_ends(path, ".bin");
	return *ret_dep ? &g->dep[*ret_binary] : &g->alias[*ret_binary];
}

int indexes_body(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	bool dep, binary;
	struct own_index *x = index_at(g, path, &dep, &binary);
	int r;

	/* One that comes again replaces the one before. */
	*x = (struct own_index){.seen = true};
	x->entries =
		arena_alloc(g->lasting, (g->out->wanted.n + 1) * sizeof(*x->entries));
	if (!x->entries)
		return arena_full(g->lasting, e);
	if (dep)
		r = binary ? read_dep_binary(g, x, body, e)
			   : read_dep_text(g, x, body, e);
	else
		r = binary ? keep_alias_binary(g, x, body, e)
			   : read_alias_text(g, x, body);
	if (r != -ERR_CORRUPT)
		return r;
	x->problem = arena_printf(g->arena, "%s is damaged: %s", escape_short(path).text,
				  e->text);
	err_clear(e);
	return x->problem ? 0 : arena_full(g->arena, e);
}

bool indexes_are_complete(const struct reading *g)
{
	return g->dep[INDEX_BINARY].seen && g->alias[INDEX_BINARY].seen;
}

/* kmod reads the binary form and no other; what came before it, and busybox, the text. */
static const struct own_index *used(const struct reading *g, const struct own_index *both)
{
	static const struct own_index missing = {
		.seen = true, .problem = "kmod needs its binary form, which is missing"};

	if (both[INDEX_BINARY].seen)
		return &both[INDEX_BINARY];
	return g->tool_is_kmod && both[INDEX_TEXT].seen ? &missing : &both[INDEX_TEXT];
}

/* Something that the module needs, that lies inside and that its line lacks. */
static const char *need_beyond(const struct reading *g, const struct module_fact *m,
			       const strs *line)
{
	for (size_t i = 0; i < m->depends.n; i++) {
		const char *need = m->depends.v[i];

		if (strmap_get(g->names, slice_str(need)) && !strs_has(line, need))
			return need;
	}
	return NULL;
}

static const char *dep_problem(struct reading *g, const struct own_index *x, size_t i,
			       bool *ret_full)
{
	const struct module_fact *m = &g->out->wanted.v[i];
	const struct index_entry *entry;
	const char *need, *text = NULL;

	if (x->problem)
		return x->problem;
	entry = &x->entries[i];
	if (!entry->named)
		return "modules.dep does not name it";
	if (!slice_ends(slice_str(m->source.path), entry->path))
		return "modules.dep names another file";
	need = need_beyond(g, m, &entry->needs);
	if (need) {
		text = arena_printf(g->arena, "modules.dep does not name %s for it",
				    escape_short(slice_str(need)).text);
		*ret_full = !text;
	}
	return text;
}

static int judge_alias(struct reading *g, const struct own_index *x, size_t i,
		       struct err *e)
{
	struct module_fact *m = &g->out->wanted.v[i];
	bool named = false;
	int r = 0;

	if (!x->seen || !m->aliases.n)
		return 0;
	if (!x->problem && x->binary.bytes.n)
		r = find_alias(g, x, m, &named, e);
	else if (!x->problem)
		named = x->entries[i].named;
	m->in_alias_file = named ? KNOWN_YES : KNOWN_NO;
	return r;
}

int indexes_finish(struct reading *g, struct err *e)
{
	const struct own_index *dep = used(g, g->dep), *alias = used(g, g->alias);
	bool full = false;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < g->out->wanted.n; i++) {
		struct module_fact *m = &g->out->wanted.v[i];

		if (!text_same(m->state, "file"))
			continue;
		if (dep->seen) {
			m->dep_file_problem = dep_problem(g, dep, i, &full);
			m->dep_file_agrees = m->dep_file_problem ? KNOWN_NO : KNOWN_YES;
		}
		r = full ? arena_full(g->arena, e) : judge_alias(g, alias, i, e);
	}
	return r < 0 ? r : 0;
}
