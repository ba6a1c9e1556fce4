/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the file systems, or of the trees of files in one of them, is the root of the
 * guest: it looks like one, and its own fstab says so.
 */
#include "assembly_root.h"

#include "assembly_luks.h"
#include "assembly_systems.h"
#include "escape.h"
#include "fstab.h"
#include "limits.h"
#include "volumes.h"

const struct mountable *assembly_mountable(const struct assembly *as,
					   const struct guest *g, size_t volume)
{
	const struct volume_fact *v = g->facts->volumes.v;

	for (size_t i = 0; i < as->mountables.n; i++) {
		const struct mountable *m = &as->mountables.v[i];

		if (m->volume == volume || volumes_same_fs(&v[m->volume], &v[volume]))
			return m;
	}
	return NULL;
}

/* A tree with only this file system, to look at it before it is chosen. */
static int tree_of(struct guest *g, const struct mountable *m, struct tree **ret,
		   struct err *e)
{
	struct tree *tree;
	int r = tree_new(g->scratch, &tree, e);

	if (r >= 0)
		r = tree_mount(tree, "/", m->fs, (struct place){"", ""}, e);
	if (r >= 0)
		*ret = tree;
	return r;
}

/* The first error that is no absence goes to *unread. */
static bool has_any(struct tree *tree, const char *const *paths, struct err *unread)
{
	for (; *paths; paths++) {
		struct err why = ERR_INIT;
		struct file f;

		if (tree_find_link(tree, *paths, &f, &why) >= 0)
			return true;
		if (why.code != ERR_ABSENT && unread->code == ERR_NONE)
			*unread = why;
	}
	return false;
}

/* A root file system has an /etc that starts the system, and the place for its programs.
 * /usr may be another file system, so a name there is not required. */
static bool looks_like_root(struct tree *tree, struct err *unread)
{
	static const char *const etc[] = {"/etc/fstab", "/etc/os-release", "/etc/passwd",
					  "/etc/inittab", NULL};
	static const char *const system[] = {"/sbin", "/lib", "/usr", "/bin", NULL};

	return has_any(tree, etc, unread) && has_any(tree, system, unread);
}

/* Does this line of fstab mean this tree of files? */
static bool names_it(const struct assembly *as, struct guest *g,
		     const struct mountable *m, const struct fstab_entry *entry)
{
	const struct mountable *named;
	struct err ignored = ERR_INIT;
	struct fs *chosen;
	size_t index;

	if (volume_by_spec(g->facts, entry->spec, &index) != SPEC_ONE)
		return false;
	named = assembly_mountable(as, g, index);
	return named && named->volume == m->volume &&
	       fs_choose(named->fs, entry->options, &chosen, &ignored) >= 0 &&
	       chosen == m->fs;
}

/* Does this file system's own fstab say that it is the root? Two systems on one disk each
 * do; a copy or a snapshot says that another one is, or by a name that both have. */
static bool says_it_is_root(const struct assembly *as, struct guest *g, struct tree *tree,
			    const struct mountable *m)
{
	struct err ignored = ERR_INIT;
	struct slice text;
	struct file f;
	fstab table = {0};

	if (assembly_map_names(g, tree, &ignored) < 0 ||
	    tree_read(tree, "/etc/fstab", LIMIT_CONFIG_FILE, g->scratch, &f, &text,
		      &ignored) < 0 ||
	    fstab_parse(text, g->scratch, &table, &ignored) < 0)
		return false;
	for (size_t i = 0; i < table.n; i++)
		if (strcmp(table.v[i].dir, "/") == 0)
			return names_it(as, g, m, &table.v[i]);
	return false;
}

struct finder {
	struct guest *g;
	size_t volume;
	candidate_list *list;
	bool full; /* there is no room for what was found */
};

/* What is damaged may be the root: that it is not found is no proof. */
static int tell_damage(struct guest *g, size_t volume, struct err *why, struct err *e)
{
	struct source source = volume_source(&g->facts->volumes.v[volume]);

	return guest_problem(g, "filesystem", source, why) < 0 ? arena_full(g->arena, e)
							       : 0;
}

static bool ends_search(const struct err *why)
{
	return why->code == ERR_NOMEM || why->code == ERR_BUG;
}

/* One tree of files. */
static int try_system(void *ctx, struct fs *fs, struct err *e)
{
	struct finder *f = ctx;
	struct guest *g = f->g;
	struct mountable m = {fs, f->volume};
	struct err why = ERR_INIT;
	struct tree *tree = NULL;
	bool is_root = tree_of(g, &m, &tree, &why) >= 0 && looks_like_root(tree, &why);
	int r = 0;

	if (ends_search(&why)) {
		*e = why;
		return -(int)why.code;
	}
	if (!is_root && why.code != ERR_NONE)
		r = tell_damage(g, f->volume, &why, e);
	else if (is_root && !vec_push(g->scratch, f->list, m))
		r = arena_full(g->scratch, e);
	f->full = r < 0;
	return r;
}

static int find_candidates(const struct assembly *as, struct guest *g,
			   candidate_list *ret, struct err *e)
{
	for (size_t i = 0; i < as->mountables.n; i++) {
		const struct mountable *m = &as->mountables.v[i];
		struct finder f = {.g = g, .volume = m->volume, .list = ret};
		struct err why = ERR_INIT;
		int r = fs_systems(m->fs, try_system, &f, &why);

		if (r < 0 && (f.full || ends_search(&why)))
			*e = why;
		else if (r < 0)
			r = tell_damage(g, m->volume, &why, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int keep_those_that_say_so(const struct assembly *as, struct guest *g,
				  candidate_list *list, struct err *e)
{
	candidate_list kept = {0};

	for (size_t i = 0; i < list->n; i++) {
		struct tree *tree = NULL;
		int r = tree_of(g, &list->v[i], &tree, e);

		if (r < 0)
			return r;
		if (says_it_is_root(as, g, tree, &list->v[i]) &&
		    !vec_push(g->scratch, &kept, list->v[i]))
			return arena_full(g->scratch, e);
	}
	if (kept.n)
		*list = kept;
	return 0;
}

/* Of several trees of files in one file system, none of which says that it is the root,
 * the one counts that is mounted without being asked for. */
static void prefer_default(const struct assembly *as, const struct guest *g,
			   candidate_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct mountable *whole =
			assembly_mountable(as, g, list->v[i].volume);
		bool is_default = whole && whole->fs == list->v[i].fs, better = false;

		for (size_t j = 0; !is_default && j < list->n; j++)
			better |= whole && list->v[j].fs == whole->fs;
		if (!better)
			list->v[kept++] = list->v[i];
	}
	list->n = kept;
}

/* Names everything that was seen, so that the reader knows what was not understood. */
static int no_root(const struct assembly *as, struct guest *g, struct err *e)
{
	_cleanup_strbuf_ struct strbuf seen = STRBUF_INIT(800);
	bool any = false;

	if (as->locked.n)
		return err_set(e, ERR_ABSENT,
			       "no operating system was found in what can be read, but "
			       "%s%s",
			       as->locked.v[0].why,
			       as->locked.n > 1 ? "; so are others" : "");

	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		const struct volume_fact *v = &g->facts->volumes.v[i];

		strbuf_printf(&seen, "%s%s: %s%s", i ? "; " : "",
			      v->name ? v->name : v->disk,
			      v->fs ? v->fs : "nothing known",
			      v->fs && !v->read ? " (not read by this version)" : "");
		any = any || v->fs;
	}
	return err_set(e, ERR_ABSENT, "no operating system was found (%s)%s",
		       seen.n ? strbuf_text(&seen) : "no volumes",
		       any ? ": if this is a data disk, name the guest's boot disk, too, "
			     "as the first"
			   : "");
}

int assembly_choose_root(const struct assembly *as, struct guest *g,
			 struct mountable *ret, struct err *e)
{
	candidate_list list = {0};
	int r = find_candidates(as, g, &list, e);

	if (r >= 0 && list.n > 1)
		r = keep_those_that_say_so(as, g, &list, e);
	if (r < 0)
		return r;
	if (list.n > 1)
		prefer_default(as, g, &list);
	if (list.n == 0)
		return no_root(as, g, e);
	return assembly_choose_system(as, g, &list, ret, e);
}
