/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that changes which modules get loaded: the files of modprobe.d(5) with their
 * precedence, the single files of older systems, and the blacklists on the kernel command
 * line.
 */
#include "guest.h"
#include "modprobe.h"
#include "strmap.h"
#include "text.h"
#include "tolerate.h"

/* A file hides those of the same name in directories below. */
static const char *const dirs[] = {
	"/etc/modprobe.d",     "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d",
};

/* What module-init-tools read, and modutils before it; kmod does not. */
static const char *const old_files[] = {
	"/etc/modprobe.conf",
	"/etc/modprobe.conf.local",
};
static const char modutils_file[] = "/etc/modules.conf";

/* Copies that editors and package managers leave; module-init-tools read any other name.
 */
static const char *const not_read[] = {
	"~",         ".rpmsave",  ".rpmorig",  ".rpmnew", ".dpkg-old", ".dpkg-dist",
	".dpkg-new", ".dpkg-tmp", ".dpkg-bak", ".bak",    ".swp",
};

static bool is_config(const char *name, bool kmod)
{
	struct slice s = slice_str(name);

	if (slice_ends(s, ".conf"))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(not_read); i++)
		if (slice_ends(s, not_read[i]))
			return false;
	return !kmod && slice_at(s, 0) != '.';
}

/* Is the guest's modprobe the one of kmod? It reads nothing but *.conf. One that is not
 * there is taken for it. */
static int is_kmod(struct guest *g, bool *ret, struct err *e)
{
	struct file f;
	int r = tree_find(g->tree, "/sbin/modprobe", &f, e);

	if (r < 0) {
		*ret = true;
		return tolerate(g, "modprobe", "/sbin/modprobe", e);
	}
	*ret = slice_ends(slice_str(f.path), "/kmod") ||
	       slice_ends(slice_str(f.path), "/busybox");
	return 0;
}

static int read_file(struct guest *g, const char *path, bool *ret_found, struct err *e)
{
	struct slice text;
	struct file f;
	int r = guest_config(g, path, &f, &text, e);

	*ret_found = r >= 0;
	if (r >= 0)
		r = modprobe_parse(text, g->arena, guest_source(g, &f, 0, 0),
				   &g->facts->modprobe, e);
	return r < 0 ? tolerate(g, "modprobe", path, e) : 0;
}

static int read_dir(struct guest *g, const char *dir, bool kmod, struct strmap *seen,
		    struct err *e)
{
	dir_list names = {0};
	int r = tree_list(g->tree, dir, &names, e);

	if (r < 0)
		return tolerate(g, "modprobe", dir, e);
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		const char *name = names.v[i].name;
		const char *path;
		bool found;

		if (names.v[i].type == NODE_DIR || !is_config(name, kmod) ||
		    strmap_get(seen, slice_str(name)))
			continue;
		path = arena_printf(g->scratch, "%s/%s", dir, name);
		if (!path || !strmap_set(seen, slice_str(name), (void *)path))
			return arena_full(g->scratch, e);
		/* A link to /dev/null hides, too. */
		r = read_file(g, path, &found, e);
	}
	return r;
}

static int read_old_files(struct guest *g, struct err *e)
{
	bool found = false, any = false;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(old_files); i++) {
		r = read_file(g, old_files[i], &found, e);
		any |= found;
	}
	if (r >= 0 && !any)
		r = read_file(g, modutils_file, &found, e);
	return r;
}

static const char *const blacklist_keys[] = {
	"module_blacklist",
	"modprobe.blacklist",
	"rd.driver.blacklist",
	"rdblacklist",
};

static int add_names(struct guest *g, struct slice word, struct slice names,
		     struct source source, struct err *e)
{
	struct slice name, rest = text_unquote(names);

	while (rest.n) {
		struct modprobe_fact fact = {.kind = "blacklist", .source = source};

		if (!text_split(rest, ',', &name, &rest)) {
			name = rest;
			rest = SLICE_NONE;
		}
		if (name.n == 0)
			continue;
		fact.module = arena_strndup(g->arena, name);
		fact.argument = arena_strndup(g->arena, word);
		if (!fact.module || !fact.argument ||
		    !vec_push(g->arena, &g->facts->modprobe, fact))
			return arena_full(g->arena, e);
	}
	return 0;
}

/* The argument of these facts is the word of the command line. */
static int read_cmdline(struct guest *g, const struct entry_fact *entry, struct err *e)
{
	struct slice rest = slice_str(entry->cmdline), word, key, value;
	int r = 0;

	while (r >= 0 && text_word(&rest, &word)) {
		if (!text_split(word, '=', &key, &value))
			continue;
		for (size_t i = 0; r >= 0 && i < ARRAY_LEN(blacklist_keys); i++)
			if (slice_eq(key, blacklist_keys[i]))
				r = add_names(g, word, value, entry->cmdline_source, e);
	}
	return r;
}

static int read_all(struct guest *g, struct err *e)
{
	struct strmap *seen = strmap_new(g->scratch);
	bool kmod;
	int r = seen ? is_kmod(g, &kmod, e) : arena_full(g->scratch, e);

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(dirs); i++)
		r = read_dir(g, dirs[i], kmod, seen, e);
	if (r >= 0 && !kmod)
		r = read_old_files(g, e);
	for (size_t i = 0; r >= 0 && i < g->facts->boot.entries.n; i++) {
		const struct entry_fact *entry = &g->facts->boot.entries.v[i];

		if (entry->is_default && entry->cmdline)
			r = read_cmdline(g, entry, e);
	}
	return r;
}

const struct guest_reader read_modprobe = {
	.name = "modprobe",
	.doc = "modprobe.d, modprobe.conf, and blacklists of the kernel command line",
	.read = read_all,
};
