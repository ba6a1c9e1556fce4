/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot/unified_entries.h"

#include "boot.h"
#include "efi.h"
#include "escape.h"
#include "limits.h"
#include "path.h"
#include "unified.h"

static int find_image(struct guest *g, const char *path, struct file *ret_file,
		      struct unified *ret, struct err *e)
{
	struct file_bytes bytes;
	int r = tree_find(g->tree, path, ret_file, e);

	if (r >= 0 && ret_file->node.type != NODE_FILE)
		r = err_set(e, ERR_ABSENT, "%s is no file", path);
	if (r < 0)
		return r;
	bytes = file_bytes_of(ret_file);
	return unified_read(&bytes, g->arena, ret, e);
}

static int set_image(struct guest *g, const struct file *f,
		     const struct unified_profile *profile, struct bls_entry *b,
		     struct err *e)
{
	struct unified_profile *copy = arena_memdup(g->arena, profile, sizeof(*profile));

	b->image = arena_strdup(g->arena, f->path);
	b->inside = copy;
	return copy && b->image ? 0 : arena_full(g->arena, e);
}

int unified_entry(struct guest *g, const char *path, struct bls_entry *b, struct err *e)
{
	struct unified u;
	struct file f;
	int r = find_image(g, path, &f, &u, e);

	return r < 0 ? r : set_image(g, &f, &u.profiles.v[0], b, e);
}

/* --- EFI/Linux --- */

static const char *title_of(struct guest *g, const struct unified *u,
			    const struct unified_profile *p, const char *id)
{
	const char *name = p->name ? p->name : id;

	return u->profiles.n > 1 && p->title
		       ? arena_printf(g->arena, "%s (%s)", name, p->title)
		       : arena_strdup(g->arena, name);
}

static int add_profile(struct guest *g, const struct unified *u, size_t index,
		       const struct file *f, bls_list *list, struct err *e)
{
	const struct unified_profile *p = &u->profiles.v[index];
	struct source *where = arena_new_of(g->arena, struct source);
	const char *name = arena_strndup(g->arena, path_last_part(slice_str(f->path)));
	struct bls_entry b = {.version = p->version, .sort_key = p->sort_key};
	int r;

	if (!where || !name)
		return arena_full(g->arena, e);
	*where = guest_source(g, f, 0, 0);
	b.where = where;
	b.id = index ? arena_printf(g->arena, "%s@%zu", name, index) : name;
	if (!b.id)
		return arena_full(g->arena, e);
	b.title = title_of(g, u, p, b.id);
	if (!b.title)
		return arena_full(g->arena, e);
	r = set_image(g, f, p, &b, e);
	if (r < 0)
		return r;
	if (list->n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d boot entries",
			       LIMIT_BOOT_ENTRIES);
	return vec_push(g->scratch, list, b) ? 0 : arena_full(g->scratch, e);
}

/* Addons are programs for UEFI, too, that bring more words for the command line
 * (systemd-stub(7)). */
static int remark_addons(struct guest *g, const struct file *f, struct err *e)
{
	const char *dir = arena_printf(g->scratch, "%s.extra.d", f->path);
	struct err ignored = ERR_INIT;
	dir_list names = {0};

	if (!dir)
		return arena_full(g->scratch, e);
	if (tree_list(g->tree, dir, &names, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < names.n; i++)
		if (slice_ends(slice_str(names.v[i].name), ".addon.efi"))
			return guest_remark(g, "bootloader", guest_source(g, f, 0, 0),
					    "%s holds addons, which may have more words "
					    "for the command line: they are not read",
					    escape_short(slice_str(dir)).text) < 0
				       ? arena_full(g->arena, e)
				       : 0;
	return 0;
}

static int add_file(struct guest *g, const char *path, bls_list *list, struct err *e)
{
	struct unified u;
	struct file f;
	int r = find_image(g, path, &f, &u, e);

	for (size_t i = 0; r >= 0 && i < u.profiles.n; i++)
		r = add_profile(g, &u, i, &f, list, e);
	if (r >= 0)
		r = remark_addons(g, &f, e);
	if (r != -ERR_CORRUPT && r != -ERR_ABSENT)
		return r;
	/* A boot loader passes over what it cannot read. */
	r = guest_remark(g, "bootloader",
			 r == -ERR_CORRUPT ? guest_source(g, &f, 0, 0)
					   : (struct source){0},
			 "%s is no unified kernel image: %s",
			 escape_short(slice_str(path)).text, e->text);
	err_clear(e);
	return r < 0 ? arena_full(g->arena, e) : 0;
}

static bool is_program(const struct dir_entry *entry)
{
	struct slice name = slice_str(entry->name), end;

	return name.n > 4 && slice_sub(name, name.n - 4, 4, &end) &&
	       slice_same_folded(end, slice_str(".efi"));
}

int unified_list(struct guest *g, bls_list *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && boot_esp_paths[i]; i++) {
		const char *dir =
			arena_printf(g->scratch, "%s/EFI/Linux", boot_esp_paths[i]);
		dir_list names = {0};

		r = dir ? tree_list(g->tree, dir, &names, e) : arena_full(g->scratch, e);
		if (r == -ERR_ABSENT) {
			err_clear(e);
			r = 0;
		}
		for (size_t k = 0; r >= 0 && k < names.n; k++) {
			const char *path;

			if (!is_program(&names.v[k]))
				continue;
			path = arena_printf(g->scratch, "%s/%s", dir, names.v[k].name);
			r = path ? add_file(g, path, list, e) : arena_full(g->scratch, e);
		}
	}
	return r;
}

/* --- Facts --- */

int unified_add(struct guest *g, const struct bls_entry *b, struct err *e)
{
	const char *inside = b->inside->cmdline ? b->inside->cmdline : "";
	struct entry_fact f = {
		.title = arena_strdup(g->arena, b->title),
		.id = arena_strdup(g->arena, b->id),
		.kernel = b->image,
		.cmdline = arena_strdup(g->arena, b->options ? b->options : inside),
		.source = *b->where,
		.cmdline_source = *b->where};

	f.cmdline_source.line = b->options ? b->options_line : 0;
	if (!f.title || !f.id || !f.cmdline)
		return arena_full(g->arena, e);
	if (b->inside->initramfs.size && !vec_push(g->arena, &f.initramfs, b->image))
		return arena_full(g->arena, e);
	return vec_push(g->arena, &g->facts->boot.entries, f) ? 0
							      : arena_full(g->arena, e);
}

int boot_read_unified(struct guest *g, const char *path, struct err *e)
{
	struct boot_fact *boot = &g->facts->boot;
	size_t before = boot->entries.n;
	bls_list list = {0};
	int r = add_file(g, path, &list, e);

	for (size_t i = 0; r >= 0 && i < list.n; i++)
		r = unified_add(g, &list.v[i], e);
	if (r < 0 || boot->entries.n == before)
		return r;
	boot->entries.v[before].is_default = true;
	boot->default_how = "UEFI starts it";
	return 0;
}
