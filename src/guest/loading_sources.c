/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Places of the lists: Red Hat puts /boot/symvers-VER.gz, later symvers.gz or symvers.xz
 * into the modules directory; a folder of kernel headers has Module.symvers, and the
 * link build in the modules directory leads there.
 */
#include "loading_sources.h"

#include <string.h>

#include "codec.h"
#include "limits.h"
#include "tolerate.h"

static int read_blocks(void *ctx, uint64_t off, uint64_t len, struct arena *a,
		       struct slice *ret, struct err *e)
{
	void *to = arena_alloc(a, (size_t)len);
	int r;

	if (!to)
		return arena_full(a, e);
	r = blocks_read(ctx, off, to, (size_t)len, e);
	if (r >= 0)
		*ret = slice_of(to, (size_t)len);
	return r;
}

struct file_bytes loading_bytes(const struct loading_file *f)
{
	return (struct file_bytes){f->blocks->size, read_blocks, f->blocks};
}

/* A whole list, unpacked. */
static int read_text(const struct file_bytes *b, struct arena *room, struct slice *ret,
		     struct err *e)
{
	struct slice text;
	enum codec c;
	int r;

	if (b->size > LIMIT_TABLE_FILE)
		return err_set(e, ERR_LIMIT,
			       "%llu bytes are above the limit of %zu for such a list",
			       (unsigned long long)b->size, LIMIT_TABLE_FILE);
	r = file_bytes_read(b, 0, b->size, room, &text, e);
	if (r < 0)
		return r;
	c = codec_detect(text);
	if (c != CODEC_NONE)
		return codec_decode_all(c, text, LIMIT_TABLE_FILE, room, ret, e);
	*ret = text;
	return 0;
}

struct list_kind {
	int (*parse)(struct slice text, const struct symbol_taker *to, struct err *e);
	enum wants_source source;
};

/* The whole list is checked before anything of it counts. */
static void take_nothing(_unused_ void *ctx, _unused_ const struct listed_symbol *s)
{
}

static int read_list(struct learning *l, const struct file_bytes *b,
		     const struct list_kind *kind, const char *where, struct err *e)
{
	_cleanup_arena_ struct arena *room = arena_new(4 * LIMIT_TABLE_FILE);
	const struct symbol_taker check = {take_nothing, NULL};
	const char *copy = arena_strdup(l->g->arena, where);
	struct wants_list list = {&l->wants, kind->source, copy};
	struct symbol_taker taker = wants_taker(&list);
	struct slice text;
	int r;

	if (!room || !copy)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = read_text(b, room, &text, e);
	if (r >= 0)
		r = kind->parse(text, &check, e);
	if (r >= 0)
		r = kind->parse(text, &taker, e);
	if (r < 0)
		return r;
	return !l->wants.full && vec_push(l->g->arena, &l->build->read, copy)
		       ? 0
		       : arena_full(l->g->arena, e);
}

/* The first of these files that is there and whole. */
static int read_first(struct learning *l, const char *const *paths, size_t n,
		      const struct list_kind *kind, bool *ret_read, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct file_bytes b;
		struct file f;
		int r;

		if (!paths[i])
			return arena_full(l->arena, e);
		r = tree_find(l->g->tree, paths[i], &f, e);
		if (r >= 0 && f.node.type != NODE_FILE)
			continue;
		if (r >= 0) {
			b = file_bytes_of(&f);
			r = read_list(l, &b, kind, f.path, e);
		}
		if (r >= 0) {
			*ret_read = true;
			return 0;
		}
		r = tolerate(l->g, "modules", paths[i], e);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct list_kind symvers = {symvers_parse, WANTS_SYMVERS};

static int read_guests_symvers(struct learning *l, struct err *e)
{
	static const char *const suffixes[] = {".gz", ".xz", ".zst", ""};
	const char *release = l->kernel->release, *dir = l->store.dir;
	const char *paths[12];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		paths[n++] = arena_printf(l->arena, "/boot/symvers-%s%s", release,
					  suffixes[i]);
	for (size_t i = 0; dir && i < ARRAY_LEN(suffixes); i++)
		paths[n++] = arena_printf(l->arena, "%s/symvers%s", dir, suffixes[i]);
	if (dir) {
		paths[n++] = arena_printf(l->arena, "%s/Module.symvers", dir);
		paths[n++] = arena_printf(l->arena, "%s/build/Module.symvers", dir);
	}
	paths[n++] = arena_printf(l->arena, "/usr/src/linux-headers-%s/Module.symvers",
				  release);
	paths[n++] =
		arena_printf(l->arena, "/usr/src/kernels/%s/Module.symvers", release);
	return read_first(l, paths, n, &symvers, &l->wants.list_read, e);
}

static int read_index(struct learning *l, struct err *e)
{
	static const struct list_kind modules = {modules_symbols_parse, WANTS_INDEX};
	static const struct list_kind map = {system_map_parse, WANTS_INDEX};
	const char *release = l->kernel->release, *dir = l->store.dir;
	const char *index = arena_printf(l->arena, "%s/modules.symbols", dir ? dir : "");
	const char *maps[] = {
		arena_printf(l->arena, "/boot/System.map-%s", release),
		arena_printf(l->arena, "%s/System.map", dir ? dir : "/boot"),
	};
	int r = 0;

	if (dir)
		r = read_first(l, &index, 1, &modules, &l->wants.modules_read, e);
	if (r >= 0 && !l->wants.list_read)
		r = read_first(l, maps, ARRAY_LEN(maps), &map, &l->wants.map_read, e);
	return r;
}

int learn_lists(struct learning *l, struct err *e)
{
	int r = 0;

	if (l->in->symvers.blocks) {
		struct file_bytes b = loading_bytes(&l->in->symvers);

		r = read_list(l, &b, &symvers, l->in->symvers.name, e);
		if (r < 0)
			return err_wrap(e, "%s", l->in->symvers.name);
		l->wants.list_read = true;
	}
	if (r >= 0 && l->kernel && !l->wants.list_read)
		r = read_guests_symvers(l, e);
	if (r >= 0 && l->kernel)
		r = read_index(l, e);
	return r;
}

static int count_form(struct learning *l, const char *name, const struct module_info *m,
		      struct err *e)
{
	struct build_forms *b = &l->forms;
	unsigned i = 0;

	b->modules++;
	if (m->crcs.n)
		b->with++;
	else
		b->without++;
	if (!b->arch)
		b->arch = m->arch;
	if (!m->vermagic)
		return 0;
	while (i < b->n && strcmp(b->forms[i].vermagic, m->vermagic) != 0)
		i++;
	if (i == BUILD_FORMS)
		return 0;
	if (i == b->n) {
		b->forms[i].vermagic = arena_strdup(l->g->arena, m->vermagic);
		b->forms[i].from = arena_strdup(l->g->arena, name);
		if (!b->forms[i].vermagic || !b->forms[i].from)
			return arena_full(l->g->arena, e);
		b->n++;
	}
	b->forms[i].count++;
	return 0;
}

/* One module of the kernel; what it says is counted, nothing else of it is kept. */
static int learn_module(struct learning *l, const struct file_bytes *b, const char *name,
			struct err *e)
{
	_cleanup_arena_ struct arena *room = arena_new(4 * LIMIT_MODULE_UNPACKED);
	const char *where = arena_printf(l->arena, "module %s", name);
	struct module_symbols symbols = {0};
	struct module_info info = {0};
	struct err why = ERR_INIT;
	int r;

	if (!room || !where)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = module_read(b, room, &info, NULL, e);
	/* Without CRCs only the symbol table says what it uses. */
	if (r >= 0 && info.crcs.n == 0 && module_read(b, room, &info, &symbols, &why) < 0)
		symbols = (struct module_symbols){0};
	if (r < 0)
		return r;
	wants_uses(&l->wants, &info, &symbols, where);
	return count_form(l, name, &info, e);
}

/* The file of a line of modules.dep. */
static int learn_line(struct learning *l, const struct module_line *line, struct err *e)
{
	const char *path = arena_strndup(l->arena, line->path);
	struct file_bytes b;
	struct file f;
	int r;

	if (path && *path != '/')
		path = arena_printf(l->arena, "%s/%s", l->store.dir, path);
	if (!path)
		return arena_full(l->arena, e);
	r = tree_find(l->g->tree, path, &f, e);
	if (r >= 0 && f.node.type != NODE_FILE)
		return 0;
	if (r >= 0) {
		b = file_bytes_of(&f);
		r = learn_module(l, &b, line->name, e);
	}
	return r < 0 ? tolerate(l->g, "modules", path, e) : 0;
}

/* Filled by the kernel's own package, and not by somebody else's. */
static bool is_own(const struct module_line *line)
{
	return *line->name && slice_search(line->path, "kernel/", 7) < line->path.n;
}

static bool is_enough(const struct learning *l)
{
	return l->forms.modules >= LIMIT_LOADING_NEIGHBOURS ||
	       (l->forms.modules >= LIMIT_MODULE_NEIGHBOURS &&
		wants_satisfied(&l->wants));
}

/* The directory part of a path of modules.dep. */
static struct slice dir_of(struct slice path)
{
	struct slice dir = path;

	while (dir.n && slice_at(dir, dir.n - 1) != '/')
		if (!slice_sub(dir, 0, dir.n - 1, &dir))
			break;
	return dir;
}

typedef VEC(struct slice) dirs;

/* Modules that lie beside one of the same name as a file given use the same symbols. */
static int find_near(const struct learning *l, dirs *ret, struct err *e)
{
	for (size_t i = 0; i < l->in->modules.n; i++) {
		const char *name =
			module_name_of(slice_str(l->in->modules.v[i].name), l->arena);
		const struct module_line *same =
			name ? module_index_find(&l->store.index, name) : NULL;

		if (same && !vec_push(l->arena, ret, dir_of(same->path)))
			return arena_full(l->arena, e);
	}
	return 0;
}

static bool is_near(const dirs *near, const struct module_line *line)
{
	struct slice dir = dir_of(line->path);

	for (size_t i = 0; i < near->n; i++)
		if (slice_same(near->v[i], dir))
			return true;
	return false;
}

static int learn_installed(struct learning *l, struct err *e)
{
	const module_lines *lines = &l->store.index.lines;
	size_t step = lines->n / LIMIT_MODULE_NEIGHBOURS + 1;
	bool *done = arena_calloc(l->arena, lines->n + 1, sizeof(*done));
	dirs near = {0};
	int r;

	if (!done)
		return arena_full(l->arena, e);
	r = find_near(l, &near, e);
	/* Some from everywhere, then the near ones, then the others. */
	for (size_t i = 0; r >= 0 && i < lines->n; i += step)
		if (is_own(&lines->v[i])) {
			done[i] = true;
			r = learn_line(l, &lines->v[i], e);
		}
	for (int only_near = 1; only_near >= 0; only_near--)
		for (size_t i = 0; r >= 0 && i < lines->n && !is_enough(l); i++)
			if (!done[i] && is_own(&lines->v[i]) &&
			    (!only_near || is_near(&near, &lines->v[i]))) {
				done[i] = true;
				r = learn_line(l, &lines->v[i], e);
			}
	return r;
}

int learn_neighbours(struct learning *l, struct err *e)
{
	int r = l->kernel && l->store.dir ? learn_installed(l, e) : 0;
	const char *said;

	for (size_t i = 0; r >= 0 && i < l->in->neighbours.n; i++) {
		const struct loading_file *f = &l->in->neighbours.v[i];
		struct file_bytes b = loading_bytes(f);

		r = learn_module(l, &b, f->name, e);
		if (r < 0)
			return err_wrap(e, "%s", f->name);
	}
	if (r < 0 || l->forms.modules == 0)
		return r;
	said = arena_printf(l->g->arena, "%u of its modules", l->forms.modules);
	return said && vec_push(l->g->arena, &l->build->read, said)
		       ? 0
		       : arena_full(l->g->arena, e);
}

int learn_exporters(struct learning *l, const strs *names, struct err *e)
{
	for (size_t i = 0; l->kernel && i < names->n; i++) {
		_cleanup_arena_ struct arena *room = arena_new(4 * LIMIT_MODULE_UNPACKED);
		struct module_symbols symbols = {0};
		struct module_info info = {0};
		struct stored_module *m;
		struct file_bytes b;
		struct file f;
		int r = module_store_get(&l->store, names->v[i], &m, e);

		if (!room)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (r < 0)
			return r;
		if (!m->state || strcmp(m->state, "file") != 0 || !m->source.path)
			continue;
		r = tree_find(l->g->tree, m->source.path, &f, e);
		if (r >= 0) {
			b = file_bytes_of(&f);
			r = module_read(&b, room, &info, &symbols, e);
		}
		if (r >= 0)
			r = wants_exports(&l->wants, &symbols, false, m->name, e);
		else
			r = tolerate(l->g, "modules", m->source.path, e);
		if (r < 0)
			return r;
	}
	return 0;
}
