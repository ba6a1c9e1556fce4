/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trees of files. Each is a directory of another one, by which it has a path, and can be
 * mounted on its own; one of them is what a mount without options shows.
 */
#include <inttypes.h>

#include "btrfs.h"
#include "limits.h"
#include "text.h"

#define DEFAULT_DIR ((uint64_t)6) /* of the tree of roots, with the name "default" */

/* --- Trees --- */

int btrfs_tree_root(struct btrfs *x, uint64_t id, struct btrfs_tree *ret, struct err *e)
{
	struct btrfs_key key = {id, BTRFS_ROOT_ITEM, UINT64_MAX};
	struct btrfs_tree t = {.id = id};
	struct btrfs_item item = {0};
	struct reader rd;
	uint32_t refs;
	int r = btrfs_floor(x, &x->root, key, &item, e);

	if (r < 0)
		return r;
	if (r == 0 || item.key.id != id || item.key.type != key.type)
		return err_set(e, ERR_ABSENT, "there is no tree %" PRIu64, id);
	rd = reader_of(item.bytes);
	rd_seek(&rd, 160);
	t.generation = rd_u64le(&rd);
	rd_skip(&rd, 8);
	t.at = rd_u64le(&rd);
	rd_seek(&rd, 216);
	refs = rd_u32le(&rd);
	rd_skip(&rd, BTRFS_KEY + 1); /* how far it is deleted */
	t.level = rd_u8(&rd);
	if (!rd_ok(&rd) || t.level >= BTRFS_LEVELS)
		return err_set(e, ERR_CORRUPT,
			       "the root of tree %" PRIu64 " is not possible", id);
	if (refs == 0)
		return err_set(e, ERR_ABSENT, "tree %" PRIu64 " was deleted", id);
	*ret = t;
	return 0;
}

static int add_tree(struct btrfs *x, const struct btrfs_tree *t, struct err *e)
{
	if (x->tree_count == LIMIT_BTRFS_TREES)
		return err_set(e, ERR_LIMIT, "more than %d subvolumes",
			       LIMIT_BTRFS_TREES);
	if (x->tree_count == x->tree_cap) {
		size_t cap = x->tree_cap ? x->tree_cap * 2 : 4;
		struct btrfs_tree *wider = realloc(x->trees, cap * sizeof(*wider));

		if (!wider)
			return err_set(e, ERR_NOMEM, "out of memory");
		x->trees = wider;
		x->tree_cap = cap;
	}
	x->trees[x->tree_count++] = *t;
	return 0;
}

int btrfs_tree_number(struct btrfs *x, uint64_t id, size_t *ret, struct err *e)
{
	struct btrfs_tree t = {0};
	int r;

	for (size_t i = 0; i < x->tree_count; i++)
		if (x->trees[i].id == id) {
			*ret = i;
			return 0;
		}
	if (id != BTRFS_FS_TREE && (id < BTRFS_FIRST_TREE || id > BTRFS_LAST_TREE))
		return err_set(e, ERR_ABSENT, "tree %" PRIu64 " holds no files", id);
	r = btrfs_tree_root(x, id, &t, e);
	if (r >= 0)
		r = add_tree(x, &t, e);
	if (r >= 0)
		*ret = x->tree_count - 1;
	return r;
}

/* --- Where a tree lies in another one --- */

/* The item that says so, from either end. */
struct ref {
	uint64_t dir;
	struct slice name;
};

static int decode_ref(struct slice bytes, struct ref *ret, struct err *e)
{
	struct reader rd = reader_of(bytes);

	ret->dir = rd_u64le(&rd);
	rd_skip(&rd, 8); /* the number of the entry */
	ret->name = rd_bytes(&rd, rd_u16le(&rd));
	return rd_ok(&rd) && ret->name.n
		       ? 0
		       : err_set(e, ERR_CORRUPT, "where a subvolume lies is cut off");
}

/* The first that says in which tree this one lies: 1, or 0 for the topmost. */
static int first_parent(struct btrfs *x, uint64_t id, struct btrfs_item *ret,
			struct err *e)
{
	struct btrfs_key key = {id, BTRFS_ROOT_BACKREF, 0};
	int r = btrfs_first(x, &x->root, key, ret, e);

	return r > 0 ? ret->key.id == id && ret->key.type == key.type : r;
}

int btrfs_tree_below(struct btrfs *x, uint64_t id, uint64_t parent, uint64_t dir,
		     struct slice name, struct err *e)
{
	struct btrfs_key key = {parent, BTRFS_ROOT_REF, id};
	struct btrfs_item item;
	struct ref ref;
	int r = btrfs_get(x, &x->root, key, &item, e);

	if (r <= 0)
		return r;
	r = decode_ref(item.bytes, &ref, e);
	if (r < 0)
		return r;
	if (ref.dir != dir || !slice_same(ref.name, name))
		return 0;
	r = first_parent(x, id, &item, e);
	if (r >= 0 && (r == 0 || item.key.offset != parent))
		r = err_set(e, ERR_CORRUPT,
			    "subvolume %" PRIu64 " belongs into another one", id);
	return r < 0 ? r : 1;
}

/* A path that grows at its front. */
struct path {
	char text[LIMIT_PATH];
	size_t at;
};

static int put_before(struct path *p, struct slice name, struct err *e)
{
	struct reader rd = reader_of(name);
	bool first = p->at == sizeof(p->text) - 1;

	if (name.n + 1 > p->at)
		return err_set(e, ERR_LIMIT, "a subvolume's path is longer than %d bytes",
			       LIMIT_PATH);
	if (!first)
		p->text[--p->at] = '/';
	p->at -= name.n;
	rd_copy(&rd, p->text + p->at, name.n);
	return 0;
}

/* The path of a directory in its tree, in front of what is there. */
static int put_directories(struct btrfs *x, const struct btrfs_tree *t, uint64_t dir,
			   struct path *p, struct err *e)
{
	while (dir != BTRFS_ROOT_DIR) {
		struct btrfs_key key = {dir, BTRFS_INODE_REF, 0};
		struct btrfs_item item;
		struct reader rd;
		struct slice name;
		int r = btrfs_first(x, t, key, &item, e);

		if (r < 0)
			return r;
		rd = reader_of(r ? item.bytes : SLICE_NONE);
		rd_skip(&rd, 8);
		name = rd_bytes(&rd, rd_u16le(&rd));
		if (r == 0 || item.key.id != dir || item.key.type != key.type ||
		    !rd_ok(&rd) || name.n == 0)
			return err_set(e, ERR_CORRUPT,
				       "tree %" PRIu64 ": inode %" PRIu64
				       " lies in no directory",
				       t->id, dir);
		r = put_before(p, name, e);
		if (r < 0)
			return r;
		dir = item.key.offset;
	}
	return 0;
}

int btrfs_tree_path(struct btrfs *x, uint64_t id, struct arena *a, const char **ret,
		    struct err *e)
{
	struct path p = {.at = sizeof(p.text) - 1};

	/* Every step makes the path longer, so it ends. */
	while (id != BTRFS_FS_TREE) {
		struct btrfs_item item;
		struct btrfs_tree parent;
		struct ref ref = {0};
		int r = first_parent(x, id, &item, e);

		if (r == 0)
			return err_set(e, ERR_CORRUPT,
				       "subvolume %" PRIu64 " lies nowhere", id);
		if (r >= 0)
			r = decode_ref(item.bytes, &ref, e);
		if (r >= 0)
			r = put_before(&p, ref.name, e);
		id = r < 0 ? id : item.key.offset;
		if (r >= 0)
			r = btrfs_tree_root(x, id, &parent, e);
		if (r >= 0)
			r = put_directories(x, &parent, ref.dir, &p, e);
		if (r < 0)
			return r;
	}
	*ret = p.text[p.at] ? arena_strdup(a, p.text + p.at) : "/";
	return *ret ? 0 : arena_full(a, e);
}

/* --- Choosing one --- */

int btrfs_default_tree(struct btrfs *x, uint64_t *ret, struct err *e)
{
	static const char name[] = "default";
	struct btrfs_key key = {DEFAULT_DIR, BTRFS_DIR_ITEM,
				btrfs_name_hash(slice_str(name))};
	struct btrfs_item item;
	struct reader rd;
	int r = btrfs_get(x, &x->root, key, &item, e);

	if (r < 0)
		return r;
	*ret = BTRFS_FS_TREE;
	if (r == 0)
		return 0;
	rd = reader_of(item.bytes);
	*ret = btrfs_read_key(&rd).id;
	return rd_ok(&rd) ? 0
			  : err_set(e, ERR_CORRUPT, "the default subvolume is cut off");
}

/* The view of a tree; the same each time. */
static int view_of(struct btrfs *x, size_t tree, struct fs **ret, struct err *e)
{
	struct btrfs_view *v = &x->view;
	struct err ignored = ERR_INIT;

	for (; v; v = v->next)
		if (v->tree == tree) {
			*ret = &v->fs;
			return 0;
		}
	v = calloc(1, sizeof(*v));
	if (!v)
		return err_set(e, ERR_NOMEM, "out of memory");
	*v = (struct btrfs_view){.fs = x->view.fs, .owner = x, .tree = tree};
	v->next = x->view.next;
	x->view.next = v;
	if (btrfs_tree_path(x, x->trees[tree].id, x->arena, &v->fs.subvolume, &ignored) <
	    0)
		v->fs.subvolume =
			arena_printf(x->arena, "subvolume %" PRIu64, x->trees[tree].id);
	*ret = &v->fs;
	return v->fs.subvolume ? 0 : arena_full(x->arena, e);
}

/* The tree at a path from the topmost one. */
static int tree_at(struct btrfs *x, struct slice path, size_t *ret, struct err *e)
{
	struct slice rest = path, name, after = SLICE_NONE;
	struct btrfs_inode i = {0};
	size_t tree = 0;
	int r = btrfs_tree_number(x, BTRFS_FS_TREE, &tree, e);

	if (r >= 0)
		r = btrfs_node_id(tree, BTRFS_ROOT_DIR, &i.id, e);
	while (r >= 0 && rest.n) {
		if (!text_split(rest, '/', &name, &after)) {
			name = rest;
			after = SLICE_NONE;
		}
		rest = after;
		if (name.n)
			r = btrfs_dir_find(x, i.id, name, &i, e);
	}
	if (r < 0)
		return r;
	if (btrfs_ino_of(i.id) != BTRFS_ROOT_DIR)
		return err_set(e, ERR_ABSENT, "it is a directory, not a subvolume");
	*ret = (size_t)(i.id >> BTRFS_INODE_BITS);
	return 0;
}

/* What the options say; the last one of each kind counts. */
struct wish {
	struct slice path, number;
};

static struct wish read_options(const char *options)
{
	struct slice rest = slice_str(options), word, after, key, value;
	struct wish w = {SLICE_NONE, SLICE_NONE};

	while (rest.n) {
		if (!text_split(rest, ',', &word, &after)) {
			word = rest;
			after = SLICE_NONE;
		}
		rest = after;
		if (!text_split(word, '=', &key, &value))
			continue;
		if (slice_eq(key, "subvol"))
			w.path = value;
		if (slice_eq(key, "subvolid"))
			w.number = value;
	}
	return w;
}

static int choose(struct btrfs *x, const struct wish *w, size_t *ret, struct err *e)
{
	uint64_t id = 0;
	int r;

	if (w->number.p && !text_u64(w->number, UINT64_MAX, &id))
		return err_set(e, ERR_ABSENT, "subvolid= is not a number");
	if (!w->path.p)
		return btrfs_tree_number(x, id ? id : BTRFS_FS_TREE, ret, e);
	r = tree_at(x, w->path, ret, e);
	if (r >= 0 && w->number.p && x->trees[*ret].id != (id ? id : BTRFS_FS_TREE))
		return err_set(e, ERR_ABSENT,
			       "it is subvolume %" PRIu64 ", but subvolid= says %" PRIu64
			       ": Linux does not mount that",
			       x->trees[*ret].id, id);
	return r;
}

int btrfs_choose(struct fs *fs, const char *options, struct fs **ret, struct err *e)
{
	struct btrfs *x = ((struct btrfs_view *)fs)->owner;
	struct wish w = read_options(options);
	size_t tree = x->view.tree;
	int r = w.path.p || w.number.p ? choose(x, &w, &tree, e) : 0;

	return r < 0 ? r : view_of(x, tree, ret, e);
}

/* --- Those that may hold a system --- */

static int tell_tree(struct btrfs *x, uint64_t id, fs_system_fn fn, void *ctx,
		     struct err *e)
{
	struct fs *fs = NULL;
	size_t tree = 0;
	int r = btrfs_tree_number(x, id, &tree, e);

	if (r == -ERR_ABSENT) { /* it is being deleted */
		err_clear(e);
		return 0;
	}
	if (r < 0 || tree == x->view.tree)
		return r;
	r = view_of(x, tree, &fs, e);
	return r < 0 ? r : fn(ctx, fs, e);
}

int btrfs_systems(struct fs *fs, fs_system_fn fn, void *ctx, struct err *e)
{
	struct btrfs *x = ((struct btrfs_view *)fs)->owner;
	struct btrfs_key key = {BTRFS_FS_TREE, BTRFS_ROOT_REF, 0};
	struct btrfs_item item;
	int r = fn(ctx, &x->view.fs, e);

	if (r >= 0)
		r = tell_tree(x, BTRFS_FS_TREE, fn, ctx, e);
	while (r >= 0) {
		r = btrfs_first(x, &x->root, key, &item, e);
		if (r <= 0 || item.key.id != key.id || item.key.type != key.type)
			return r < 0 ? r : 0;
		if (item.key.offset == UINT64_MAX)
			return 0;
		key.offset = item.key.offset + 1;
		r = tell_tree(x, item.key.offset, fn, ctx, e);
	}
	return r;
}
