/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB 0.9x in a guest's tree: the menu's devices are found among the disks, its paths
 * become those that the guest sees, and the default is told as an unattended boot takes
 * it.
 */
#include "grub_legacy.h"

#include "boot.h"
#include "escape.h"
#include "grub.h"
#include "limits.h"
#include "path.h"
#include "text.h"
#include "volumes.h"

struct legacy {
	struct guest *g;
	const char *config; /* path of the menu file, links resolved */
	struct file file;
	struct legacy_menu menu;
};

/* A file of the directory in which the menu lies. */
static int sibling(struct legacy *l, const char *name, struct slice *ret, struct err *e)
{
	struct slice path = slice_str(l->file.path);
	const char *full;
	struct file file;

	full = arena_printf(l->g->scratch, "%.*s%s",
			    (int)(path.n - path_last_part(path).n), (const char *)path.p,
			    name);
	return full ? guest_config(l->g, full, &file, ret, e)
		    : arena_full(l->g->scratch, e);
}

/* --- Devices --- */

/* "/dev/sdb" of the line for that drive; NULL without one. */
static const char *mapped_drive(struct legacy *l, uint64_t drive)
{
	struct err ignored = ERR_INIT;
	struct slice text, line, name, device;
	uint64_t number, partition;
	struct text t;

	if (sibling(l, "device.map", &text, &ignored) < 0)
		return NULL;
	t = text_of(text);
	while (text_line(&t, &line)) {
		const char *copy;

		if (!text_word(&line, &name) || !text_word(&line, &device))
			continue;
		copy = arena_strndup(l->g->scratch, name);
		if (copy && grub_legacy_device(copy, &number, &partition) &&
		    number == drive)
			return arena_strndup(l->g->scratch, device);
	}
	return NULL;
}

static size_t boot_disk_index(const struct guest *g)
{
	const char *name = g->facts->boot.mbr_disk;
	size_t i = 0;

	while (name && i < g->facts->disks.n &&
	       strcmp(g->facts->disks.v[i].name, name) != 0)
		i++;
	return name && i < g->facts->disks.n ? i : 0;
}

/* The disk that the BIOS starts from is its first drive. For others device.map has what
 * was found at installation; without it they follow in the order given. */
static const char *drive_name(struct legacy *l, uint64_t drive)
{
	size_t first = boot_disk_index(l->g);
	bool known = drive == 0 && l->g->facts->boot.mbr_disk;
	const char *mapped = known ? NULL : mapped_drive(l, drive);

	if (mapped)
		return mapped;
	if (drive == 0)
		drive = first;
	else if (drive <= first)
		drive--;
	return drive < 26 ? arena_printf(l->g->scratch, "/dev/sd%c", 'a' + (int)drive)
			  : "";
}

/* A device of the menu as boot_candidates() takes it. */
static const char *device_spec(struct legacy *l, const char *device)
{
	uint64_t drive, partition;
	const char *name;

	if (!device)
		return GRUB_BOOT;
	if (!grub_legacy_device(device, &drive, &partition))
		return device;
	name = drive_name(l, drive);
	if (!name || !partition)
		return name;
	return arena_printf(l->g->scratch, "%s%u", name, (unsigned)partition);
}

/* The path as the guest sees it; *ret NULL when it is on a volume outside of it. */
static int locate(struct legacy *l, const char *device, const char *path,
		  const char **ret, bool *ret_there, struct err *e)
{
	const char *spec = device_spec(l, device), *found;
	struct err why = ERR_INIT;
	strs candidates = {0};
	struct file file;
	int r;

	if (!spec)
		return arena_full(l->g->scratch, e);
	r = boot_candidates(l->g, spec, path, &candidates, e);
	if (r < 0)
		return r;
	found = candidates.n ? candidates.v[0] : NULL;
	r = boot_find(l->g, &candidates, &file, &why);
	if (r == -ERR_NOMEM || r == -ERR_BUG) {
		*e = why;
		return r;
	}
	if (r >= 0)
		found = file.path;
	*ret_there = r != -ERR_ABSENT;
	*ret = found ? arena_strdup(l->g->arena, found) : NULL;
	return found && !*ret ? arena_full(l->g->arena, e) : 0;
}

/* --- Entries --- */

static int remark(struct legacy *l, const struct legacy_entry *entry, const char *what,
		  struct err *e)
{
	return guest_remark(l->g, "bootloader",
			    guest_source(l->g, &l->file, entry->line, 0),
			    "the entry \"%s\" %s",
			    escape_short(slice_str(entry->title)).text, what) < 0
		       ? arena_full(l->g->arena, e)
		       : 0;
}

/* `ret_starts`: everything it loads is there. */
static int add_entry(struct legacy *l, const struct legacy_entry *entry, bool *ret_starts,
		     struct err *e)
{
	struct guest *g = l->g;
	struct entry_fact f = {
		.title = arena_strdup(g->arena, entry->title),
		.id = arena_printf(g->arena, "%zu", g->facts->boot.entries.n),
		.cmdline = arena_strdup(g->arena, entry->cmdline ? entry->cmdline : ""),
		.source = guest_source(g, &l->file, entry->line, 0),
		.cmdline_source = guest_source(g, &l->file, entry->cmdline_line, 0)};
	bool kernel = true, initrd = true;
	const char *path = NULL;
	int r = 0;

	if (!f.title || !f.id || !f.cmdline)
		return arena_full(g->arena, e);
	if (entry->kernel)
		r = locate(l, entry->kernel_device, entry->kernel, &f.kernel, &kernel, e);
	if (r >= 0 && entry->kernel && !f.kernel)
		r = remark(l, entry, "starts a kernel that is no part of this guest", e);
	if (r >= 0 && entry->kernel && entry->initrd)
		r = locate(l, entry->initrd_device, entry->initrd, &path, &initrd, e);
	if (r >= 0 && path && !vec_push(g->arena, &f.initramfs, path))
		r = arena_full(g->arena, e);
	if (r >= 0 && entry->configfile && !entry->kernel)
		r = remark(l, entry, "leads to another menu, which was not read", e);
	if (r < 0)
		return r;
	*ret_starts = kernel && initrd;
	return vec_push(g->arena, &g->facts->boot.entries, f) ? 0
							      : arena_full(g->arena, e);
}

/* --- The default --- */

static int default_number(struct legacy *l, uint64_t *ret, const char **ret_how,
			  struct err *e)
{
	const char *word = l->menu.default_word;
	struct arena *a = l->g->arena;
	struct slice text = SLICE_NONE;

	*ret = 0;
	if (!word) {
		*ret_how = "first entry";
	} else if (strcmp(word, "saved") == 0) {
		int r = sibling(l, "default", &text, e);

		if (r < 0 && r != -ERR_ABSENT)
			return r;
		err_clear(e);
		*ret = grub_legacy_saved(text);
		*ret_how = arena_printf(a, "default=saved, which is %llu",
					(unsigned long long)*ret);
	} else if (text_u64(slice_str(word), UINT32_MAX, ret)) {
		*ret_how = arena_printf(a, "default=%s", word);
	} else {
		return err_set(e, ERR_CORRUPT, "default=%s is no number of an entry",
			       escape_short(slice_str(word)).text);
	}
	return *ret_how ? 0 : arena_full(a, e);
}

/* When a file that the default entry loads is not there, GRUB goes on with those of
 * `fallback`, one after the other. */
static int choose_default(struct legacy *l, const bool *starts, struct err *e)
{
	struct boot_fact *b = &l->g->facts->boot;
	const char *how = NULL;
	uint64_t chosen = 0, other;
	int r = default_number(l, &chosen, &how, e);

	if (r < 0)
		return r;
	if (b->entries.n == 0)
		return err_set(e, ERR_CORRUPT, "%s holds no entries",
			       escape_short(slice_str(l->config)).text);
	if (chosen >= b->entries.n)
		return err_set(e, ERR_CORRUPT, "%s names no entry: there are %zu", how,
			       b->entries.n);
	for (size_t i = 0; !starts[chosen] && i < l->menu.fallbacks; i++) {
		other = l->menu.fallback[i];
		if (other >= b->entries.n || !starts[other])
			continue;
		chosen = other;
		how = arena_printf(l->g->arena,
				   "fallback=%llu, as a file of the default entry is "
				   "missing",
				   (unsigned long long)chosen);
		if (!how)
			return arena_full(l->g->arena, e);
	}
	b->default_how = how;
	b->entries.v[chosen].is_default = true;
	return 0;
}

int boot_read_grub_legacy(struct guest *g, const char *config, struct err *e)
{
	struct legacy l = {.g = g, .config = config};
	struct slice text;
	bool *starts;
	int r = guest_config(g, config, &l.file, &text, e);

	if (r >= 0)
		r = grub_legacy_parse(text, g->scratch, &l.menu, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(config)).text);
	starts = arena_calloc(g->scratch, l.menu.entries.n + 1, sizeof(*starts));
	if (!starts)
		return arena_full(g->scratch, e);
	for (size_t i = 0; r >= 0 && i < l.menu.entries.n; i++)
		r = add_entry(&l, &l.menu.entries.v[i], &starts[i], e);
	return r < 0 ? r : choose_default(&l, starts, e);
}
