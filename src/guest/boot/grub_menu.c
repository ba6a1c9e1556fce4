/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's commands that make a menu, and those that tell what an entry of it would load.
 */
#include "grub.h"

#include "escape.h"
#include "limits.h"
#include "strbuf.h"
#include "text.h"

/* --- Menus --- */

static int add_item(struct grub_eval *g, const struct grub_item *item, struct err *e)
{
	if (g->menu->items.n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d entries in one menu",
			       LIMIT_BOOT_ENTRIES);
	return vec_push(g->a, &g->menu->items, *item) ? 0 : arena_full(g->a, e);
}

/* menuentry TITLE [OPTION...] [ARGUMENT...] { commands } */
int grub_cmd_menuentry(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	static const char *const with_value[] = {"--class", "--users", "--hotkey",
						 "--source", "--id"};
	struct grub_item item = {
		.submenu = strcmp(c->argv.v[0], "submenu") == 0,
		.body = c->command->body,
		.where = c->command->where,
		.line = c->command->line,
	};

	for (size_t i = 1; i < c->argv.n; i++) {
		const char *arg = c->argv.v[i], *option = NULL;

		for (size_t k = 0; k < ARRAY_LEN(with_value) && !option; k++)
			if (strcmp(arg, with_value[k]) == 0)
				option = arg;
		if (option && i + 1 < c->argv.n) {
			i++;
			if (strcmp(option, "--id") == 0)
				item.id = c->argv.v[i];
		} else if (slice_starts(slice_str(arg), "--id=")) {
			item.id = arg + strlen("--id=");
		} else if (!slice_starts(slice_str(arg), "--") &&
			   !vec_push(g->a, &item.args, arg)) {
			return arena_full(g->a, e);
		}
	}
	if (item.args.n == 0 || !item.body) {
		int r = grub_remark(g, e, "line %u: a %s without %s, which GRUB refuses",
				    item.line, c->argv.v[0],
				    item.body ? "a title" : "a body");

		return r < 0 ? r : 1;
	}
	item.title = item.args.v[0];
	return g->loads ? 0 : add_item(g, &item, e);
}

/* Reads one *.conf file of the entries' directory. */
static int read_bls(struct grub_eval *g, const char *device, const char *dir,
		    const char *name, bls_list *list, struct err *e)
{
	const char *path = arena_printf(g->a, "%s/%s", dir, name);
	struct bls_entry entry;
	struct slice text;
	int r;

	if (!path)
		return arena_full(g->a, e);
	if (list->n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d entries in %s",
			       LIMIT_BOOT_ENTRIES, escape_short(slice_str(dir)).text);
	r = g->host->read(g->host->ctx, device, path, &text, &entry.where, e);
	if (r == 0) {
		const struct source *where = entry.where;

		r = bls_parse(text, name, g->a, &entry, e);
		entry.where = where;
		/* GRUB knows no other kind of entry. */
		if (r == 0 && !entry.kernel)
			r = err_set(e, ERR_ABSENT, "this boot entry has no linux line");
	}
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	return vec_push(g->a, list, entry) ? 0 : arena_full(g->a, e);
}

/* blscfg: the entries of $blsdir, or of loader/entries on the boot device. */
int grub_cmd_blscfg(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	const char *dir = grub_env_get(g->env, "blsdir"), *device;
	bls_list list = {0};
	strs names;
	int r = grub_split_path(g, dir && *dir ? dir : "/loader/entries", &device, &dir,
				e);

	if (r == 0)
		r = g->host->list(g->host->ctx, device, dir, &names, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		r = grub_remark(g, e, "line %u: there is no directory of boot entries %s",
				c->command->line, escape_short(slice_str(dir)).text);
		return r < 0 ? r : 1;
	}
	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (slice_ends(slice_str(names.v[i]), ".conf"))
			r = read_bls(g, device, dir, names.v[i], &list, e);
	if (r < 0)
		return r;
	bls_sort_grub(&list);
	g->menu->from_bls = g->menu->from_bls || g->menu->items.n == 0;
	for (size_t i = 0; r == 0 && i < list.n; i++) {
		struct bls_entry *b = arena_memdup(g->a, &list.v[i], sizeof(*b));
		struct grub_item item = {.bls = b, .bls_device = device};

		if (!b || !vec_push(g->a, &item.args, b->title))
			return arena_full(g->a, e);
		item.title = b->title;
		item.id = b->id;
		item.where = b->where;
		r = add_item(g, &item, e);
	}
	return r;
}

/* --- What an entry loads --- */

/* Arguments joined as GRUB makes a kernel's command line of them. */
static int join_arguments(struct grub_eval *g, const strs *argv, size_t from,
			  const char **ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = from; i < argv->n; i++) {
		struct slice arg = slice_str(argv->v[i]);
		bool blanks = slice_find(arg, 0, ' ') < arg.n;

		if (i > from)
			strbuf_char(&b, ' ');
		if (blanks)
			strbuf_char(&b, '"');
		for (size_t k = 0; k < arg.n; k++) {
			int ch = slice_at(arg, k);

			if (ch == '\\' || ch == '\'' || ch == '"')
				strbuf_char(&b, '\\');
			strbuf_char(&b, (char)ch);
		}
		if (blanks)
			strbuf_char(&b, '"');
	}
	if (!strbuf_ok(&b))
		return err_set(e, ERR_LIMIT, "a command line of more than %zu bytes",
			       LIMIT_TEXT);
	*ret = arena_strdup(g->a, strbuf_text(&b));
	return *ret ? 0 : arena_full(g->a, e);
}

/* Without a menu entry around them these would boot at once; that is not followed. */
static struct grub_loads *loads_of(struct grub_eval *g)
{
	if (g->loads)
		g->loads->any = true;
	return g->loads;
}

static int load_kernel(struct grub_eval *g, const struct grub_command *c,
		       const strs *argv, size_t from, struct err *e)
{
	struct grub_loads *l = loads_of(g);
	int r;

	if (!l || from >= argv->n)
		return l ? 1 : 0;
	r = grub_split_path(g, argv->v[from], &l->kernel_device, &l->kernel, e);
	if (r == 0)
		r = join_arguments(g, argv, from + 1, &l->cmdline, e);
	l->cmdline_where = c->where;
	l->cmdline_line = c->line;
	l->initrds.n = l->initrd_devices.n = 0; /* a new kernel drops the old initrd */
	return r;
}

static int load_initrd(struct grub_eval *g, const char *name, struct err *e)
{
	struct grub_loads *l = loads_of(g);
	const char *device, *path;
	int r;

	if (!l)
		return 0;
	if (slice_starts(slice_str(name), "newc:")) { /* newc:NAME-INSIDE:FILE */
		const char *file = strchr(name + strlen("newc:"), ':');

		name = file ? file + 1 : name;
	}
	r = grub_split_path(g, name, &device, &path, e);
	if (r < 0)
		return r;
	if (!vec_push(g->a, &l->initrd_devices, device) ||
	    !vec_push(g->a, &l->initrds, path))
		return arena_full(g->a, e);
	return 0;
}

static size_t skip_options(const strs *argv)
{
	size_t i = 1;

	while (i < argv->n && slice_starts(slice_str(argv->v[i]), "--"))
		i++;
	return i;
}

int grub_cmd_linux(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	return load_kernel(g, c->command, &c->argv, skip_options(&c->argv), e);
}

int grub_cmd_initrd(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	int r = 0;

	for (size_t i = skip_options(&c->argv); r == 0 && i < c->argv.n; i++)
		r = load_initrd(g, c->argv.v[i], e);
	return r;
}

/* multiboot, xen_hypervisor: Xen is started, and Linux is its first module. */
int grub_cmd_multiboot(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	struct grub_loads *l = loads_of(g);
	size_t at = skip_options(&c->argv);
	struct slice path;
	size_t base = 0;

	if (!l || at >= c->argv.n)
		return l ? 1 : 0;
	path = slice_str(c->argv.v[at]);
	for (size_t i = 0; i < path.n; i++)
		if (slice_at(path, i) == '/')
			base = i + 1;
	l->xen = slice_has(path, base, "xen", 3);
	if (!l->xen)
		return grub_remark(g, e, "line %u: %s is started as a multiboot %s",
				   c->command->line, escape_short(path).text,
				   "kernel, which is not read");
	return 0;
}

int grub_cmd_module(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	struct grub_loads *l = loads_of(g);
	size_t at = skip_options(&c->argv);
	strs argv = c->argv;

	if (!l || !l->xen)
		return 0;
	if (l->kernel)
		return at < argv.n ? load_initrd(g, argv.v[at], e) : 1;
	/* The first word after the file is its name for Xen, not an argument. */
	if (at + 1 < argv.n && strcmp(argv.v[at + 1], "placeholder") == 0) {
		argv.v[at + 1] = argv.v[at];
		at++;
	}
	return load_kernel(g, c->command, &argv, at, e);
}

int grub_cmd_chainloader(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	(void)c;
	(void)e;
	(void)loads_of(g);
	return 0;
}
