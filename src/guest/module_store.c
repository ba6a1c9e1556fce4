/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding and reading the modules of one kernel. The order is the one in which modprobe
 * and the kernel would find a driver; where modules.dep cannot be trusted, the directory
 * itself is looked through, and a remark says so.
 */
#include "module_store.h"

#include "codec.h"
#include "kernel_inside.h"
#include "limits.h"
#include "module_walk.h"
#include "text.h"
#include "tolerate.h"
#include "unified.h"

/* A file of the modules directory, at most LIMIT_TABLE_FILE; an empty slice and a path of
 * NULL when it is not there or cannot be read. */
static int read_table(struct module_store *s, const char *name, struct file *ret_file,
		      struct slice *ret, struct err *e)
{
	struct guest *g = s->g;
	const char *path = arena_printf(g->scratch, "%s/%s", s->dir, name);
	int r;

	*ret = SLICE_NONE;
	*ret_file = (struct file){.path = NULL};
	if (!path)
		return arena_full(g->scratch, e);
	r = tree_read(g->tree, path, LIMIT_TABLE_FILE, g->scratch, ret_file, ret, e);
	if (r < 0) {
		*ret_file = (struct file){.path = NULL};
		return tolerate(g, "modules", path, e);
	}
	return 0;
}

static int read_index(struct module_store *s, struct kernel_fact *k, struct err *e)
{
	struct slice text;
	struct file f;
	int r = read_table(s, "modules.dep", &f, &text, e);

	if (r < 0)
		return r;
	if (f.path) {
		r = module_index_parse(text, s->g->scratch, &s->index, e);
		if (r < 0)
			return tolerate(s->g, "modules", f.path, e);
	}
	s->has_index = s->index.lines.n > 0;
	k->modules_files = s->index.lines.n;
	if (!s->has_index)
		return guest_remark(s->g, "modules",
				    (struct source){.path = k->modules_dir},
				    "modules.dep is %s: modules were looked for in the "
				    "directory itself",
				    f.path ? "empty" : "missing");
	return 0;
}

static int read_builtin(struct module_store *s, struct err *e)
{
	struct slice text;
	struct file f;
	int r = read_table(s, "modules.builtin", &s->builtin_file, &text, e);

	if (r >= 0 && s->builtin_file.path) {
		r = module_builtin_parse(text, s->g->scratch, &s->builtin, e);
		if (r < 0)
			r = tolerate(s->g, "modules", s->builtin_file.path, e);
	}
	if (r >= 0 && s->builtin)
		r = read_table(s, "modules.builtin.modinfo", &f, &s->builtin_modinfo, e);
	return r;
}

static int keep_configs(struct guest *g, struct kernel_fact *k, const strs *set,
			struct err *e)
{
	for (size_t i = 0; i < set->n; i++) {
		const char *copy = arena_strdup(g->arena, set->v[i]);

		if (!copy || !vec_push(g->arena, &k->configs, copy))
			return arena_full(g->arena, e);
	}
	return 0;
}

/* The kernel that starts may tell itself what no file tells. It is unpacked for that, so
 * others are not asked. */
static int config_inside(struct module_store *s, const struct kernel_fact *k,
			 struct slice *ret, struct err *e)
{
	int r;

	if (!k->is_default || !text_same(k->image_state, "ok"))
		return err_set(e, ERR_ABSENT, "no configuration");
	s->config_inside = true;
	r = tree_find(s->g->tree, k->image, &s->config_file, e);
	if (r >= 0)
		r = unified_part(&s->config_file, UNIFIED_KERNEL, s->g->scratch, NULL, e);
	return r < 0 ? r : kernel_inside_config(&s->config_file, s->g->scratch, ret, e);
}

static int read_config(struct module_store *s, struct kernel_fact *k, struct err *e)
{
	struct guest *g = s->g;
	struct slice text;
	strs set = {0};
	int r;

	/* 250 KiB that are only read when something is asked of them. */
	if (s->builtin && g->facts->asked_configs.n == 0)
		return 0;
	if (k->config)
		r = guest_config(g, k->config, &s->config_file, &text, e);
	else
		r = config_inside(s, k, &text, e);
	if (r >= 0)
		r = kernel_config_parse(text, &g->facts->asked_configs, g->scratch,
					&s->config, &set, e);
	if (r < 0)
		return tolerate(g, "kernels", k->config ? k->config : k->image, e);
	k->config_read = s->config.any;
	return keep_configs(g, k, &set, e);
}

int module_store_open(struct guest *g, struct kernel_fact *k, struct module_store *ret,
		      struct err *e)
{
	struct module_store s = {.g = g, .dir = k->modules_dir};
	int r = 0;

	s.stored = strmap_new(g->scratch);
	if (!s.stored)
		return arena_full(g->scratch, e);
	if (s.dir)
		r = read_index(&s, k, e);
	if (r >= 0 && s.dir)
		r = read_builtin(&s, e);
	if (r >= 0)
		r = read_config(&s, k, e);
	if (r >= 0)
		*ret = s;
	return r;
}

/* A compressed module is unpacked outside the scratch arena, which keeps only what it
 * says. */
static int parse_packed(struct module_store *s, const struct file *f,
			struct stored_module *m, struct err *e)
{
	_cleanup_arena_ struct arena *room = arena_new(2 * LIMIT_MODULE_UNPACKED + 65536);
	struct slice packed, plain;
	int r;

	if (!room)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = file_read_all(f, LIMIT_MODULE_UNPACKED, room, &packed, e);
	if (r >= 0)
		r = module_unpack(packed, room, &plain, e);
	if (r < 0)
		return r;
	m->packed = packed_module_hash(packed, m->hash);
	return module_parse(plain, s->g->scratch, &m->info, e);
}

static int parse_file(struct module_store *s, const struct file *f,
		      struct stored_module *m, struct err *e)
{
	struct file_bytes bytes = file_bytes_of(f);
	struct slice head;
	int r;

	if (f->node.type != NODE_FILE)
		return err_set(e, ERR_CORRUPT, "not a regular file");
	r = file_bytes_head(&bytes, 8, s->g->scratch, &head, e);
	if (r < 0)
		return r;
	if (codec_detect(head) != CODEC_NONE)
		return parse_packed(s, f, m, e);
	return module_parse_from(&bytes, s->g->scratch, &m->info, e);
}

static int keep_problem(struct module_store *s, struct stored_module *m, struct err *e)
{
	m->problem = arena_strdup(s->g->scratch, e->text);
	if (!m->problem)
		return arena_full(s->g->scratch, e);
	err_clear(e);
	return 0;
}

/* Its file could not be looked up: it is not known whether it is there. */
static int keep_unread(struct module_store *s, struct stored_module *m, struct err *e)
{
	int r = keep_problem(s, m, e);

	return r < 0 ? r : 1;
}

/* Names as a module's file name would have them: the kernel takes dashes as underscores.
 */
static int add_need(struct module_store *s, struct stored_module *m, struct slice name,
		    struct err *e)
{
	char *copy = arena_strndup(s->g->scratch, name);

	for (char *c = copy; c && *c; c++)
		if (*c == '-')
			*c = '_';
	if (!copy || !vec_push(s->g->scratch, &m->needs, (const char *)copy))
		return arena_full(s->g->scratch, e);
	return 0;
}

/* Modules of Linux 2.4 do not say what they need: modules.dep does. */
static int find_needs(struct module_store *s, struct stored_module *m, struct err *e)
{
	struct slice rest = m->line ? m->line->depends : SLICE_NONE, word;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < m->info.depends.n; i++)
		r = add_need(s, m, slice_str(m->info.depends.v[i]), e);
	while (r >= 0 && !m->info.has_depends && text_word(&rest, &word)) {
		const char *name = module_name_of(word, s->g->scratch);

		if (name)
			r = add_need(s, m, slice_str(name), e);
	}
	return r;
}

static int load(struct module_store *s, struct stored_module *m, const struct file *f,
		struct err *e)
{
	int r = parse_file(s, f, m, e);

	m->source = guest_source(s->g, f, 0, 0);
	if (r == -ERR_NOMEM || r == -ERR_BUG)
		return r;
	if (r < 0) {
		m->state = r == -ERR_CORRUPT ? "broken" : NULL;
		return keep_problem(s, m, e);
	}
	m->state = "file";
	return find_needs(s, m, e);
}

/* Looks the file of a line of modules.dep up; 1 when it is there and was read. */
static int load_by_line(struct module_store *s, struct stored_module *m, struct err *e)
{
	struct guest *g = s->g;
	const char *path = arena_strndup(g->scratch, m->line->path);
	struct file f;
	int r;

	if (path && *path != '/')
		path = arena_printf(g->scratch, "%s/%s", s->dir, path);
	if (!path)
		return arena_full(g->scratch, e);
	r = tree_find(g->tree, path, &f, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r >= 0) {
		m->line_holds = true;
		m->path = path;
		r = load(s, m, &f, e);
		return r < 0 ? r : 1;
	}
	if (r == -ERR_NOMEM || r == -ERR_BUG)
		return r;
	return keep_unread(s, m, e);
}

static bool find_builtin(struct module_store *s, struct stored_module *m)
{
	uintptr_t line = 0;
	unsigned config_line;

	if (s->builtin)
		line = (uintptr_t)strmap_get(s->builtin, slice_str(m->name));
	if (line) {
		m->source = guest_source(s->g, &s->builtin_file, line, 0);
	} else if (kernel_config_module(&s->config, m->name, &config_line) ==
		   CONFIG_BUILTIN) {
		m->source = guest_source(s->g, &s->config_file,
					 s->config_inside ? 0 : config_line, 0);
	} else {
		return false;
	}
	m->state = "builtin";
	return true;
}

/* Did the kernel's build make this module? modules.order comes with the kernel's package,
 * and tells also of what a stale modules.dep does not name. */
static int was_built(struct module_store *s, const char *name, bool *ret, struct err *e)
{
	struct slice text;
	struct file f;
	int r = 0;

	if (!s->order) {
		s->order = strmap_new(s->g->scratch);
		if (!s->order)
			return arena_full(s->g->scratch, e);
		r = read_table(s, "modules.order", &f, &text, e);
		if (r >= 0 && f.path) {
			r = module_builtin_parse(text, s->g->scratch, &s->order, e);
			if (r < 0)
				r = tolerate(s->g, "modules", f.path, e);
		}
	}
	*ret = strmap_get(s->order, slice_str(name)) != NULL;
	return r;
}

/* Looks through the directory; 1 when the module is there and was read, or may be there
 * and cannot be read. */
static int load_by_walk(struct module_store *s, struct stored_module *m, struct err *e)
{
	bool all = !s->has_index || m->line;
	const char *path;
	struct file f;
	int r = 0;

	if (!s->dir)
		return 0;
	if (!all)
		r = was_built(s, m->name, &all, e);
	if (r < 0)
		return r;
	if (!s->walked || (all && !s->walked_all)) {
		r = module_walk(s->g, s->dir, all, &s->walked, &s->walked_whole, e);
		if (r < 0)
			return r;
		s->walked_all = all;
	}
	path = strmap_get(s->walked, slice_str(m->name));
	if (!path && !s->walked_whole)
		m->problem = "a directory of modules could not be read: it may be there";
	if (!path)
		return m->problem ? 1 : 0;
	r = tree_find(s->g->tree, path, &f, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r < 0)
		return r == -ERR_NOMEM || r == -ERR_BUG ? r : keep_unread(s, m, e);
	m->path = path;
	r = load(s, m, &f, e);
	if (r >= 0 && s->has_index)
		r = guest_remark(s->g, "modules", m->source,
				 "modules.dep does not name this file: it is stale");
	return r < 0 ? r : 1;
}

static void say_absent(struct module_store *s, struct stored_module *m)
{
	unsigned line;

	/* Without modules.builtin, only the configuration says what is built in. */
	if (s->builtin ||
	    kernel_config_module(&s->config, m->name, &line) == CONFIG_NOT_BUILTIN)
		m->state = "absent";
	else
		m->problem = "there is no such file, and nothing says whether it is "
			     "built in";
}

static int find(struct module_store *s, struct stored_module *m, struct err *e)
{
	int r = 0;

	m->line = module_index_find(&s->index, m->name);
	if (m->line)
		r = load_by_line(s, m, e);
	if (r != 0)
		return r;
	if (find_builtin(s, m))
		return s->builtin_modinfo.n
			       ? module_builtin_aliases(s->builtin_modinfo, m->name,
							s->g->scratch, &m->info.aliases,
							e)
			       : 0;
	r = load_by_walk(s, m, e);
	if (r == 0)
		say_absent(s, m);
	return r;
}

int module_store_get(struct module_store *s, const char *name, struct stored_module **ret,
		     struct err *e)
{
	struct arena *a = s->g->scratch;
	struct stored_module *m = strmap_get(s->stored, slice_str(name));
	int r;

	if (!m) {
		m = arena_new_of(a, struct stored_module);
		if (!m)
			return arena_full(a, e);
		m->name = arena_strdup(a, name);
		if (!m->name || !strmap_set(s->stored, slice_str(m->name), m) ||
		    !vec_push(a, &s->all, m))
			return arena_full(a, e);
		r = find(s, m, e);
		if (r < 0)
			return r;
	}
	*ret = m;
	return 0;
}
