/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From GRUB's menu to boot entries: every entry is run in a copy of the variables, every
 * submenu in one that sees only exported variables, and the default is followed down the
 * submenus exactly as GRUB does it: a number, a title or an id, "outer>inner" for a
 * submenu, ">>" for a ">" in a title, the first entry when nothing matches.
 */
#include "grub.h"

#include "escape.h"
#include "limits.h"
#include "strbuf.h"
#include "text.h"

struct walk {
	struct grub_eval *g;
	struct arena *out;
	struct grub_result *result;
	unsigned depth;
	bool missed; /* the default named no entry somewhere on its way */
};

/* --- The default --- */

/* Does the first step of `spec` name this text? */
static bool spec_names(const char *text, const char *spec)
{
	if (!text)
		return false;
	for (;; text++, spec++) {
		if (*spec == '>' && spec[1] != '>')
			return *text == '\0';
		if (*spec == '>')
			spec++;
		if (*text != *spec)
			return false;
		if (*text == '\0')
			return true;
	}
}

/* What follows the first single ">" of a spec, or NULL. */
static const char *spec_rest(const char *spec)
{
	for (; *spec; spec++) {
		if (*spec != '>')
			continue;
		if (spec[1] != '>')
			return spec[1] ? spec + 1 : NULL;
		spec++;
	}
	return NULL;
}

static size_t default_index(struct walk *w, const struct grub_menu *menu,
			    const char *spec)
{
	size_t digits = 0;
	uint64_t number;

	if (!spec)
		return 0;
	while (text_is_digit(spec[digits]))
		digits++;
	if (digits && (spec[digits] == '\0' || spec[digits] == '>')) {
		if (text_u64(slice_of(spec, digits), UINT32_MAX, &number) &&
		    number < menu->items.n)
			return (size_t)number;
	} else {
		for (size_t i = 0; i < menu->items.n; i++)
			if (spec_names(menu->items.v[i].title, spec) ||
			    spec_names(menu->items.v[i].id, spec))
				return i;
	}
	w->missed = w->missed || *spec;
	return 0;
}

static bool came_from(const struct grub_eval *g, const char *variable, const char *value)
{
	for (size_t i = 0; i < g->loaded.n; i++)
		if (strcmp(g->loaded.v[i].name, variable) == 0 &&
		    strcmp(g->loaded.v[i].value, value) == 0)
			return true;
	return false;
}

static int explain_default(struct walk *w, const struct grub_menu *menu, const char *spec,
			   struct err *e)
{
	struct grub_eval *g = w->g;
	const char *how;

	if (!spec || !*spec)
		how = arena_strdup(w->out, menu->from_bls
						   ? "first BLS entry"
						   : "no default is set: the first "
						     "entry");
	else
		how = arena_printf(w->out, "%s=%s%s",
				   came_from(g, "next_entry", spec)    ? "next_entry"
				   : came_from(g, "saved_entry", spec) ? "saved_entry"
								       : "default",
				   spec,
				   w->missed ? " (names no entry: the first one)" : "");
	w->result->default_how = how;
	return how ? 0 : arena_full(w->out, e);
}

/* --- Entries --- */

/* Expands $name and ${name} in a field of a BLS file. */
static int expand_text(struct grub_eval *g, const char *text, const char **ret,
		       struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);
	struct slice s = slice_str(text);

	for (size_t i = 0; i < s.n;) {
		bool braces = slice_at(s, i + 1) == '{';
		size_t from = i + 1 + braces, n = 0;
		const char *name, *value;

		if (slice_at(s, i) == '$')
			while (text_is_alnum(slice_at(s, from + n)) ||
			       slice_at(s, from + n) == '_')
				n++;
		if (n == 0) {
			strbuf_char(&b, (char)slice_at(s, i++));
			continue;
		}
		name = arena_strndup(g->a, slice_of(s.p + from, n));
		if (!name)
			return arena_full(g->a, e);
		value = grub_env_get(g->env, name);
		strbuf_str(&b, value ? value : "");
		i = from + n + (braces && slice_at(s, from + n) == '}');
	}
	if (!strbuf_ok(&b))
		return err_set(e, ERR_LIMIT, "options of more than %zu bytes",
			       LIMIT_TEXT);
	*ret = arena_strndup(g->a, text_trim(slice_str(strbuf_text(&b))));
	return *ret ? 0 : arena_full(g->a, e);
}

static int add_initrds(struct grub_eval *g, const char *device, const char *text,
		       struct grub_loads *l, struct err *e)
{
	const char *expanded, *path;
	struct slice rest, word;
	int r = expand_text(g, text, &expanded, e);

	if (r < 0)
		return r;
	rest = slice_str(expanded);
	while (text_word(&rest, &word)) {
		path = arena_strndup(g->a, word);
		if (!path || !vec_push(g->a, &l->initrds, path) ||
		    !vec_push(g->a, &l->initrd_devices, device))
			return arena_full(g->a, e);
	}
	return 0;
}

static int load_bls(struct grub_eval *g, const struct grub_item *item,
		    struct grub_loads *l, struct err *e)
{
	const struct bls_entry *b = item->bls;
	const char *options = b->options, *early = grub_env_get(g->env, "early_initrd");
	int r;

	if (!options)
		options = grub_env_get(g->env, "default_kernelopts");
	r = expand_text(g, options ? options : "", &l->cmdline, e);
	/* What GRUB puts together from variables is no text of the file. */
	l->cmdline_where = b->where;
	l->cmdline_line = b->options && !strchr(b->options, '$') ? b->options_line : 0;
	if (r == 0)
		r = expand_text(g, b->kernel, &l->kernel, e);
	l->kernel_device = item->bls_device;
	if (r == 0 && early)
		r = add_initrds(g, item->bls_device, early, l, e);
	for (size_t i = 0; r == 0 && i < b->initrds.n; i++)
		r = add_initrds(g, item->bls_device, b->initrds.v[i], l, e);
	return r;
}

static int put_path(struct walk *w, const struct grub_item *item, const char *device,
		    const char *path, const char **ret, struct err *e)
{
	const char *found = NULL;
	int r = w->g->host->locate(w->g->host->ctx, device, path, &found, e);

	if (r < 0)
		return r;
	if (!found) {
		*ret = NULL;
		return grub_remark(w->g, e,
				   "line %u: %s lies on a disk (%s) that is no %s",
				   item->line, escape_short(slice_str(path)).text,
				   escape_short(slice_str(device)).text,
				   "part of this guest's tree");
	}
	*ret = arena_strdup(w->out, found);
	return *ret ? 0 : arena_full(w->out, e);
}

/* A line of a file, or of nothing when `where` is NULL. */
static int put_source(struct walk *w, const struct source *where, unsigned line,
		      struct source *ret, struct err *e)
{
	struct source s = where ? *where : (struct source){0};

	s.line = line;
	if ((s.disk && !(s.disk = arena_strdup(w->out, s.disk))) ||
	    (s.volume && !(s.volume = arena_strdup(w->out, s.volume))) ||
	    (s.path && !(s.path = arena_strdup(w->out, s.path))))
		return arena_full(w->out, e);
	*ret = s;
	return 0;
}

static int put_entry(struct walk *w, const struct grub_item *item, const char *prefix,
		     const struct grub_loads *l, bool is_default, struct err *e)
{
	struct entry_fact entry = {.is_default = is_default};
	int r;

	entry.title = arena_printf(w->out, "%s%s", prefix, item->title);
	entry.id = item->id ? arena_strdup(w->out, item->id) : NULL;
	entry.cmdline = l->kernel ? arena_strdup(w->out, l->cmdline) : NULL;
	if (!entry.title || (item->id && !entry.id) || (l->kernel && !entry.cmdline))
		return arena_full(w->out, e);
	r = put_source(w, item->where, item->line, &entry.source, e);
	if (r == 0)
		r = put_source(w, l->cmdline_where, l->cmdline_line,
			       &entry.cmdline_source, e);
	if (r == 0 && l->kernel)
		r = put_path(w, item, l->kernel_device, l->kernel, &entry.kernel, e);
	for (size_t i = 0; r == 0 && l->kernel && i < l->initrds.n; i++) {
		const char *path;

		r = put_path(w, item, l->initrd_devices.v[i], l->initrds.v[i], &path, e);
		if (r == 0 && path && !vec_push(w->out, &entry.initramfs, path))
			return arena_full(w->out, e);
	}
	if (r < 0)
		return r;
	if (w->result->entries.n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d boot entries",
			       LIMIT_BOOT_ENTRIES);
	return vec_push(w->out, &w->result->entries, entry) ? 0 : arena_full(w->out, e);
}

/* Runs the body of an entry or submenu. What it set is in g->env afterwards: the caller
 * puts its own back. */
static int run_body(struct grub_eval *g, const struct grub_item *item,
		    struct grub_env *env, struct grub_menu *menu,
		    struct grub_loads *loads, struct err *e)
{
	struct grub_menu *outer_menu = g->menu;
	size_t functions = g->functions.n;
	int r;

	*env = (struct grub_env){.below = g->env, .exported_only = item->submenu};
	g->env = env;
	g->menu = menu;
	g->loads = loads;
	r = grub_env_set(env, g->a, "chosen", item->id ? item->id : item->title, e);
	if (r == 0)
		r = grub_call(g, item->body, &item->args, e);
	g->flow = GRUB_RUN;
	g->loads = NULL;
	g->functions.n = functions;
	if (menu != g->menu) /* configfile went on to another menu */
		*menu = *g->menu;
	g->menu = outer_menu;
	return r < 0 ? err_wrap(e, "menu entry '%s'",
				escape_short(slice_str(item->title)).text)
		     : 0;
}

static int walk_menu(struct walk *w, const struct grub_menu *menu, const char *prefix,
		     const char *spec, bool on_default_path, struct err *e);

static int walk_submenu(struct walk *w, const struct grub_item *item, const char *prefix,
			const char *spec, bool on_default_path, struct err *e)
{
	const char *title = arena_printf(w->g->a, "%s%s>", prefix, item->title);
	struct grub_env env, *outer = w->g->env;
	struct grub_menu menu = {0};
	int r;

	if (!title)
		return arena_full(w->g->a, e);
	if (++w->depth > LIMIT_GRUB_CALLS)
		return err_set(e, ERR_LIMIT, "more than %d submenus inside one another",
			       LIMIT_GRUB_CALLS);
	r = run_body(w->g, item, &env, &menu, NULL, e);
	if (r == 0)
		r = walk_menu(w, &menu, title, spec ? spec_rest(spec) : NULL,
			      on_default_path, e);
	w->g->env = outer;
	w->depth--;
	return r;
}

static int walk_menu(struct walk *w, const struct grub_menu *menu, const char *prefix,
		     const char *spec, bool on_default_path, struct err *e)
{
	size_t chosen = default_index(w, menu, on_default_path ? spec : NULL);
	int r = 0;

	for (size_t i = 0; r == 0 && i < menu->items.n; i++) {
		const struct grub_item *item = &menu->items.v[i];
		bool is_default = on_default_path && i == chosen;
		struct grub_loads loads = {0};
		struct grub_env env, *outer = w->g->env;

		if (item->submenu) {
			r = walk_submenu(w, item, prefix, spec, is_default, e);
			continue;
		}
		if (item->bls)
			r = load_bls(w->g, item, &loads, e);
		else
			r = run_body(w->g, item, &env, w->g->menu, &loads, e);
		w->g->env = outer;
		if (r == 0)
			r = put_entry(w, item, prefix, &loads, is_default, e);
	}
	return r;
}

/* --- The whole --- */

/* What GRUB's own code sets before it runs a configuration (2.06 and later). */
static int set_initial(struct grub_eval *g, const struct grub_start *start, struct err *e)
{
	static const char *const features[] = {
		"feature_chainloader_bpb",       "feature_ntldr",
		"feature_platform_search_hint",  "feature_default_font_path",
		"feature_all_video_module",      "feature_menuentry_id",
		"feature_menuentry_options",     "feature_200_final",
		"feature_nativedisk_cmd",        "feature_timeout_style",
		"feature_search_cryptodisk_only"};
	struct slice s = slice_str(start->path ? start->path : "");
	const char *prefix = start->prefix, *cmdpath = start->cmdpath, *root = GRUB_BOOT;
	bool efi = start->efi;
	size_t dir = 0;
	int r = 0;

	for (size_t i = 0; i < s.n; i++)
		if (slice_at(s, i) == '/')
			dir = i;
	if (start->path)
		prefix = cmdpath =
			arena_printf(g->a, "(%s)%.*s", GRUB_GUEST, (int)dir, start->path);
	if (!prefix || !cmdpath)
		return arena_full(g->a, e);
	/* The device of the prefix is the one that paths without a device are on. */
	s = slice_str(prefix);
	if (!start->path && slice_starts(s, "("))
		root = arena_strndup(g->a, slice_of(s.p + 1, slice_find(s, 1, ')') - 1));
	if (!root)
		return arena_full(g->a, e);
	const char *const set[][2] = {
		{"root", root},
		{"prefix", prefix},
		{"config_directory", prefix},
		{"config_file", start->path ? start->path : ""},
		{"cmdpath", cmdpath},
		{"grub_platform", efi ? "efi" : "pc"},
		{"grub_cpu", efi ? "x86_64" : "i386"},
	};

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(set); i++) {
		r = grub_env_set(g->env, g->a, set[i][0], set[i][1], e);
		if (r == 0)
			r = grub_env_export(g->env, g->a, set[i][0], e);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(features); i++) {
		r = grub_env_set(g->env, g->a, features[i], "y", e);
		if (r == 0)
			r = grub_env_export(g->env, g->a, features[i], e);
	}
	return r;
}

static int copy_remarks(const struct grub_eval *g, struct arena *out, strs *ret,
			struct err *e)
{
	for (size_t i = 0; i < g->remarks.n; i++) {
		const char *copy = arena_strdup(out, g->remarks.v[i]);

		if (!copy || !vec_push(out, ret, copy))
			return arena_full(out, e);
	}
	return 0;
}

/* The script inside of the image, and then the configuration at $prefix, unless the
 * script showed a menu. */
static int run_image(struct grub_eval *g, const struct grub_start *start, struct err *e)
{
	struct grub_block *block;
	struct grub_file file;
	const char *name;
	int r = start->script ? grub_parse(slice_str(start->script), start->where, g->a,
					   &block, e)
			      : 0;

	g->config = start->where;
	if (r >= 0 && start->script)
		r = grub_run(g, block, e);
	if (r < 0 || g->config != start->where)
		return r;
	name = grub_env_get(g->env, "prefix");
	name = arena_printf(g->a, "%s/grub.cfg", name ? name : "");
	if (!name)
		return arena_full(g->a, e);
	g->flow = GRUB_RUN;
	r = grub_load(g, name, &file, e);
	if (r > 0)
		r = grub_remark(g, e, "the configuration %s is not there",
				escape_short(slice_str(name)).text);
	else if (r == 0) {
		g->config = file.where;
		r = grub_run_file(g, &file, e);
	}
	return r;
}

static int run_path(struct grub_eval *g, const char *path, struct err *e)
{
	const char *name = arena_printf(g->a, "(%s)%s", GRUB_GUEST, path);
	struct grub_file file;
	int r = name ? grub_load(g, name, &file, e) : arena_full(g->a, e);

	if (r > 0)
		return err_set(e, ERR_ABSENT, "%s is not there",
			       escape_short(slice_str(path)).text);
	if (r < 0)
		return r;
	g->config = file.where;
	return grub_run_file(g, &file, e);
}

/* The first remark tells why, as far as it can be told. */
static int no_menu(const struct grub_eval *g, const struct grub_start *start,
		   struct err *e)
{
	const struct source *where = start->where ? start->where : g->config;
	const char *path = where && where->path ? where->path : "GRUB";
	const char *why = g->remarks.n ? g->remarks.v[0] : NULL;

	return err_set(e, ERR_UNSUPPORTED,
		       "%s makes no menu: what it starts is not known%s%s%s",
		       escape_short(slice_str(path)).text, why ? " (" : "",
		       why ? why : "", why ? ")" : "");
}

int grub_read(const struct grub_host *host, const struct grub_start *start,
	      struct arena *a, struct arena *out, struct grub_result *ret, struct err *e)
{
	struct grub_env env = {0};
	struct grub_menu menu = {0};
	struct grub_eval g = {.host = host, .a = a, .env = &env, .menu = &menu};
	struct grub_result result = {0};
	struct walk w = {.g = &g, .out = out, .result = &result};
	const char *spec;
	int r = set_initial(&g, start, e);

	if (r >= 0)
		r = start->path ? run_path(&g, start->path, e) : run_image(&g, start, e);
	if (r < 0)
		return r;
	g.flow = GRUB_RUN;
	if (g.config && g.config->path) {
		result.config = arena_strdup(out, g.config->path);
		if (!result.config)
			return arena_full(out, e);
	}
	if (g.menu->items.n == 0)
		return no_menu(&g, start, e);
	spec = grub_env_get(g.env, "default");
	if ((r = walk_menu(&w, g.menu, "", spec, true, e)) < 0 ||
	    (r = explain_default(&w, g.menu, spec, e)) < 0 ||
	    (r = copy_remarks(&g, out, &result.remarks, e)) < 0)
		return r;
	*ret = result;
	return 0;
}
