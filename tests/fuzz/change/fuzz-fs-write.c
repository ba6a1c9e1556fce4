/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a file system in memory that can be written: the first file of the
 * root directory gets new bytes and more bytes, the root and its first directory a new
 * file, which goes again, and a new directory. Before that its files go to a larger one,
 * and its journal is replayed.
 * The maker of the disk image controls all of the input.
 */
#include "../fs/sparse.h"
#include "ext/grow.h"
#include "fs_write.h"
#include "limits.h"

enum { SIZE = 3 << 20, BYTES = 40000, MORE = 5000, NOW = 1700000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct firsts {
	struct fs *fs;
	struct node root, file, dir;
};

static int look(void *ctx, struct slice name, _unused_ enum node_type type,
		_unused_ struct err *e)
{
	struct firsts *f = ctx;
	struct err own = ERR_INIT;
	struct node node;

	if (slice_eq(name, "lost+found") ||
	    f->fs->ops->lookup(f->fs, &f->root, name, &node, &own) < 0)
		return 0;
	if (node.type == NODE_FILE && !f->file.id)
		f->file = node;
	if (node.type == NODE_DIR && !f->dir.id)
		f->dir = node;
	return f->file.id && f->dir.id;
}

/* What is to be changed, as the reader sees it. */
static bool find_firsts(struct blocks *b, struct arena *a, struct firsts *ret)
{
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct err e = ERR_INIT;
	const char *name = NULL;

	if (fs_open(b, a, &fs, &name, &e) < 0 || fs->ops->root(fs, &ret->root, &e) < 0)
		return false;
	ret->fs = fs;
	fs->ops->list(fs, &ret->root, look, ret, &e);
	return true;
}

static int make_names(struct fs_writer *w, const struct node *dir,
		      const struct node *like, struct slice bytes, struct err *e)
{
	struct fs_new new = {.name = slice_str("a-new-name-of-some-length"),
			     .mode = 0600,
			     .like = like};
	struct fs_wrote wrote;
	int r = fs_writer_create(w, dir, &new, bytes, &wrote, e);

	if (r >= 0)
		r = fs_writer_unlink(w, dir, new.name, &wrote.node, e);
	if (r >= 0)
		r = fs_writer_mkdirs(w, dir, "one/two", &new, &wrote, e);
	return r;
}

static void change(struct fs_writer *w, const struct firsts *f)
{
	static const uint8_t bytes[BYTES] = {1, 2, 3};
	struct slice many = slice_of(bytes, BYTES), few = slice_of(bytes, MORE);
	const struct fs_step steps[] = {{FS_STEP_REPLACE, &f->file, BYTES},
					{FS_STEP_APPEND, &f->file, MORE},
					{FS_STEP_CREATE, &f->root, MORE},
					{FS_STEP_MKDIR, &f->dir, 0}};
	struct err e = ERR_INIT;
	struct fs_wrote wrote;
	int r = 0;

	if (f->file.id) {
		r = fs_writer_room(w, steps, ARRAY_LEN(steps), &e);
		if (r >= 0)
			r = fs_writer_append(w, &f->file, few, &wrote, &e);
		if (r >= 0)
			r = fs_writer_replace(w, &f->file, many, &wrote, &e);
	}
	if (r >= 0)
		r = make_names(w, &f->root, f->file.id ? &f->file : NULL, few, &e);
	if (r >= 0 && f->dir.id)
		r = make_names(w, &f->dir, &f->dir, few, &e);
	if (r >= 0)
		r = fs_writer_finish(w, &e);
}

static bool opens(struct blocks *b, struct arena *a)
{
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct err e = ERR_INIT;
	const char *name = NULL;

	return fs_open(b, a, &fs, &name, &e) >= 0;
}

/* What was copied can be opened when it could before. */
static void copy(struct blocks *b, struct arena *a)
{
	_cleanup_free_ uint8_t *larger = calloc(1, SIZE + BYTES);
	_cleanup_(blocks_freep) struct blocks *to = NULL;
	struct err e = ERR_INIT;

	if (!larger || blocks_buffer(larger, SIZE + BYTES, &to, &e) < 0 ||
	    ext_grow(b, to, 9, NOW, &e) < 0)
		return;
	if (opens(b, a) && !opens(to, a))
		__builtin_trap();
}

/* A journal is written back once. */
static bool replay(struct blocks *b)
{
	struct err e = ERR_INIT;
	int r = fs_writer_replay(b, NOW, &e);

	if (r > 0 && fs_writer_replay(b, NOW, &e) != 0)
		__builtin_trap();
	return r >= 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *image = sparse_image(slice_of(data, size), SIZE);
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	_cleanup_(fs_writer_freep) struct fs_writer *w = NULL;
	struct firsts firsts = {0};
	struct err e = ERR_INIT;
	const char *name = NULL;

	if (!image || !arena || blocks_buffer(image, SIZE, &b, &e) < 0)
		return 0;
	copy(b, arena);
	if (find_firsts(b, arena, &firsts) && replay(b) &&
	    fs_writer_open(b, arena, NOW, &w, &name, &e) >= 0)
		change(w, &firsts);
	return 0;
}
