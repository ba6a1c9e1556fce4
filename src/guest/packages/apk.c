/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The database is one text: a line begins with a letter and a colon, a blank line ends a
 * package. P: is its name, V: its version, A: its architecture; F: is a directory, and
 * the R: lines behind it are files there.
 */
#include "packages/apk.h"

#include <stdio.h>

#include "limits.h"
#include "packages/owned.h"
#include "text.h"
#include "tolerate.h"

struct parsing {
	struct apk_package package;
	bool any;
	char path[LIMIT_PATH + 1];
	size_t dir; /* bytes of the path that are the directory's */
	apk_file_fn fn;
	void *ctx;
};

static int too_long(unsigned line, struct err *e)
{
	return err_set(e, ERR_LIMIT, "line %u: a path of more than %d bytes", line,
		       LIMIT_PATH);
}

static int set_dir(struct parsing *p, struct slice dir, unsigned line, struct err *e)
{
	int n = snprintf(p->path, sizeof(p->path), "/%.*s%s", (int)dir.n,
			 (const char *)dir.p, dir.n ? "/" : "");

	if (n < 0 || (size_t)n >= sizeof(p->path))
		return too_long(line, e);
	p->dir = (size_t)n;
	return p->fn(p->ctx, &p->package, p->path, e);
}

static int add_file(struct parsing *p, struct slice name, unsigned line, struct err *e)
{
	size_t room = sizeof(p->path) - p->dir;
	int n = snprintf(p->path + p->dir, room, "%.*s", (int)name.n,
			 (const char *)name.p);

	if (n < 0 || (size_t)n >= room)
		return too_long(line, e);
	return p->fn(p->ctx, &p->package, p->path, e);
}

static int take_line(struct parsing *p, int letter, struct slice value, unsigned line,
		     struct err *e)
{
	if (!p->any)
		p->dir = 0;
	p->any = true;
	switch (letter) {
	case 'P':
		p->package.name = value;
		p->package.line = line;
		return 0;
	case 'V':
		p->package.version = value;
		return 0;
	case 'A':
		p->package.arch = value;
		return 0;
	case 'F':
		return set_dir(p, value, line, e);
	case 'R':
		return add_file(p, value, line, e);
	default:
		return 0;
	}
}

static int end_package(struct parsing *p, unsigned line, struct err *e)
{
	int r = 0;

	if (!p->any)
		return 0;
	if (p->package.name.n == 0)
		r = err_set(e, ERR_CORRUPT,
			    "the package that ends at line %u has no name", line);
	else
		r = p->fn(p->ctx, &p->package, NULL, e);
	p->package = (struct apk_package){0};
	p->any = false;
	return r;
}

int apk_parse(struct slice text, apk_file_fn fn, void *ctx, struct err *e)
{
	struct parsing p = {.fn = fn, .ctx = ctx};
	struct text t = text_of(text);
	struct slice line;
	int r = 0;

	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while (r >= 0 && text_line(&t, &line)) {
		if (line.n == 0)
			r = end_package(&p, t.line, e);
		else if (slice_at(line, 1) == ':')
			r = take_line(&p, slice_at(line, 0),
				      slice_of(line.p + 2, line.n - 2), t.line, e);
		else
			r = err_set(e, ERR_CORRUPT, "line %u is no field", t.line);
	}
	if (r >= 0 && p.any) {
		r = end_package(&p, t.line, e);
		/* apk ends each of them. */
		if (r >= 0)
			r = err_set(e, ERR_CORRUPT, "cut short in line %u", t.line);
	}
	return r;
}

struct reading {
	struct guest *g;
	const struct file *file;
	struct owned_files owned;
	struct arena_mark mark;
};

static const char *keep(struct guest *g, struct slice s)
{
	return s.n ? arena_strndup(g->arena, s) : NULL;
}

static int see_file(void *ctx, const struct apk_package *p, const char *path,
		    struct err *e)
{
	struct reading *reading = ctx;
	struct guest *g = reading->g;
	int r;

	if (path)
		return owned_path(&reading->owned, slice_str(path), e);
	if (reading->owned.has_image || reading->owned.has_modules) {
		const struct package_fact fact = {
			.manager = "apk",
			.name = keep(g, p->name),
			.version = keep(g, p->version),
			.arch = keep(g, p->arch),
			.source = guest_source(g, reading->file, p->line, 0),
		};

		r = owned_facts(g, &fact, &reading->owned, e);
		if (r < 0)
			return r;
	}
	arena_rewind(g->scratch, reading->mark);
	reading->owned = (struct owned_files){.keep = g->scratch, .scratch = g->scratch};
	return 0;
}

static int read_database(struct guest *g, struct err *e)
{
	static const char *const paths[] = {"/lib/apk/db/installed",
					    "/usr/lib/apk/db/installed"};
	struct reading reading = {.g = g};
	struct slice text;
	struct file file;
	int r = -ERR_ABSENT;

	for (size_t i = 0; r == -ERR_ABSENT && i < ARRAY_LEN(paths); i++) {
		err_clear(e);
		r = tree_read(g->tree, paths[i], LIMIT_TABLE_FILE, g->scratch, &file,
			      &text, e);
	}
	if (r < 0)
		return tolerate(g, "packages", paths[0], e);
	reading.file = &file;
	reading.mark = arena_mark(g->scratch);
	reading.owned = (struct owned_files){.keep = g->scratch, .scratch = g->scratch};
	r = apk_parse(text, see_file, &reading, e);
	return r < 0 ? tolerate(g, "packages", file.path, e) : 0;
}

const struct guest_reader read_apk = {"packages", "packages of apk that own a kernel",
				      read_database};
