/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The small text files of an initramfs that decide which drivers get loaded, one row of
 * settings[] each. What they mean is written where each is read: by the init scripts of
 * initramfs-tools, dracut, mkinitcpio, booster and tiny-initramfs, by kmod and by
 * systemd-modules-load.
 */
#include <string.h>

#include "escape.h"
#include "modprobe.h"
#include "module_file.h"
#include "reading.h"
#include "text.h"

struct setting {
	const char *path; /* without usr/; a folder when it ends in a slash */
	const char *suffix;
	size_t max;
	bool must; /* one that is too large is an error: others are no settings then */
	int (*read)(struct reading *g, struct slice path, struct slice body,
		    struct err *e);
};

int list_module(struct reading *g, struct slice word, struct err *e)
{
	char *name;

	if (word.n == 0 || slice_find(word, 0, '\0') < word.n)
		return 0;
	name = arena_strndup(g->arena, word);
	for (char *c = name; c && *c; c++)
		if (*c == '-')
			*c = '_';
	if (name && strmap_get(g->listed, slice_str(name)))
		return 0;
	if (!name || !vec_push(g->arena, &g->out->listed, (const char *)name))
		return arena_full(g->arena, e);
	return strmap_set(g->listed, slice_str(name), name) ? 0
							    : arena_full(g->lasting, e);
}

/* The value of a shell assignment NAME=..., quotes removed; false for other lines. */
static bool assigned(struct slice line, const char *name, struct slice *ret)
{
	struct slice left, right;

	if (!text_split(line, '=', &left, &right) || !slice_eq(text_trim(left), name))
		return false;
	*ret = text_unquote(text_trim(right));
	return true;
}

/* A list of modules, one at the start of each line; options may follow. */
static int read_list(struct reading *g, struct slice path, struct slice body,
		     struct err *e)
{
	struct text t = text_of(body);
	struct slice line, word;
	int r = 0;

	(void)path;
	while (r >= 0 && text_line(&t, &line)) {
		if (!text_word(&line, &word) || slice_at(word, 0) == '#' ||
		    slice_at(word, 0) == ';')
			continue;
		r = list_module(g, word, e);
	}
	return r;
}

/* initramfs-tools: conf/initramfs.conf, then conf/conf.d, which may change it. */
static int read_initramfs_conf(struct reading *g, struct slice path, struct slice body,
			       struct err *e)
{
	struct clue *clue = &g->clues[GEN_INITRAMFS_TOOLS];
	struct text t = text_of(body);
	struct slice line, value;
	bool may_change = slice_starts(path, "conf/conf.d/");

	while (text_line(&t, &line)) {
		if (!assigned(line, "MODULES", &value) || (clue->policy && !may_change))
			continue;
		clue->policy =
			arena_printf(g->arena, "MODULES=%s", escape_short(value).text);
		if (!clue->policy)
			return arena_full(g->arena, e);
		clue->host_only = slice_eq(value, "dep")    ? KNOWN_YES
				  : slice_eq(value, "most") ? KNOWN_NO
							    : KNOWN_NOT;
	}
	return read_init_conf(g, path, body, e);
}

static int dracut_policy(struct reading *g, enum known host_only)
{
	g->clues[GEN_DRACUT].host_only = host_only;
	g->clues[GEN_DRACUT].policy = host_only == KNOWN_YES ? "hostonly" : "no-hostonly";
	return 0;
}

/* dracut: the parameters it was called with. */
static int read_build_parameters(struct reading *g, struct slice path, struct slice body,
				 struct err *e)
{
	struct slice word;

	(void)path;
	(void)e;
	while (text_word(&body, &word)) {
		word = text_unquote(word);
		if (slice_eq(word, "--hostonly") || slice_eq(word, "-H"))
			dracut_policy(g, KNOWN_YES);
		if (slice_eq(word, "--no-hostonly") || slice_eq(word, "-N"))
			dracut_policy(g, KNOWN_NO);
	}
	return 0;
}

/* dracut: files that only this host needs. Its parameters go before. */
static int read_hostonly_files(struct reading *g, struct slice path, struct slice body,
			       struct err *e)
{
	(void)path;
	(void)e;
	if (text_trim(body).n && !g->clues[GEN_DRACUT].policy)
		dracut_policy(g, KNOWN_YES);
	return 0;
}

static int read_initrd_release(struct reading *g, struct slice path, struct slice body,
			       struct err *e)
{
	struct clue *clue = &g->clues[GEN_DRACUT];
	struct text t = text_of(body);
	struct slice line, value;

	(void)path;
	while (text_line(&t, &line)) {
		if (!assigned(line, "DRACUT_VERSION", &value) || value.n == 0)
			continue;
		clue->version = arena_strndup(g->arena, value);
		if (!clue->version)
			return arena_full(g->arena, e);
	}
	return 0;
}

void forget_lines(modprobe_list *list, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!slice_eq(slice_str(list->v[i].source.path), path))
			list->v[kept++] = list->v[i];
	list->n = kept;
}

/* mkinitcpio: MODULES="a b", what init loads first. */
static int read_mkinitcpio_config(struct reading *g, struct slice path, struct slice body,
				  struct err *e)
{
	struct text t = text_of(body);
	struct slice line, value, word;
	int r = 0;

	(void)path;
	while (text_line(&t, &line))
		if (assigned(line, "MODULES", &value))
			while (r >= 0 && text_word(&value, &word))
				r = list_module(g, word, e);
	return r;
}

/* mkinitcpio: its mkinitcpio.conf, with HOOKS=(base udev autodetect ...). */
static int read_mkinitcpio_conf(struct reading *g, struct slice path, struct slice body,
				struct err *e)
{
	struct clue *clue = &g->clues[GEN_MKINITCPIO];
	struct text t = text_of(body);
	struct slice line, value, word;

	(void)path;
	(void)e;
	while (text_line(&t, &line)) {
		if (!assigned(line, "HOOKS", &value))
			continue;
		if (slice_at(value, 0) == '(')
			value = slice_of(value.p + 1, value.n - 1);
		if (slice_ends(value, ")"))
			value.n--;
		clue->host_only = KNOWN_NO;
		clue->policy = "no autodetect hook";
		while (text_word(&value, &word))
			if (slice_eq(word, "autodetect")) {
				clue->host_only = KNOWN_YES;
				clue->policy = "autodetect hook";
			}
	}
	return 0;
}

static int read_mkinitcpio_version(struct reading *g, struct slice path,
				   struct slice body, struct err *e)
{
	struct slice word;

	(void)path;
	if (!text_word(&body, &word))
		return 0;
	g->clues[GEN_MKINITCPIO].version = arena_strndup(g->arena, word);
	return g->clues[GEN_MKINITCPIO].version ? 0 : arena_full(g->arena, e);
}

/* booster: YAML of which two keys are of interest, in the form that booster writes. */
static int read_booster(struct reading *g, struct slice path, struct slice body,
			struct err *e)
{
	struct text t = text_of(body);
	struct slice line, key, value;
	bool in_list = false;
	int r = 0;

	(void)path;
	while (r >= 0 && text_line(&t, &line)) {
		struct slice item = text_trim(line);

		if (in_list && slice_starts(item, "- ")) {
			r = list_module(
				g,
				text_unquote(text_trim(slice_of(item.p + 2, item.n - 2))),
				e);
			continue;
		}
		if (!text_split(line, ':', &key, &value) ||
		    text_is_blank(slice_at(line, 0)))
			continue;
		in_list = slice_eq(key, "modulesforceload");
		value = text_unquote(text_trim(value));
		if (slice_eq(key, "kernel") && value.n) {
			g->out->kernel = arena_strndup(g->arena, value);
			if (!g->out->kernel)
				return arena_full(g->arena, e);
		}
	}
	return r;
}

/* Modules named by their file: "/virtio_blk.ko options". */
static int list_file(struct reading *g, struct slice word, struct err *e)
{
	const char *name = module_name_of(word, g->arena);

	return name ? list_module(g, slice_str(name), e) : 0;
}

/* tiny-initramfs: the files that init loads, in order. */
static int read_tiny_modules(struct reading *g, struct slice path, struct slice body,
			     struct err *e)
{
	struct text t = text_of(body);
	struct slice line, word;
	int r = 0;

	(void)path;
	while (r >= 0 && text_line(&t, &line)) {
		if (!text_word(&line, &word) || slice_at(word, 0) != '/')
			continue;
		g->clues[GEN_TINY_INITRAMFS].marked = true;
		r = list_file(g, word, e);
	}
	return r;
}

/* The word behind a command's options. */
static bool operand(struct slice line, struct slice *ret)
{
	while (text_word(&line, ret))
		if (slice_at(*ret, 0) != '-')
			return true;
	return false;
}

static bool text_word_is(struct slice line, const char *want)
{
	struct slice word;

	return text_word(&line, &word) && slice_eq(word, want);
}

/* An init script: which shell it is for, and the "insmod" lines in it. nash (Red Hat's
 * mkinitrd) runs every line of its script, so its "modprobe" lines count, too. */
static int read_script(struct reading *g, struct slice path, struct slice body,
		       struct err *e)
{
	struct text t = text_of(body);
	struct slice line, word, name;
	bool nash = false;
	int r = 0;

	(void)path;
	if (!slice_starts(body, "#!"))
		return 0;
	while (r >= 0 && text_line(&t, &line)) {
		if (t.line == 1)
			nash = slice_search(line, "/nash", 5) < line.n;
		if (nash)
			g->clues[GEN_MKINITRD].marked = true;
		/* nash has the kernel put arrays together itself. Out of memory here
		 * loses a tool, which only makes the answer weaker. */
		if (nash && text_word_is(line, "raidautorun"))
			(void)!strs_add_once(g->arena, &g->out->tools, "raidautorun");
		if (!text_word(&line, &word) || !operand(line, &name))
			continue;
		if (slice_eq(word, "insmod")) {
			g->script = true;
			r = list_file(g, name, e);
		} else if (nash && slice_eq(word, "modprobe")) {
			r = list_module(g, name, e);
		}
	}
	return r;
}

static int read_modprobe_lines(struct reading *g, struct slice path, struct slice body,
			       struct err *e)
{
	struct source source = {.path = arena_strndup(g->arena, path)};
	bool always = slice_ends(path, ".conf");
	modprobe_list *list = always ? &g->out->modprobe : &g->unsuffixed;
	int r;

	if (!source.path)
		return arena_full(g->arena, e);
	forget_lines(list, source.path);
	r = modprobe_parse(body, g->arena, source, list, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(path).text) : r;
}

static int read_built_in(struct reading *g, struct slice path, struct slice body,
			 struct err *e)
{
	(void)path;
	return modules_built_in(g, body, e);
}

/* A script that is larger is a program; a list that is larger is none. */
#define SCRIPT_MAX ((size_t)256 * 1024)

static const struct setting settings[] = {
	{"conf/initramfs.conf", "", LIMIT_CONFIG_FILE, true, read_initramfs_conf},
	{"conf/conf.d/cryptroot", "", LIMIT_CONFIG_FILE, true, read_cryptroot},
	{"conf/conf.d/", "", LIMIT_CONFIG_FILE, true, read_initramfs_conf},
	{"conf/modules", "", LIMIT_CONFIG_FILE, true, read_list},
	{"etc/modules", "", LIMIT_CONFIG_FILE, true, read_list},
	{"etc/modules-load.d/", ".conf", LIMIT_CONFIG_FILE, true, read_list},
	{"lib/modules-load.d/", ".conf", LIMIT_CONFIG_FILE, true, read_list},
	{"run/modules-load.d/", ".conf", LIMIT_CONFIG_FILE, true, read_list},
	{"etc/modprobe.d/", "", LIMIT_CONFIG_FILE, true, read_modprobe_lines},
	{"lib/modprobe.d/", "", LIMIT_CONFIG_FILE, true, read_modprobe_lines},
	{"run/modprobe.d/", "", LIMIT_CONFIG_FILE, true, read_modprobe_lines},
	{"etc/modprobe.conf", "", LIMIT_CONFIG_FILE, true, read_modprobe_lines},
	{"cryptroot/crypttab", "", LIMIT_CONFIG_FILE, true, read_crypttab},
	{"etc/crypttab", "", LIMIT_CONFIG_FILE, true, read_crypttab},
	{"etc/mdadm/mdadm.conf", "", LIMIT_CONFIG_FILE, true, read_mdadm},
	{"etc/mdadm.conf", "", LIMIT_CONFIG_FILE, true, read_mdadm},
	{"etc/lvm/lvm.conf", "", LIMIT_CONFIG_FILE, true, read_lvm},
	{"etc/lvm/lvmlocal.conf", "", LIMIT_CONFIG_FILE, true, read_lvm},
	{"etc/lvm/devices/system.devices", "", LIMIT_CONFIG_FILE, true, read_lvm},
	{"etc/cmdline", "", LIMIT_CONFIG_FILE, true, read_command_line},
	{"etc/cmdline.d/", ".conf", LIMIT_CONFIG_FILE, true, read_command_line},
	{"lib/dracut/build-parameter.txt", "", LIMIT_CONFIG_FILE, false,
	 read_build_parameters},
	{"lib/dracut/hostonly-files", "", LIMIT_CONFIG_FILE, false, read_hostonly_files},
	{"lib/initrd-release", "", LIMIT_CONFIG_FILE, false, read_initrd_release},
	{"etc/initrd-release", "", LIMIT_CONFIG_FILE, false, read_initrd_release},
	{"etc/booster.init.yaml", "", LIMIT_CONFIG_FILE, true, read_booster},
	{"config", "", LIMIT_CONFIG_FILE, true, read_mkinitcpio_config},
	{"buildconfig", "", LIMIT_CONFIG_FILE, false, read_mkinitcpio_conf},
	{"VERSION", "", LIMIT_CONFIG_FILE, false, read_mkinitcpio_version},
	{"modules", "", LIMIT_CONFIG_FILE, false, read_tiny_modules},
	{"init", "", SCRIPT_MAX, false, read_script},
	{"linuxrc", "", SCRIPT_MAX, false, read_script},
	{"run_all.sh", "", SCRIPT_MAX, false, read_suse_script},
	{"lib/modules/", "/modules.builtin", LIMIT_TABLE_FILE, true, read_built_in},
	{"lib/modules/", "/modules.dep", LIMIT_TABLE_FILE, true, indexes_body},
	{"lib/modules/", "/modules.dep.bin", LIMIT_TABLE_FILE, true, indexes_body},
	{"lib/modules/", "/modules.alias", LIMIT_TABLE_FILE, true, indexes_body},
	{"lib/modules/", "/modules.alias.bin", LIMIT_TABLE_FILE, true, indexes_body},
};

const struct setting *setting_at(struct slice path)
{
	struct slice canon = path_without_usr(path);

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *row = &settings[i];
		bool folder = slice_ends(slice_str(row->path), "/");

		if (folder ? slice_starts(canon, row->path) &&
				     slice_ends(canon, row->suffix)
			   : slice_eq(canon, row->path))
			return row;
	}
	return NULL;
}

size_t setting_max(const struct setting *row, bool *ret_must)
{
	*ret_must = row->must;
	return row->max;
}

int setting_body(struct reading *g, const struct setting *row, struct slice path,
		 struct slice body, struct err *e)
{
	return row->read(g, path, body, e);
}

/* Only in modprobe.d would a line that is not seen make the answer too good. */
int setting_link(const struct setting *row, struct slice path, struct slice target,
		 struct err *e)
{
	if (row->read != read_modprobe_lines || slice_eq(target, "/dev/null") ||
	    slice_find(target, 0, '/') == target.n ||
	    slice_search(target, "modprobe.d/", 11) < target.n)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "%s is a link to %s, which is not read",
		       escape_short(path).text, escape_short(target).text);
}
