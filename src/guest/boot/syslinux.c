/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Syslinux, extlinux and U-Boot with extlinux.conf in a guest's tree: a path is one of
 * the file system on which the configuration lies, or, without a slash in front, one
 * beside the configuration.
 */
#include "syslinux.h"

#include "boot.h"
#include "escape.h"
#include "grub.h"
#include "limits.h"
#include "text.h"

struct config {
	struct guest *g;
	const char *path; /* of the configuration, links resolved */
	const char *name; /* as it was found */
};

/* --- Paths --- */

/* Where the file system that holds the configuration is mounted; NULL: not known. */
static const char *mount_of(const struct config *c)
{
	const struct facts *f = c->g->facts;
	const char *best = NULL;

	for (size_t i = 0; i < f->volumes.n; i++)
		for (size_t k = 0; k < f->volumes.v[i].mounted_at.n; k++) {
			const char *at = f->volumes.v[i].mounted_at.v[k];
			size_t n = strcmp(at, "/") == 0 ? 0 : strlen(at);

			if (slice_starts(slice_str(c->path), at) && c->path[n] == '/' &&
			    (!best || strlen(at) > strlen(best)))
				best = at;
		}
	return best;
}

/* What a path may be to the guest. */
static int candidates_of(struct config *c, const char *path, strs *ret, struct err *e)
{
	struct slice all = slice_str(c->path), rest = all, dir;
	const char *mount = mount_of(c), *joined;

	if (*path == '/' && !mount)
		return boot_candidates(c->g, GRUB_BOOT, path, ret, e);
	while (text_split(rest, '/', &dir, &rest))
		;
	joined = *path == '/' ? arena_printf(c->g->scratch, "%s%s",
					     strcmp(mount, "/") == 0 ? "" : mount, path)
			      : arena_printf(c->g->scratch, "%.*s%s",
					     (int)(all.n - rest.n), c->path, path);
	return joined ? boot_candidates(c->g, GRUB_GUEST, joined, ret, e)
		      : arena_full(c->g->scratch, e);
}

static int locate(struct config *c, struct slice word, const char **ret, struct err *e)
{
	const char *path = arena_strndup(c->g->scratch, word), *found;
	struct err why = ERR_INIT;
	strs candidates = {0};
	struct file file;
	int r = path ? candidates_of(c, path, &candidates, e)
		     : arena_full(c->g->scratch, e);

	if (r < 0)
		return r;
	found = candidates.n ? candidates.v[0] : path;
	r = boot_find(c->g, &candidates, &file, &why);
	if (r == -ERR_NOMEM || r == -ERR_BUG) {
		*e = why;
		return r;
	}
	*ret = arena_strdup(c->g->arena, r >= 0 ? file.path : found);
	return *ret ? 0 : arena_full(c->g->arena, e);
}

static int include(void *ctx, const char *name, struct slice *ret,
		   struct source *ret_where, struct err *e)
{
	struct config *c = ctx;
	const char *path = NULL;
	struct file file;
	int r = locate(c, slice_str(name), &path, e);

	if (r >= 0)
		r = guest_config(c->g, path, &file, ret, e);
	if (r >= 0)
		*ret_where = guest_source(c->g, &file, 0, 0);
	return r;
}

/* --- Entries --- */

/* The value of the last such word: what is loaded, whatever stands before it. */
static struct slice last_initrd(const struct syslinux_entry *entry, const char *append)
{
	struct slice rest = slice_str(append), word, found = SLICE_NONE;
	const size_t n = strlen("initrd=");

	if (entry->initrd)
		return slice_str(entry->initrd);
	while (text_word(&rest, &word))
		if (slice_starts(word, "initrd="))
			found = slice_of(word.p + n, word.n - n);
	return found;
}

static int add_initrds(struct config *c, struct slice list, strs *ret, struct err *e)
{
	struct slice word = SLICE_NONE;
	const char *path;

	while (list.n) {
		if (!text_split(list, ',', &word, &list)) {
			word = list;
			list = SLICE_NONE;
		}
		if (text_trim(word).n == 0)
			continue;
		if (locate(c, text_trim(word), &path, e) < 0)
			return -(int)e->code;
		if (!vec_push(c->g->arena, ret, path))
			return arena_full(c->g->arena, e);
	}
	return 0;
}

/* What the entry's kernel gets: arguments behind its name come first. A line is named
 * where all of it stands there. */
static int set_cmdline(struct config *c, const struct syslinux_menu *m,
		       const struct syslinux_entry *entry, struct entry_fact *f,
		       struct err *e)
{
	const char *append = entry->append ? entry->append : m->append;

	f->cmdline_source = entry->append ? entry->append_where : m->append_where;
	if (!append || strcmp(append, "-") == 0)
		append = "";
	f->cmdline = arena_printf(c->g->arena, "%s%s%s", entry->arguments,
				  *entry->arguments && *append ? " " : "", append);
	if (*entry->arguments)
		f->cmdline_source.line = 0;
	return f->cmdline ? 0 : arena_full(c->g->arena, e);
}

static int remark_config(struct config *c, const struct syslinux_entry *entry,
			 struct err *e)
{
	return guest_remark(c->g, "bootloader", entry->where,
			    "the entry \"%s\" leads to another menu, which was not read",
			    escape_short(slice_str(entry->title)).text) < 0
		       ? arena_full(c->g->arena, e)
		       : 0;
}

static int add_entry(struct config *c, const struct syslinux_menu *m,
		     const struct syslinux_entry *entry, struct err *e)
{
	struct guest *g = c->g;
	struct entry_fact f = {.title = arena_strdup(g->arena, entry->title),
			       .id = arena_strdup(g->arena, entry->label),
			       .source = entry->where};
	int r;

	if (!f.title || !f.id)
		return arena_full(g->arena, e);
	r = set_cmdline(c, m, entry, &f, e);
	if (r >= 0 && entry->kernel)
		r = locate(c, slice_str(entry->kernel), &f.kernel, e);
	if (r >= 0 && entry->kernel)
		r = add_initrds(c, last_initrd(entry, f.cmdline), &f.initramfs, e);
	if (r >= 0 && entry->config)
		r = remark_config(c, entry, e);
	if (r < 0)
		return r;
	return vec_push(g->arena, &g->facts->boot.entries, f) ? 0
							      : arena_full(g->arena, e);
}

/* Is there neither code in a first sector nor a program for UEFI? */
static bool is_u_boot(const struct guest *g)
{
	return !g->facts->boot.mbr_disk && !g->facts->boot.efi_file;
}

static int choose(struct config *c, const struct syslinux_menu *m, struct err *e)
{
	struct boot_fact *b = &c->g->facts->boot;
	struct syslinux_choice choice;
	struct entry_fact *f;
	int r = syslinux_default(m, is_u_boot(c->g), c->g->arena, &choice, e);

	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(c->name)).text);
	f = &b->entries.v[choice.entry];
	if (*choice.options) {
		f->cmdline =
			arena_printf(c->g->arena, "%s %s", f->cmdline, choice.options);
		f->cmdline_source.line = 0;
	}
	if (!f->cmdline)
		return arena_full(c->g->arena, e);
	b->default_how = choice.how;
	f->is_default = true;
	return 0;
}

int boot_read_syslinux(struct guest *g, const char *config, struct err *e)
{
	struct config c = {.g = g, .name = config};
	const struct syslinux_files files = {include, &c};
	struct syslinux_menu menu;
	struct source where;
	struct slice text;
	struct file file;
	int r = guest_config(g, config, &file, &text, e);

	if (r < 0)
		return r;
	c.path = arena_strdup(g->scratch, file.path);
	if (!c.path)
		return arena_full(g->scratch, e);
	where = guest_source(g, &file, 0, 0);
	r = syslinux_parse(text, &where, &files, g->scratch, &menu, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(config)).text);
	for (size_t i = 0; r >= 0 && i < menu.entries.n; i++)
		r = add_entry(&c, &menu, &menu.entries.v[i], e);
	return r < 0 ? r : choose(&c, &menu, e);
}
