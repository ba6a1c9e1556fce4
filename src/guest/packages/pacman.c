/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory a package, with texts in it: a line "%NAME%" says what the lines behind it
 * are, and a blank line ends them (libalpm's be_local.c). Only packages are opened whose
 * names begin as those of kernels do.
 */
#include "packages/pacman.h"

#include <stdio.h>

#include "escape.h"
#include "limits.h"
#include "text.h"
#include "tolerate.h"

static const char database[] = "/var/lib/pacman/local";

/* Calls for each line behind a "%KEY%"; a text that is cut within a line is damaged. */
typedef int (*line_fn)(void *ctx, struct slice key, struct slice line, unsigned number,
		       struct err *e);

static bool is_key(struct slice line)
{
	return line.n > 2 && slice_starts(line, "%") && slice_ends(line, "%");
}

static int parse(struct slice text, line_fn fn, void *ctx, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, key = SLICE_NONE;
	int r = 0;

	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while (r >= 0 && text_line(&t, &line)) {
		if (line.n == 0)
			key = SLICE_NONE;
		else if (key.n)
			r = fn(ctx, key, line, t.line, e);
		else if (is_key(line))
			key = line;
		else
			return err_set(e, ERR_CORRUPT, "line %u belongs to no field",
				       t.line);
	}
	if (r >= 0 && text.n && slice_at(text, text.n - 1) != '\n')
		return err_set(e, ERR_CORRUPT, "cut short in line %u", t.line);
	return r;
}

static int desc_line(void *ctx, struct slice key, struct slice line, unsigned number,
		     _unused_ struct err *e)
{
	struct pacman_desc *desc = ctx;

	if (slice_eq(key, "%NAME%")) {
		desc->name = line;
		desc->line = number;
	} else if (slice_eq(key, "%VERSION%")) {
		desc->version = line;
	} else if (slice_eq(key, "%ARCH%")) {
		desc->arch = line;
	}
	return 0;
}

int pacman_desc_parse(struct slice text, struct pacman_desc *ret, struct err *e)
{
	struct pacman_desc desc = {0};
	int r = parse(text, desc_line, &desc, e);

	if (r >= 0 && (desc.name.n == 0 || desc.version.n == 0))
		r = err_set(e, ERR_CORRUPT, "it has no name or no version");
	if (r >= 0)
		*ret = desc;
	return r;
}

static int files_line(void *ctx, struct slice key, struct slice line, unsigned number,
		      struct err *e)
{
	char path[LIMIT_PATH + 1];

	if (!slice_eq(key, "%FILES%"))
		return 0;
	if (line.n + 1 >= sizeof(path))
		return err_set(e, ERR_LIMIT, "line %u: a path of more than %d bytes",
			       number, LIMIT_PATH);
	snprintf(path, sizeof(path), "/%.*s", (int)line.n, (const char *)line.p);
	return owned_path(ctx, slice_str(path), e);
}

int pacman_files_parse(struct slice text, struct owned_files *files, struct err *e)
{
	return parse(text, files_line, files, e);
}

/* linux, linux-lts, linux66; linux-headers and linux-firmware turn out to own none. */
static bool is_wanted(struct slice name)
{
	return slice_starts(name, "linux") || slice_starts(name, "kernel");
}

static int read_text(struct guest *g, const char *package, const char *name,
		     struct file *ret_file, struct slice *ret, struct err *e)
{
	const char *path = arena_printf(g->scratch, "%s/%s/%s", database, package, name);
	int r = path ? tree_read(g->tree, path, LIMIT_TABLE_FILE, g->scratch, ret_file,
				 ret, e)
		     : arena_full(g->scratch, e);

	/* A package's folder without its texts is damage, and no absence. */
	if (r == -ERR_ABSENT)
		r = err_set(e, ERR_CORRUPT, "it has no %s", name);
	return r;
}

static const char *keep(struct guest *g, struct slice s)
{
	return s.n ? arena_strndup(g->arena, s) : NULL;
}

static int read_package(struct guest *g, const char *package, struct err *e)
{
	struct owned_files owned = {.keep = g->scratch, .scratch = g->scratch};
	struct pacman_desc desc;
	struct package_fact fact;
	struct slice text, list;
	struct file file, files;
	int r = read_text(g, package, "desc", &file, &text, e);

	if (r >= 0)
		r = pacman_desc_parse(text, &desc, e);
	if (r >= 0)
		r = read_text(g, package, "files", &files, &list, e);
	if (r >= 0)
		r = pacman_files_parse(list, &owned, e);
	if (r < 0)
		return err_wrap(e, "package %s", escape_short(slice_str(package)).text);
	fact = (struct package_fact){
		.manager = "pacman",
		.name = keep(g, desc.name),
		.version = keep(g, desc.version),
		.arch = keep(g, desc.arch),
		.source = guest_source(g, &file, desc.line, 0),
	};
	return owned_facts(g, &fact, &owned, e);
}

static int read_database(struct guest *g, struct err *e)
{
	dir_list packages = {0};
	int r = tree_list(g->tree, database, &packages, e);

	if (r < 0)
		return tolerate(g, "packages", database, e);
	for (size_t i = 0; r >= 0 && i < packages.n; i++) {
		struct arena_mark mark = arena_mark(g->scratch);

		if (!is_wanted(slice_str(packages.v[i].name)))
			continue;
		r = read_package(g, packages.v[i].name, e);
		if (r < 0)
			r = tolerate(g, "packages", database, e);
		arena_rewind(g->scratch, mark);
	}
	return r;
}

const struct guest_reader read_pacman = {
	"packages", "packages of pacman that own a kernel", read_database};
