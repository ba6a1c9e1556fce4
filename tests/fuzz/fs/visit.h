/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file system is opened, listed, and every file and link read, up to a number of steps.
 */
#pragma once

#include "fs.h"
#include "limits.h"
#include "sparse.h"

enum { DEPTH = 6, VISITS = 400 };

struct visit {
	struct fs *fs;
	struct arena *arena;
	struct node dir;
	unsigned depth, *visits;
};

static void visit_dir(const struct visit *v);

static int count_piece(void *ctx, struct blocks *b, uint64_t off, uint64_t len,
		       struct err *e)
{
	unsigned *visits = ctx;
	uint8_t last;
	/* A piece lies on the disk, to its last byte. */
	int r = blocks_read(b, off + len - 1, &last, 1, e);

	if (r < 0)
		abort();
	return ++*visits > VISITS ? err_set(e, ERR_LIMIT, "enough") : 0;
}

static int visit_entry(void *ctx, struct slice name, _unused_ enum node_type type,
		       _unused_ struct err *e)
{
	struct visit v = *(struct visit *)ctx;
	struct err own = ERR_INIT;
	uint8_t piece[5000];
	struct slice target;

	if (++*v.visits > VISITS)
		return 1;
	if (v.fs->ops->lookup(v.fs, &v.dir, name, &v.dir, &own) < 0)
		return 0;
	v.depth++;
	if (v.dir.type == NODE_DIR && v.depth < DEPTH)
		visit_dir(&v);
	if (v.dir.type == NODE_SYMLINK)
		v.fs->ops->readlink(v.fs, &v.dir, v.arena, &target, &own);
	for (uint64_t off = 0; v.dir.type == NODE_FILE && off < v.dir.size;
	     off += 40000) {
		uint64_t left = v.dir.size - off;
		size_t n = left < sizeof(piece) ? (size_t)left : sizeof(piece);

		if (++*v.visits > VISITS ||
		    v.fs->ops->read(v.fs, &v.dir, off, piece, n, &own) < 0)
			break;
	}
	if (v.dir.type == NODE_FILE && v.fs->ops->where)
		v.fs->ops->where(v.fs, &v.dir, count_piece, v.visits, &own);
	return 0;
}

static void visit_dir(const struct visit *v)
{
	struct visit below = *v;
	struct err e = ERR_INIT;

	v->fs->ops->list(v->fs, &v->dir, visit_entry, &below, &e);
}

static inline void visit_fs(struct fs *fs, struct arena *arena)
{
	struct err e = ERR_INIT;
	unsigned visits = 0;
	struct visit v = {.fs = fs, .arena = arena, .visits = &visits};

	if (fs->ops->root(fs, &v.dir, &e) >= 0)
		visit_dir(&v);
}

/* An image of `max` bytes, see sparse.h. */
static inline int visit_image(const uint8_t *data, size_t size, size_t max)
{
	_cleanup_free_ uint8_t *image = sparse_image(slice_of(data, size), max);
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct err e = ERR_INIT;
	const char *name = NULL;

	if (!image || !arena || blocks_memory(slice_of(image, max), &b, &e) < 0)
		return 0;
	if (fs_open(b, arena, &fs, &name, &e) >= 0)
		visit_fs(fs, arena);
	return 0;
}
