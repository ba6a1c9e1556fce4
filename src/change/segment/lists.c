/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the init of an initramfs loads by name, in the way of the program that made it.
 * Where these lists are read is told by that program's own init scripts:
 * scripts/functions of initramfs-tools, systemd-modules-load(8), dracut.cmdline(7),
 * mkinitcpio's init, initramfs-init of mkinitfs.
 */
#include "adding.h"

#include <string.h>

#include "limits.h"
#include "text.h"

/* Is the module one of the words of this text? Commas, quotes and "=" separate them, too;
 * a line with a "#" in front is a comment. */
static bool is_listed(struct slice text, const char *module, struct arena *a)
{
	struct arena_mark mark = arena_mark(a);
	struct text t = text_of(text);
	struct slice line, rest, word;
	bool found = false;

	while (!found && text_line(&t, &line)) {
		char *copy;

		if (slice_at(text_trim(line), 0) == '#')
			continue;
		copy = arena_strndup(a, line);
		for (char *c = copy; c && *c; c++)
			if (strchr(",='\"()", *c))
				*c = ' ';
		rest = copy ? slice_str(copy) : SLICE_NONE;
		while (!found && text_word(&rest, &word)) {
			const char *name = arena_strndup(a, word);

			found = name && module_name_eq(name, module);
		}
		arena_rewind(a, mark);
	}
	return found;
}

/* The drivers that a list does not have, with words around each; all of them go behind
 * the old text. 1 when there are any. */
static int add_words(struct adding *g, struct slice old, struct strbuf *out,
		     const char *before, const char *after)
{
	int any = 0;

	for (size_t i = 0; i < g->drivers.n; i++) {
		if (is_listed(old, g->drivers.v[i], g->a))
			continue;
		strbuf_printf(out, "%s%s%s", before, g->drivers.v[i], after);
		any = 1;
	}
	return any;
}

static int put_list(struct adding *g, const char *path, const struct strbuf *text,
		    struct err *e)
{
	const void *copy;

	if (!strbuf_ok(text))
		return err_set(e, ERR_LIMIT, "%s has more than %zu bytes", path,
			       LIMIT_CONFIG_FILE);
	copy = arena_memdup(g->a, text->s, text->n);
	return copy ? add_file(g, path, 0644, slice_of(copy, text->n), e)
		    : arena_full(g->a, e);
}

/* One driver a line, or with other words around them, behind what a file has. */
static int append_to(struct adding *g, const char *path, const char *before,
		     const char *after, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	struct slice old = SLICE_NONE;

	(void)old_archive_file(&g->old, path, &old);
	strbuf_add(&text, old.p, old.n);
	if (old.n && slice_at(old, old.n - 1) != '\n')
		strbuf_char(&text, '\n');
	return add_words(g, old, &text, before, after) ? put_list(g, path, &text, e) : 0;
}

/* conf/modules: init hands each line to modprobe before it looks for /. */
static int add_initramfs_tools(struct adding *g, struct err *e)
{
	return append_to(g, "conf/modules", "", "\n", e);
}

static bool has_modules_load(const struct adding *g)
{
	return old_archive_find(&g->old, "lib/systemd/systemd-modules-load");
}

static int add_modules_load(struct adding *g, struct err *e)
{
	return append_to(g, "etc/modules-load.d/paravet.conf", "", "\n", e);
}

/* Without systemd init reads further words of the command line, from /etc/cmdline.d since
 * dracut 008; before that from /etc/cmdline, and rd.driver.pre had another name. */
static int add_dracut(struct adding *g, struct err *e)
{
	if (has_modules_load(g))
		return add_modules_load(g, e);
	if (old_archive_find(&g->old, "etc/cmdline.d"))
		return append_to(g, "etc/cmdline.d/90-paravet.conf",
				 "rd.driver.pre=", "\n", e);
	return append_to(g, "etc/cmdline", "rdloaddriver=", "\n", e);
}

/* The value of the last MODULES= in a file that the shell reads. */
static struct slice last_modules(struct slice config)
{
	struct text t = text_of(config);
	struct slice line, name, value, last = SLICE_NONE;

	while (text_line(&t, &line))
		if (text_split(line, '=', &name, &value) && slice_eq(name, "MODULES"))
			last = text_unquote(text_trim(value));
	return last;
}

/* /config, which init reads as a script: a last line with the old value and more. */
static int add_mkinitcpio(struct adding *g, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	struct slice old, value;

	if (has_modules_load(g))
		return add_modules_load(g, e);
	if (!old_archive_file(&g->old, "config", &old))
		return err_set(e, ERR_UNSUPPORTED,
			       "it has no /config in which drivers could be named");
	value = last_modules(old);
	if (slice_find(value, 0, '$') < value.n || slice_find(value, 0, '"') < value.n ||
	    slice_find(value, 0, '`') < value.n)
		return err_set(e, ERR_UNSUPPORTED,
			       "MODULES in its /config is computed by a script");
	strbuf_add(&text, old.p, old.n);
	if (old.n && slice_at(old, old.n - 1) != '\n')
		strbuf_char(&text, '\n');
	strbuf_str(&text, "MODULES=\"");
	strbuf_add(&text, value.p, value.n);
	if (!add_words(g, value, &text, " ", ""))
		return 0;
	strbuf_str(&text, "\"\n");
	return put_list(g, "config", &text, e);
}

/* Does the line run the first of SUSE's scripts? What it is to load stands before it, in
 * a variable; behind it, all of that gets loaded. */
static bool runs_start(struct slice line)
{
	struct slice word;

	return text_word(&line, &word) && slice_eq(word, "source") &&
	       text_word(&line, &word) && slice_starts(word, "boot/") &&
	       slice_ends(word, "-start.sh");
}

/* run_all.sh, which mkinitrd of SUSE made of its scripts and what they are configured by;
 * the parts themselves, which "slow_boot" on the command line has run instead. */
static int add_suse(struct adding *g, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	struct slice old = SLICE_NONE, before = SLICE_NONE, line = SLICE_NONE;
	struct text t;
	size_t at = 0;
	int any;

	(void)old_archive_file(&g->old, "run_all.sh", &old);
	t = text_of(old);
	while (text_line(&t, &line) && !runs_start(line))
		at = t.pos;
	if (!runs_start(line) || !slice_sub(old, 0, at, &before))
		return err_set(e, ERR_UNSUPPORTED,
			       "its run_all.sh has no place at which drivers are loaded");
	strbuf_add(&text, before.p, before.n);
	strbuf_str(&text, "modules=\"$modules");
	any = add_words(g, before, &text, " ", "");
	strbuf_str(&text, "\"\n");
	strbuf_add(&text, old.p + at, old.n - at);
	if (any) {
		int r = put_list(g, "run_all.sh", &text, e);

		if (r < 0)
			return r;
	}
	return append_to(g, "config/start.sh",
			 "RESOLVED_INITRD_MODULES=\"$RESOLVED_INITRD_MODULES ", "\"\n",
			 e);
}

/* Its init hands each line to modprobe. */
static int add_mkinitfs(struct adding *g, struct err *e)
{
	return append_to(g, "etc/modules", "", "\n", e);
}

static const struct generator generators[] = {
	{"initramfs-tools", false, add_initramfs_tools},
	{"dracut", false, add_dracut},
	{"mkinitcpio", false, add_mkinitcpio},
	{"mkinitfs", false, add_mkinitfs},
	{"mkinitrd", true, add_insmod_lines},
	{"suse-mkinitrd", false, add_suse},
};

const struct generator *generator_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(generators); i++)
		if (text_same(generators[i].name, name))
			return &generators[i];
	return NULL;
}
