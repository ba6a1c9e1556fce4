/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is written where. Linux puts a member of an archive in the place of one that came
 * before; a folder over a link would cut off what lies behind it, so only those folders
 * are written that the archive lacks.
 */
#include "adding.h"

#include <string.h>

#include "escape.h"
#include "initramfs/cpio.h"
#include "limits.h"
#include "path.h"
#include "text.h"

enum { FOLDER = CPIO_DIR | 0755 };

/* The folders above a path, outermost first. */
static int add_folders(struct adding *g, const char *path, struct err *e)
{
	for (const char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
		const char *folder =
			arena_strndup(g->a, slice_of(path, (size_t)(end - path)));
		const struct old_member *old;
		struct new_member new = {folder, FOLDER, SLICE_NONE};

		if (!folder)
			return arena_full(g->a, e);
		old = old_archive_find(&g->old, folder);
		if (old && (old->mode & CPIO_TYPE) == CPIO_FILE)
			return err_set(e, ERR_CORRUPT, "%s is a file in it, no folder",
				       escape_short(slice_str(folder)).text);
		if (old || strmap_get(g->folders, slice_str(folder)))
			continue;
		if (!strmap_set(g->folders, slice_str(folder), g))
			return arena_full(g->a, e);
		if (!vec_push(g->a, &g->out.members, new))
			return arena_full(g->a, e);
	}
	return 0;
}

int add_file(struct adding *g, const char *path, uint32_t mode, struct slice body,
	     struct err *e)
{
	const struct old_member *old = old_archive_find(&g->old, path);
	struct new_member new = {path, CPIO_FILE | mode, body};
	int r;

	if (old && (old->mode & CPIO_TYPE) == CPIO_FILE) {
		new.path = old->path;
		new.mode = CPIO_FILE | (old->mode & CPIO_PERMISSIONS);
		if (old->read && slice_same(old->body, body))
			return 0;
		/* Linux writes into the one file behind all its names. */
		if (old->linked)
			return err_set(e, ERR_UNSUPPORTED,
				       "%s has several names in it: rebuild it",
				       escape_short(slice_str(path)).text);
	}
	new.path = arena_strdup(g->a, new.path);
	if (!new.path)
		return arena_full(g->a, e);
	r = add_folders(g, new.path, e);
	if (r < 0)
		return r;
	if (!vec_push(g->a, &g->out.members, new) ||
	    !vec_push(g->a, &g->out.files, new.path))
		return arena_full(g->a, e);
	return 0;
}

struct slice module_path_below(const struct adding *g, const struct chosen *c)
{
	const struct module_line *line = c->module->line;
	struct slice path = slice_str(c->module->path ? c->module->path : c->file.path),
		     release = slice_str(g->kernel->release);
	size_t at;

	if (c->module->line_holds && slice_at(line->path, 0) != '/')
		return line->path;
	if (c->module->line_holds)
		path = line->path;
	at = slice_search(path, release.p, release.n);
	if (slice_at(path, at + release.n) == '/' &&
	    slice_sub(path, at + release.n + 1, path.n - at - release.n - 1, &path))
		return path;
	return path_last_part(path);
}

/* As the others in there are: compressed ones are unpacked where those are plain. */
static int place(struct adding *g, struct chosen *c, struct slice *body, struct err *e)
{
	static const char *const suffixes[] = {".xz", ".zst", ".gz"};
	struct slice path = module_path_below(g, c);

	if (codec_detect(*body) != CODEC_NONE && (g->flat || !g->old.has_packed)) {
		int r = module_unpack(*body, g->a, body, e);

		if (r < 0)
			return r;
		for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
			if (slice_ends(path, suffixes[i]))
				path.n -= strlen(suffixes[i]);
	}
	if (g->flat)
		path = path_last_part(path);
	if (path.n == 0 || slice_search(path, "..", 2) < path.n)
		return err_set(e, ERR_CORRUPT, "%s lies at a place that makes no sense",
			       escape_short(slice_str(c->name)).text);
	c->path = arena_strndup(g->a, path);
	return c->path ? 0 : arena_full(g->a, e);
}

static int add_module(struct adding *g, struct chosen *c, struct err *e)
{
	size_t before = g->out.files.n;
	struct slice body;
	const char *path;
	int r;

	r = file_read_all(&c->file, LIMIT_MODULE_UNPACKED, g->a, &body, e);
	if (r >= 0)
		r = place(g, c, &body, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(c->name)).text);
	path = arena_printf(g->a, "%s/%s", g->dir, c->path);
	if (!path)
		return arena_full(g->a, e);
	r = add_file(g, path, 0644, body, e);
	if (r < 0)
		return r;
	c->add = g->out.files.n > before;
	if (c->add && !strs_add_once(g->a, &g->out.modules, c->name))
		return arena_full(g->a, e);
	return 0;
}

/* In the order in which Linux looks for it: a compressed one last, wherever it is
 * (_request_firmware() of drivers/base/firmware_loader/main.c). A file that is not there
 * is not missed: it may be for another device. */
static int add_firmware(struct adding *g, const char *name, struct err *e)
{
	static const char *const suffixes[] = {"", ".zst", ".xz"};
	const char *dirs[] = {
		arena_printf(g->a, "updates/%s/", g->kernel->release),
		"updates/",
		arena_printf(g->a, "%s/", g->kernel->release),
		"",
	};

	for (size_t i = 0; i < ARRAY_LEN(dirs) * ARRAY_LEN(suffixes); i++) {
		const char *dir = dirs[i % ARRAY_LEN(dirs)], *path;
		struct slice body;
		struct file f;
		int r;

		path = dir ? arena_printf(g->a, "/lib/firmware/%s%s%s", dir, name,
					  suffixes[i / ARRAY_LEN(dirs)])
			   : NULL;
		if (!path)
			return arena_full(g->a, e);
		r = tree_read(g->guest.tree, path, LIMIT_MODULE_UNPACKED, g->a, &f, &body,
			      e);
		if (r >= 0)
			path = arena_printf(g->a, "%s%s", g->old.usr, path + 1);
		if (r >= 0)
			return path ? add_file(g, path, 0644, body, e)
				    : arena_full(g->a, e);
		if (r != -ERR_ABSENT)
			return r;
		err_clear(e);
	}
	return 0;
}

static bool is_plain_path(const char *name)
{
	struct slice s = slice_str(name);

	return s.n && *name != '/' && slice_search(s, "..", 2) == s.n &&
	       !strpbrk(name, "*?[");
}

int add_modules(struct adding *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < g->modules.n; i++) {
		const strs *firmware = &g->modules.v[i].module->info.firmware;

		r = add_module(g, &g->modules.v[i], e);
		for (size_t n = 0; r >= 0 && !g->flat && n < firmware->n; n++)
			if (is_plain_path(firmware->v[n]))
				r = add_firmware(g, firmware->v[n], e);
	}
	return r;
}
