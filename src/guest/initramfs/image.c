/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The image is read into memory whole and walked; its files are told as members of an
 * archive are.
 */
#include "image.h"

#include "blocks.h"
#include "escape.h"
#include "limits.h"
#include "reading.h"

struct image {
	image_entry_fn fn;
	void *ctx;
	struct arena *room; /* of the file system and the tree */
	struct tree *tree;
	VEC(const char *) todo; /* paths of directories */
	struct strmap *seen;    /* their inodes: a directory in two places is a loop */
};

int image_bytes(struct stream *s, struct strbuf *image, struct err *e)
{
	struct slice part = SLICE_NONE;
	int r;

	do {
		r = stream_some(s, UINT64_MAX, &part, e);
		if (r < 0)
			return r;
		if (part.n > LIMIT_INITRD_IMAGE - image->n)
			return err_set(e, ERR_LIMIT, "holds more than %zu bytes",
				       LIMIT_INITRD_IMAGE);
		strbuf_add(image, part.p, part.n);
	} while (part.n);
	return strbuf_ok(image) ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

static int add_directory(struct image *i, const char *path, const struct file *f,
			 struct err *e)
{
	uint64_t *id = arena_memdup(i->room, &f->node.id, sizeof(f->node.id));
	struct slice key = slice_of(id, sizeof(*id));

	if (!id)
		return arena_full(i->room, e);
	if (strmap_get(i->seen, key))
		return err_set(e, ERR_CORRUPT, "%s is a directory in two places",
			       escape_short(slice_str(path)).text);
	if (!strmap_set(i->seen, key, id) || !vec_push(i->room, &i->todo, path))
		return arena_full(i->room, e);
	return 0;
}

static int add_entry(struct image *i, const char *dir, const char *name, struct err *e)
{
	const char *path = arena_printf(i->room, "%s/%s", dir, name);
	struct file self, target;
	bool there;
	int r;

	if (!path)
		return arena_full(i->room, e);
	r = tree_find_link(i->tree, path, &self, e);
	if (r >= 0 && self.node.type == NODE_DIR)
		r = add_directory(i, path, &self, e);
	if (r < 0)
		return r;
	target = self;
	if (self.node.type == NODE_SYMLINK)
		r = tree_find(i->tree, path, &target, e);
	if (r < 0 && r != -ERR_ABSENT)
		return r;
	there = r >= 0;
	if (!there)
		err_clear(e);
	return i->fn(i->ctx, path + 1, &self, there ? &target : NULL, e);
}

static int walk(struct image *i, struct err *e)
{
	struct file root;
	int r = tree_find(i->tree, "/", &root, e);

	if (r >= 0)
		r = add_directory(i, "", &root, e);
	if (r >= 0)
		r = i->fn(i->ctx, "", &root, &root, e);
	while (r >= 0 && i->todo.n) {
		const char *dir = i->todo.v[--i->todo.n];
		dir_list names = {0};

		r = tree_list(i->tree, *dir ? dir : "/", &names, e);
		for (size_t n = 0; r >= 0 && n < names.n; n++)
			r = add_entry(i, dir, names.v[n].name, e);
	}
	return r;
}

int image_walk(struct slice bytes, struct arena *room, image_entry_fn fn, void *ctx,
	       struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *blocks = NULL;
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct image i = {.fn = fn, .ctx = ctx, .room = room, .seen = strmap_new(room)};
	const char *name = NULL;
	int r = i.seen ? blocks_memory(bytes, &blocks, e) : arena_full(room, e);

	if (r >= 0)
		r = fs_open(blocks, i.room, &fs, &name, e);
	if (r >= 0)
		r = tree_new(i.room, &i.tree, e);
	if (r >= 0)
		r = tree_mount(i.tree, "/", fs, (struct place){"initrd", ""}, e);
	if (r >= 0)
		r = walk(&i, e);
	return r < 0 ? err_wrap(e, "ext2 image") : 0;
}

struct telling {
	struct reading *g;
	struct segment_fact *at;
};

/* What a link leads to is read under the link's name; one that leads nowhere is only
 * named. */
static int tell(void *ctx, const char *path, const struct file *self,
		const struct file *target, struct err *e)
{
	struct telling *t = ctx;
	bool file = target && target->node.type == NODE_FILE;

	(void)self;
	if (!*path)
		return 0;
	t->at->files++;
	return member_read_file(t->g, slice_str(path), file ? target : NULL, e);
}

int image_read(struct reading *g, struct stream *s, struct segment_fact *at,
	       struct err *e)
{
	_cleanup_strbuf_ struct strbuf bytes = STRBUF_INIT(LIMIT_INITRD_IMAGE + 1);
	_cleanup_arena_ struct arena *room = arena_new(LIMIT_SCRATCH);
	struct telling t = {.g = g, .at = at};
	int r;

	if (!room)
		return err_set(e, ERR_NOMEM, "out of memory");
	at->kind = "ext2";
	r = image_bytes(s, &bytes, e);
	if (r < 0)
		return err_wrap(e, "ext2 image");
	return image_walk(slice_of(strbuf_text(&bytes), bytes.n), room, tell, &t, e);
}
