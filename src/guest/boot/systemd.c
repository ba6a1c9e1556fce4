/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systemd-boot: loader.conf, the Boot Loader Specification entries beside it and on
 * /boot, and unified kernel images in EFI/Linux. What the firmware remembers
 * (LoaderEntryDefault) is not on any disk.
 */
#include "boot.h"

#include "bls.h"
#include "boot/unified_entries.h"
#include "escape.h"
#include "limits.h"
#include "text.h"

static const char *const entry_dirs[] = {"/boot/efi/loader/entries",
					 "/efi/loader/entries", "/boot/loader/entries"};

/* The `default` line of loader.conf: *ret stays NULL without one. */
static int read_default(struct guest *g, const char *config, const char **ret,
			struct err *e)
{
	struct slice text, line, key;
	struct file file;
	struct text t;
	int r = guest_config(g, config, &file, &text, e);

	if (r < 0)
		return r;
	t = text_of(text);
	while (text_line(&t, &line)) {
		if (!text_word(&line, &key) || !slice_eq(key, "default"))
			continue;
		*ret = arena_strndup(g->scratch, text_trim(line));
		if (!*ret)
			return arena_full(g->scratch, e);
	}
	return 0;
}

/* Paths of an entry are those of the file system it lies on: below the directory that
 * holds "loader". */
static int guest_path(struct guest *g, const struct bls_entry *b, struct slice path,
		      const char **ret, struct err *e)
{
	struct slice entry = slice_str(b->where->path ? b->where->path : "");
	size_t end = slice_search(entry, "/loader/entries", strlen("/loader/entries"));
	struct err ignored = ERR_INIT;
	struct file file;

	*ret = arena_printf(g->arena, "%.*s%s%.*s", (int)end, (const char *)entry.p,
			    slice_at(path, 0) == '/' ? "" : "/", (int)path.n,
			    (const char *)path.p);
	if (!*ret)
		return arena_full(g->arena, e);
	if (tree_find(g->tree, *ret, &file, &ignored) >= 0) {
		*ret = arena_strdup(g->arena, file.path);
		if (!*ret)
			return arena_full(g->arena, e);
	}
	return 0;
}

/* Does the entry start a unified kernel image? One that starts another program for UEFI
 * is none of Linux: ERR_ABSENT. */
static int find_image(struct guest *g, struct bls_entry *b, struct err *e)
{
	const char *name = b->program ? b->program : b->kernel, *path;
	int r = guest_path(g, b, slice_str(name), &path, e);

	if (r >= 0)
		r = unified_entry(g, path, b, e);
	if (r != -ERR_ABSENT && r != -ERR_CORRUPT)
		return r;
	if (b->program)
		return err_set(e, ERR_ABSENT, "another program for UEFI");
	err_clear(e);
	return 0;
}

static int read_entries(struct guest *g, bls_list *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(entry_dirs); i++)
		r = boot_read_bls(g, entry_dirs[i], find_image, list, e);
	return r;
}

static int add_initrds(struct guest *g, const struct bls_entry *b, strs *ret,
		       struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->initrds.n; i++) {
		struct slice rest = slice_str(b->initrds.v[i]), word;
		const char *path;

		while (r == 0 && text_word(&rest, &word)) {
			r = guest_path(g, b, word, &path, e);
			if (r == 0 && !vec_push(g->arena, ret, path))
				return arena_full(g->arena, e);
		}
	}
	return r;
}

static int add_entry(struct guest *g, const struct bls_entry *b, struct err *e)
{
	struct entry_fact f = {
		.title = arena_strdup(g->arena, b->title),
		.id = arena_strdup(g->arena, b->id),
		.cmdline = arena_strdup(g->arena, b->options ? b->options : ""),
		.source = *b->where,
		.cmdline_source = *b->where};
	int r;

	if (b->image)
		return unified_add(g, b, e);
	f.cmdline_source.line = b->options_line;
	if (!f.title || !f.id || !f.cmdline)
		return arena_full(g->arena, e);
	r = guest_path(g, b, slice_str(b->kernel), &f.kernel, e);
	if (r == 0)
		r = add_initrds(g, b, &f.initramfs, e);
	if (r < 0)
		return r;
	return vec_push(g->arena, &g->facts->boot.entries, f) ? 0
							      : arena_full(g->arena, e);
}

/* Shell patterns with * and ?; a "*" that fits too little is tried again longer. */
static bool glob_fits(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern && (*pattern == '?' || *pattern == *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* The pattern names an id, with or without ".conf". */
static bool pattern_fits(struct guest *g, const char *pattern, const struct bls_entry *b)
{
	const char *name = arena_printf(g->scratch, "%s.conf", b->id);

	return glob_fits(pattern, b->id) || (name && glob_fits(pattern, name));
}

static int choose_default(struct guest *g, const bls_list *list, const char *pattern,
			  struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	size_t chosen = 0;

	if (list->n == 0)
		return 0;
	if (pattern && strlen(pattern) > LIMIT_NAME)
		return err_set(e, ERR_LIMIT, "a default of more than %d bytes",
			       LIMIT_NAME);
	if (pattern && slice_starts(slice_str(pattern), "@"))
		return err_set(e, ERR_UNSUPPORTED,
			       "the default entry (%s) is kept in the firmware's memory",
			       escape_short(slice_str(pattern)).text);
	while (pattern && chosen < list->n && !pattern_fits(g, pattern, &list->v[chosen]))
		chosen++;
	b->default_how =
		!pattern ? "first BLS entry"
			 : arena_printf(g->arena, "default=%s%s", pattern,
					chosen == list->n
						? " (names no entry: the first one)"
						: "");
	if (!b->default_how)
		return arena_full(g->arena, e);
	b->entries.v[chosen < list->n ? chosen : 0].is_default = true;
	return 0;
}

/* What can be listed is, also where something else cannot: then no default is known. */
int boot_read_systemd(struct guest *g, const char *config, struct err *e)
{
	struct err unread = ERR_INIT;
	const char *pattern = NULL;
	bls_list list = {0};
	int r = read_default(g, config, &pattern, e);

	if (r >= 0)
		r = read_entries(g, &list, e);
	if (r >= 0)
		(void)unified_list(g, &list, &unread);
	bls_sort_systemd(&list);
	for (size_t i = 0; r >= 0 && i < list.n; i++)
		r = add_entry(g, &list.v[i], e);
	if (r >= 0 && unread.code != ERR_NONE) {
		*e = unread;
		return -(int)unread.code;
	}
	return r < 0 ? r : choose_default(g, &list, pattern, e);
}
