/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the guest loads by name when it starts, besides what its initramfs and udev load:
 * scripts of Red Hat's systems, /etc/modules of Debian's, modules-load.d(5). On RHEL 3
 * nothing else loads a driver of disks that the initrd does not.
 */
#include "guest.h"
#include "limits.h"
#include "startup_text.h"
#include "strmap.h"
#include "tolerate.h"

struct startup {
	struct guest *g;
	struct strmap *files; /* read already, by the place where they really lie */
	struct strmap *names; /* of modules-load.d */
};

static const char *const scripts[] = {
	"/etc/rc.d/rc.modules",
	"/etc/rc.modules",
	"/etc/rc.d/rc.local",
	"/etc/rc.local",
};
static const char script_dir[] = "/etc/sysconfig/modules";

static const char list_file[] = "/etc/modules";
/* A file hides those of the same name in directories below. /run is made anew at every
 * start. */
static const char *const list_dirs[] = {
	"/etc/modules-load.d",
	"/usr/local/lib/modules-load.d",
	"/usr/lib/modules-load.d",
	"/lib/modules-load.d",
};

/* 1 the first time; 0 when the file was read by another name. */
static int first_time(struct startup *s, const struct file *f, struct err *e)
{
	const char *key = arena_printf(s->g->scratch, "%s\n%s\n%s", f->place.disk,
				       f->place.volume, f->path);

	if (key && strmap_get(s->files, slice_str(key)))
		return 0;
	if (!key || !strmap_set(s->files, slice_str(key), (void *)key))
		return arena_full(s->g->scratch, e);
	return 1;
}

/* Init runs only what is executable. */
static int read_script(struct startup *s, const struct file *f, struct slice text,
		       struct err *e)
{
	struct guest *g = s->g;
	struct source source = guest_source(g, f, 0, 0);
	size_t before = g->facts->startup.n;
	int r = startup_script_parse(text, g->scratch, g->arena, source,
				     &g->facts->startup, e);

	if (r < 0 || (f->node.mode & 0111) || g->facts->startup.n == before)
		return r;
	g->facts->startup.n = before;
	r = guest_remark(g, "startup", source,
			 "it is not executable, so the modules that it names are not "
			 "loaded");
	return r < 0 ? arena_full(g->arena, e) : 0;
}

static int read_file(struct startup *s, const char *path, bool script, struct err *e)
{
	struct guest *g = s->g;
	struct slice text;
	struct file f;
	int r = guest_config(g, path, &f, &text, e);

	if (r >= 0)
		r = first_time(s, &f, e);
	if (r > 0)
		r = script ? read_script(s, &f, text, e)
			   : startup_names_parse(text, g->arena,
						 guest_source(g, &f, 0, 0),
						 &g->facts->startup, e);
	return r < 0 ? tolerate(g, "startup", path, e) : 0;
}

/* Is a file of that name in a directory above? */
static int is_hidden(struct startup *s, const char *name, bool *ret, struct err *e)
{
	struct slice key = slice_str(name);

	*ret = strmap_get(s->names, key);
	if (!*ret && !strmap_set(s->names, key, (void *)name))
		return arena_full(s->g->scratch, e);
	return 0;
}

static int read_dir(struct startup *s, const char *dir, const char *suffix, bool script,
		    struct err *e)
{
	dir_list names = {0};
	int r = tree_list(s->g->tree, dir, &names, e);

	if (r < 0)
		return tolerate(s->g, "startup", dir, e);
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		const char *name = names.v[i].name, *path;
		bool hidden = false;

		if (names.v[i].type == NODE_DIR || !slice_ends(slice_str(name), suffix))
			continue;
		if (!script)
			r = is_hidden(s, name, &hidden, e);
		if (r < 0 || hidden)
			continue;
		path = arena_printf(s->g->scratch, "%s/%s", dir, name);
		r = path ? read_file(s, path, script, e) : arena_full(s->g->scratch, e);
	}
	return r;
}

static int read_all(struct guest *g, struct err *e)
{
	struct startup s = {
		.g = g, .files = strmap_new(g->scratch), .names = strmap_new(g->scratch)};
	int r = 0;

	if (!g->tree)
		return 0;
	if (!s.files || !s.names)
		return arena_full(g->scratch, e);
	r = read_dir(&s, script_dir, ".modules", true, e);
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(scripts); i++)
		r = read_file(&s, scripts[i], true, e);
	if (r >= 0)
		r = read_file(&s, list_file, false, e);
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(list_dirs); i++)
		r = read_dir(&s, list_dirs[i], ".conf", false, e);
	return r;
}

const struct guest_reader read_startup = {
	.name = "startup",
	.doc = "modules that scripts and lists load by name when the guest starts",
	.read = read_all,
};
