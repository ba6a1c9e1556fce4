/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tar archive as a file system. Its members are read once, when it is opened; of two
 * with one name the first counts, as GRUB finds it. Directories need no member.
 */
#include "tar.h"

#include <inttypes.h>
#include <string.h>

#include "cache.h"
#include "escape.h"
#include "limits.h"
#include "strmap.h"

/* A file or directory; nodes are known by their place in the list. The root is 0. */
struct tar_node {
	struct slice name, target;
	enum node_type type;
	uint32_t mode, below, last_below, next; /* 0: none */
	uint64_t at, size;
};

struct tar {
	struct fs fs;
	struct blocks *blocks;
	struct arena *arena;
	VEC(struct tar_node) nodes;
	struct strmap *names; /* tar_key to its node's number + 1 */
};

/* What a node is found by: the directory and its name in it. */
struct tar_key {
	uint32_t dir;
	char name[LIMIT_NAME];
};

static struct slice key_of(struct tar_key *k, uint32_t dir, struct slice name)
{
	struct reader r = reader_of(name);

	k->dir = dir;
	rd_copy(&r, k->name, name.n);
	return slice_of(k, offsetof(struct tar_key, name) + name.n);
}

/* The number of a node; false: there is none. */
static bool find(const struct tar *x, uint32_t dir, struct slice name, uint32_t *ret)
{
	struct tar_key k;
	const void *found =
		name.n <= LIMIT_NAME ? strmap_get(x->names, key_of(&k, dir, name)) : NULL;

	if (found)
		*ret = (uint32_t)((uintptr_t)found - 1);
	return found != NULL;
}

/* Adds a node to a directory, behind those there are. */
static int add(struct tar *x, uint32_t dir, struct slice name,
	       const struct tar_node *node, uint32_t *ret, struct err *e)
{
	struct tar_key k;
	struct slice key = key_of(&k, dir, name);
	uint32_t number = (uint32_t)x->nodes.n;
	struct reader rd;

	if (number == LIMIT_TAR_NODES)
		return err_set(e, ERR_LIMIT, "more than %u files in a tar archive",
			       LIMIT_TAR_NODES);
	key.p = arena_memdup(x->arena, key.p, key.n);
	if (!key.p || !vec_push(x->arena, &x->nodes, *node) ||
	    !strmap_set(x->names, key, (void *)(uintptr_t)(number + 1)))
		return arena_full(x->arena, e);
	rd = reader_of(key);
	rd_skip(&rd, offsetof(struct tar_key, name));
	x->nodes.v[number].name = rd_bytes(&rd, name.n);
	if (x->nodes.v[dir].below)
		x->nodes.v[x->nodes.v[dir].last_below].next = number;
	else
		x->nodes.v[dir].below = number;
	x->nodes.v[dir].last_below = number;
	*ret = number;
	return 0;
}

/* Takes the next component off a path; false at its end. */
static bool component(struct slice *path, struct slice *ret)
{
	do {
		size_t n = slice_find(*path, 0, '/');

		*ret = slice_of(path->p, n);
		n += n < path->n;
		*path = slice_of(path->p + n, path->n - n);
	} while ((ret->n == 0 || slice_eq(*ret, ".")) && path->n);
	return ret->n && !slice_eq(*ret, ".");
}

static int check_name(const struct tar *x, uint32_t dir, struct slice name, struct err *e)
{
	if (name.n > LIMIT_NAME || slice_eq(name, ".."))
		return err_set(e, ERR_CORRUPT, "a member has a name that cannot be one");
	if (x->nodes.v[dir].type != NODE_DIR)
		return err_set(e, ERR_CORRUPT, "a member lies below %s, no directory",
			       escape_short(x->nodes.v[dir].name).text);
	return 0;
}

/* Puts a node at a path, with the directories that lead to it. */
static int put(struct tar *x, struct slice path, const struct tar_node *node,
	       struct err *e)
{
	const struct tar_node implied = {.type = NODE_DIR, .mode = 0755};
	struct slice name, following;
	uint32_t at = 0;
	bool more = component(&path, &name);
	int r = 0;

	while (r >= 0 && more) {
		r = check_name(x, at, name, e);
		more = component(&path, &following);
		if (r >= 0 && !find(x, at, name, &at))
			r = add(x, at, name, more ? &implied : node, &at, e);
		name = following;
	}
	return r;
}

/* A file's other name leads to a member from before it; one that is not there is left
 * out, as nothing can be read of it. */
static bool find_first(const struct tar *x, struct slice path, struct tar_node *ret)
{
	struct slice name;
	uint32_t at = 0;

	while (component(&path, &name))
		if (!find(x, at, name, &at))
			return false;
	*ret = x->nodes.v[at];
	return ret->type == NODE_FILE;
}

static int add_member(struct tar *x, const struct tar_member *m, struct err *e)
{
	struct tar_node node = {.target = m->link,
				.type = m->type,
				.mode = m->mode,
				.at = m->at,
				.size = m->size};

	if (m->hard && !find_first(x, m->link, &node))
		return 0;
	node.next = 0;
	/* Old archives mark a directory by a slash. */
	if (m->type == NODE_FILE && slice_ends(m->name, "/"))
		node.type = NODE_DIR;
	return put(x, m->name, &node, e);
}

static int read_members(struct tar *x, struct err *e)
{
	const struct tar_node root = {.type = NODE_DIR, .mode = 0755};
	struct tar_member m;
	uint64_t at = 0;
	int r;

	if (!vec_push(x->arena, &x->nodes, root))
		return arena_full(x->arena, e);
	while ((r = tar_next(x->blocks, &at, false, x->arena, &m, e)) > 0) {
		r = add_member(x, &m, e);
		if (r < 0)
			return err_wrap(e, "tar archive, before byte %" PRIu64, at);
	}
	return r;
}

/* --- The operations --- */

static struct node node_of(const struct tar *x, uint32_t number)
{
	const struct tar_node *n = &x->nodes.v[number];

	return (struct node){.id = number,
			     .type = n->type,
			     .size = n->type == NODE_SYMLINK ? n->target.n
				     : n->type == NODE_FILE  ? n->size
							     : 0,
			     .mode = n->mode};
}

static int tar_root(struct fs *fs, struct node *ret, _unused_ struct err *e)
{
	*ret = node_of((struct tar *)fs, 0);
	return 0;
}

static int tar_lookup(struct fs *fs, const struct node *dir, struct slice name,
		      struct node *ret, struct err *e)
{
	const struct tar *x = (struct tar *)fs;
	uint32_t number;

	if (!find(x, (uint32_t)dir->id, name, &number))
		return err_set(e, ERR_ABSENT, "no such file or directory");
	*ret = node_of(x, number);
	return 0;
}

static int tar_list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		    struct err *e)
{
	const struct tar *x = (struct tar *)fs;
	int r = 0;

	for (uint32_t i = x->nodes.v[dir->id].below; r == 0 && i; i = x->nodes.v[i].next)
		r = fn(ctx, x->nodes.v[i].name, x->nodes.v[i].type, e);
	return r < 0 ? r : 0;
}

static int tar_readlink(struct fs *fs, const struct node *link, struct arena *a,
			struct slice *ret, struct err *e)
{
	const struct tar *x = (struct tar *)fs;
	struct slice target = x->nodes.v[link->id].target;
	const char *copy = arena_strndup(a, target);

	if (target.n == 0)
		return err_set(e, ERR_CORRUPT, "a link without a target");
	if (!copy)
		return arena_full(a, e);
	*ret = slice_of(copy, target.n);
	return 0;
}

static int tar_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		    size_t len, struct err *e)
{
	const struct tar *x = (struct tar *)fs;

	return blocks_read(x->blocks, x->nodes.v[file->id].at + off, buf, len, e);
}

static void tar_done(struct fs *fs)
{
	arena_free(((struct tar *)fs)->arena);
}

static const struct fs_ops tar_ops = {
	.root = tar_root,
	.lookup = tar_lookup,
	.list = tar_list,
	.readlink = tar_readlink,
	.read = tar_read,
	.done = tar_done,
};

static void tar_freep(struct tar **x)
{
	if (*x)
		fs_free(&(*x)->fs);
}

int fs_open_tar(struct blocks *b, struct fs **ret, struct err *e)
{
	_cleanup_(tar_freep) struct tar *x = NULL;
	int r = tar_probe(b, e);

	if (r == 0)
		return err_set(e, ERR_ABSENT, "no tar archive");
	if (r < 0)
		return r;
	x = calloc(1, sizeof(*x));
	if (!x)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->fs.ops = &tar_ops;
	x->fs.type = "tar";
	r = blocks_cache(b, &x->fs.cache, e);
	if (r < 0)
		return r;
	x->blocks = x->fs.cache;
	x->arena = arena_new(LIMIT_SCRATCH);
	x->names = x->arena ? strmap_new(x->arena) : NULL;
	r = x->names ? read_members(x, e) : err_set(e, ERR_NOMEM, "out of memory");
	if (r < 0)
		return r;
	*ret = &TAKE_PTR(x)->fs;
	return 0;
}
