/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Path look-up as Linux does it, confined to the guest: a walk keeps the directories it
 * came through, so ".." goes back through mounts and links and stops at the root. A path
 * without links and dots is unique, so a mount point is known by that path.
 */
#include "tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "strmap.h"
#include "text.h"

struct mount {
	const char *path; /* without links and dots; "/" for the root */
	struct fs *fs;
	struct node root;
	struct place place;
};

/* A looked-up name. */
struct dentry {
	bool absent;
	struct node node;
	struct slice target; /* of a link once it was read */
};

/* One directory (or the final file) of a walk. */
struct step {
	const struct mount *mount;
	struct node node;
	size_t path_len; /* of the path up to here */
};

enum { STEPS_MAX = LIMIT_PATH / 2 + 1 };

struct tree {
	struct arena *arena;
	VEC(struct mount *) mounts;
	struct strmap *dentries;
	/* The walk under way. */
	struct step steps[STEPS_MAX];
	size_t depth;
	char path[LIMIT_PATH + 1];
	size_t path_len;
	/* What is left to resolve, at its end: a link's target is put before it. */
	char rest[LIMIT_PATH * 2 + 1];
	size_t rest_at;
	unsigned links;
};

int tree_new(struct arena *a, struct tree **ret, struct err *e)
{
	struct tree *t = arena_new_of(a, struct tree);

	if (!t)
		return arena_full(a, e);
	t->arena = a;
	t->dentries = strmap_new(a);
	if (!t->dentries)
		return arena_full(a, e);
	*ret = t;
	return 0;
}

static const struct mount *find_mount(const struct tree *t, struct slice path)
{
	for (size_t i = t->mounts.n; i > 0; i--)
		if (slice_eq(path, t->mounts.v[i - 1]->path))
			return t->mounts.v[i - 1];
	return NULL;
}

static int name_too_long(struct err *e)
{
	return err_set(e, ERR_LIMIT, "the path is longer than %d bytes", LIMIT_PATH);
}

/* Puts text in front of what is left to resolve. */
static int put_before(struct tree *t, struct slice text, struct err *e)
{
	struct reader r = reader_of(text);

	if (text.n > LIMIT_PATH || text.n + 1 > t->rest_at)
		return name_too_long(e);
	if (t->rest_at < sizeof(t->rest) - 1)
		t->rest[--t->rest_at] = '/';
	t->rest_at -= text.n;
	rd_copy(&r, t->rest + t->rest_at, text.n);
	return 0;
}

static struct slice rest_of(const struct tree *t)
{
	return slice_of(t->rest + t->rest_at, sizeof(t->rest) - 1 - t->rest_at);
}

/* The next component; an empty one at the end. */
static struct slice next_component(struct tree *t)
{
	struct slice rest = rest_of(t), name;

	while (slice_at(rest, 0) == '/')
		rest = slice_of(rest.p + 1, rest.n - 1);
	name = slice_of(rest.p, slice_find(rest, 0, '/'));
	t->rest_at = sizeof(t->rest) - 1 - (rest.n - name.n);
	return name;
}

static void go_to_root(struct tree *t)
{
	t->depth = 1;
	t->path_len = 0;
	t->path[0] = '\0';
}

static int start_walk(struct tree *t, const char *path, struct err *e)
{
	const struct mount *root = find_mount(t, slice_str("/"));

	if (!root)
		return err_set(e, ERR_ABSENT, "no root file system is known");
	t->steps[0] = (struct step){.mount = root, .node = root->root};
	t->rest_at = sizeof(t->rest) - 1;
	t->links = 0;
	go_to_root(t);
	return put_before(t, slice_str(path), e);
}

static void go_up(struct tree *t)
{
	if (t->depth > 1)
		t->depth--;
	t->path_len = t->steps[t->depth - 1].path_len;
	t->path[t->path_len] = '\0';
}

/* The cached answer for a name in a directory, or NULL and the key to store it under
 * (NULL when the cache is full). */
static struct dentry *cached(struct tree *t, const struct step *dir, struct slice name,
			     struct slice *ret_key)
{
	char key[LIMIT_NAME + 64];
	struct slice s;
	struct dentry *d;
	int n = snprintf(key, sizeof(key), "%p/%" PRIu64 "/%.*s", (void *)dir->mount->fs,
			 dir->node.id, (int)name.n, (const char *)name.p);

	s = slice_of(key, (size_t)n);
	d = strmap_get(t->dentries, s);
	*ret_key = SLICE_NONE;
	if (!d && strmap_count(t->dentries) < LIMIT_DENTRIES)
		*ret_key = slice_of(arena_strndup(t->arena, s), s.n);
	return d;
}

/* Looks a name up in the directory on top of the walk. `spare` is used when the cache is
 * full. Absence is an answer here, not an error. */
static int look_up(struct tree *t, struct slice name, struct dentry *spare,
		   struct dentry **ret, struct err *e)
{
	const struct step *dir = &t->steps[t->depth - 1];
	struct fs *fs = dir->mount->fs;
	struct slice key;
	struct dentry *d = cached(t, dir, name, &key);
	int r;

	if (d) {
		*ret = d;
		return 0;
	}
	*spare = (struct dentry){0};
	r = fs->ops->lookup(fs, &dir->node, name, &spare->node, e);
	if (r < 0 && e->code != ERR_ABSENT)
		return r;
	if (r < 0)
		err_clear(e);
	spare->absent = r < 0;
	d = key.p ? arena_memdup(t->arena, spare, sizeof(*spare)) : spare;
	if (!d || (d != spare && !strmap_set(t->dentries, key, d)))
		return arena_full(t->arena, e);
	*ret = d;
	return 0;
}

static int absent(struct tree *t, struct err *e)
{
	return err_set(e, ERR_ABSENT, "%s: no such file or directory",
		       escape_short(slice_str(t->path)).text);
}

/* Adds a component to the path, before it is known whether it is there. */
static int append_path(struct tree *t, struct slice name, struct err *e)
{
	struct reader r = reader_of(name);

	if (name.n > LIMIT_NAME)
		return err_set(e, ERR_ABSENT, "a name of %zu bytes cannot exist", name.n);
	if (t->path_len + 1 + name.n > LIMIT_PATH || t->depth == STEPS_MAX)
		return name_too_long(e);
	t->path[t->path_len++] = '/';
	rd_copy(&r, t->path + t->path_len, name.n);
	t->path_len += name.n;
	t->path[t->path_len] = '\0';
	return 0;
}

static int follow(struct tree *t, struct dentry *d, struct err *e)
{
	struct fs *fs = t->steps[t->depth - 1].mount->fs;
	int r;

	if (++t->links > LIMIT_SYMLINKS)
		return err_set(e, ERR_CORRUPT, "%s: more than %d symbolic links in a row",
			       escape_short(slice_str(t->path)).text, LIMIT_SYMLINKS);
	if (!d->target.p) {
		r = fs->ops->readlink(fs, &d->node, t->arena, &d->target, e);
		if (r < 0)
			return r;
	}
	/* Back to the directory that holds the link, or to the root. */
	t->path_len = t->steps[t->depth - 1].path_len;
	t->path[t->path_len] = '\0';
	if (slice_at(d->target, 0) == '/')
		go_to_root(t);
	return put_before(t, d->target, e);
}

/* Is anything but slashes left? */
static bool is_last(const struct tree *t)
{
	struct slice rest = rest_of(t);
	size_t i = 0;

	while (slice_at(rest, i) == '/')
		i++;
	return i == rest.n;
}

static int walk_name(struct tree *t, struct slice name, bool follow_last, struct err *e)
{
	const struct step *dir = &t->steps[t->depth - 1];
	struct dentry spare, *d = NULL;
	const struct mount *m;
	struct step next;
	int r = append_path(t, name, e);

	if (r < 0)
		return r;
	m = find_mount(t, slice_of(t->path, t->path_len));
	if (m) {
		next = (struct step){m, m->root, t->path_len};
	} else {
		r = look_up(t, name, &spare, &d, e);
		if (r < 0)
			return err_wrap(e, "%s", escape_short(slice_str(t->path)).text);
		if (d->absent)
			return absent(t, e);
		/* A slash behind a link asks for what it points to. */
		if (d->node.type == NODE_SYMLINK && (follow_last || rest_of(t).n > 0)) {
			r = follow(t, d, e);
			return r < 0 && e->code != ERR_CORRUPT
				       ? err_wrap(e, "%s",
						  escape_short(slice_str(t->path)).text)
				       : r;
		}
		next = (struct step){dir->mount, d->node, t->path_len};
	}
	t->steps[t->depth++] = next;
	return 0;
}

static int check_directory(struct tree *t, struct err *e)
{
	if (t->steps[t->depth - 1].node.type == NODE_DIR)
		return 0;
	return err_set(e, ERR_ABSENT, "%s: not a directory",
		       escape_short(slice_str(t->path)).text);
}

static int walk_component(struct tree *t, struct slice name, bool follow_last,
			  struct err *e)
{
	int r = check_directory(t, e);

	if (r < 0)
		return r;
	if (slice_eq(name, ".."))
		go_up(t);
	else if (!slice_eq(name, "."))
		r = walk_name(t, name, follow_last, e);
	return r;
}

static int resolve(struct tree *t, const char *path, bool follow_last, struct file *ret,
		   struct err *e)
{
	const struct step *last;
	int r = start_walk(t, path, e);

	while (r >= 0 && !is_last(t))
		r = walk_component(t, next_component(t), follow_last, e);
	if (r >= 0 && rest_of(t).n > 0) /* a slash at the end asks for a directory */
		r = check_directory(t, e);
	if (r < 0)
		return r;
	last = &t->steps[t->depth - 1];
	*ret = (struct file){.fs = last->mount->fs,
			     .node = last->node,
			     .place = last->mount->place,
			     .path = arena_strdup(t->arena, t->path_len ? t->path : "/")};
	return ret->path ? 0 : arena_full(t->arena, e);
}

/* The path of a mount point, links resolved. One that its directory does not hold is
 * allowed: the path is the same. */
static int mount_path(struct tree *t, const char *path, const char **ret, struct err *e)
{
	struct file at;
	int r;

	if (t->mounts.n == 0) {
		*ret = "/";
		return strcmp(path, "/") == 0
			       ? 0
			       : err_set(e, ERR_USAGE, "the root must be mounted first");
	}
	r = resolve(t, path, true, &at, e);
	if (r < 0 && (e->code != ERR_ABSENT || !is_last(t)))
		return r;
	if (r < 0)
		err_clear(e);
	*ret = r < 0 ? arena_strdup(t->arena, t->path) : at.path;
	return *ret ? 0 : arena_full(t->arena, e);
}

int tree_mount(struct tree *t, const char *path, struct fs *fs, struct place place,
	       struct err *e)
{
	struct mount *m = arena_new_of(t->arena, struct mount);
	int r;

	if (path[0] != '/')
		return err_set(e, ERR_USAGE, "%s: not an absolute path",
			       escape_short(slice_str(path)).text);
	if (!m)
		return arena_full(t->arena, e);
	*m = (struct mount){.fs = fs, .place = place};
	r = mount_path(t, path, &m->path, e);
	if (r >= 0)
		r = fs->ops->root(fs, &m->root, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	return vec_push(t->arena, &t->mounts, m) ? 0 : arena_full(t->arena, e);
}

bool tree_is_replayed(const struct tree *t)
{
	for (size_t i = 0; i < t->mounts.n; i++)
		if (text_same(t->mounts.v[i]->fs->journal, "replayed"))
			return true;
	return false;
}

int tree_as_stored(const struct tree *t, struct tree **ret, struct err *e)
{
	struct tree *stored;
	int r = tree_new(t->arena, &stored, e);

	for (size_t i = 0; r >= 0 && i < t->mounts.n; i++) {
		const struct mount *m = t->mounts.v[i];
		struct fs *fs;

		r = fs_as_stored(m->fs, &fs, e);
		if (r >= 0)
			r = tree_mount(stored, m->path, fs, m->place, e);
	}
	if (r >= 0)
		*ret = stored;
	return r;
}

int tree_find(struct tree *t, const char *path, struct file *ret, struct err *e)
{
	return resolve(t, path, true, ret, e);
}

int tree_find_link(struct tree *t, const char *path, struct file *ret, struct err *e)
{
	return resolve(t, path, false, ret, e);
}

int tree_readlink(struct tree *t, const struct file *link, const char **ret,
		  struct err *e)
{
	struct slice target;
	int r;

	if (link->node.type != NODE_SYMLINK)
		return err_set(e, ERR_USAGE, "%s: not a symbolic link",
			       escape_short(slice_str(link->path)).text);
	r = link->fs->ops->readlink(link->fs, &link->node, t->arena, &target, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(link->path)).text);
	*ret = arena_strndup(t->arena, target);
	return *ret ? 0 : arena_full(t->arena, e);
}

struct lister {
	struct arena *arena;
	dir_list *list;
};

static int add_entry(void *ctx, struct slice name, enum node_type type, struct err *e)
{
	struct lister *l = ctx;
	struct dir_entry entry = {arena_strndup(l->arena, name), type};

	if (name.n == 0 || slice_find(name, 0, '/') < name.n ||
	    slice_find(name, 0, 0) < name.n)
		return err_set(e, ERR_CORRUPT, "a name that cannot be one");
	if (l->list->n == LIMIT_DIR_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d entries", LIMIT_DIR_ENTRIES);
	return entry.name && vec_push(l->arena, l->list, entry) ? 0
								: arena_full(l->arena, e);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct dir_entry *)a)->name,
		      ((const struct dir_entry *)b)->name);
}

int tree_list(struct tree *t, const char *path, dir_list *ret, struct err *e)
{
	dir_list list = {0};
	struct lister l = {t->arena, &list};
	struct file dir;
	int r = tree_find(t, path, &dir, e);

	if (r < 0)
		return r;
	if (dir.node.type != NODE_DIR)
		return err_set(e, ERR_ABSENT, "%s: not a directory",
			       escape_short(slice_str(dir.path)).text);
	r = dir.fs->ops->list(dir.fs, &dir.node, add_entry, &l, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(dir.path)).text);
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), compare_entries);
	*ret = list;
	return 0;
}
