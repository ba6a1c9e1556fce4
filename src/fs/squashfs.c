/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The SquashFS driver: opening, and the operations of struct fs. Where a file's bytes lie
 * is not told: they are packed there.
 */
#include "squashfs.h"

#include <inttypes.h>

#include "limits.h"

static struct node node_of(const struct squash_inode *i)
{
	return (struct node){.id = i->id,
			     .type = squash_node_type(i->kind),
			     .size = i->kind == SQUASH_DIR ? 0 : i->size,
			     .mode = i->mode};
}

static int squash_root(struct fs *fs, struct node *ret, struct err *e)
{
	struct squash *x = (struct squash *)fs;
	struct squash_inode i;
	int r = squash_inode_read(x, x->super.root, &i, e);

	if (r < 0)
		return r;
	if (i.kind != SQUASH_DIR)
		return err_set(e, ERR_CORRUPT, "its root is not a directory");
	*ret = node_of(&i);
	return 0;
}

struct wanted {
	struct slice name;
	uint64_t id;
};

static int compare_entry(void *ctx, const struct squash_entry *entry,
			 _unused_ struct err *e)
{
	struct wanted *w = ctx;

	w->id = entry->id;
	return slice_same(entry->name, w->name);
}

static int squash_lookup(struct fs *fs, const struct node *dir, struct slice name,
			 struct node *ret, struct err *e)
{
	struct squash *x = (struct squash *)fs;
	struct wanted w = {.name = name};
	struct squash_inode above, i;
	int r = squash_inode_read(x, dir->id, &above, e);

	if (r >= 0)
		r = squash_dir_walk(x, &above, compare_entry, &w, e);
	if (r == 0)
		return err_set(e, ERR_ABSENT, "no such file or directory");
	if (r >= 0)
		r = squash_inode_read(x, w.id, &i, e);
	if (r < 0)
		return r;
	/* Each directory has one place, so that a path cannot lead back to where it came
	 * from. */
	if (i.kind == SQUASH_DIR && i.parent != above.number)
		return err_set(e, ERR_CORRUPT,
			       "directory inode %" PRIu32 " belongs into another one",
			       i.number);
	*ret = node_of(&i);
	return 0;
}

struct lister {
	fs_entry_fn fn;
	void *ctx;
};

static int list_entry(void *ctx, const struct squash_entry *entry, struct err *e)
{
	struct lister *l = ctx;

	return l->fn(l->ctx, entry->name, squash_node_type(entry->kind), e);
}

static int squash_list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		       struct err *e)
{
	struct squash *x = (struct squash *)fs;
	struct lister l = {fn, ctx};
	struct squash_inode i;
	int r = squash_inode_read(x, dir->id, &i, e);

	if (r >= 0)
		r = squash_dir_walk(x, &i, list_entry, &l, e);
	return r < 0 ? r : 0;
}

static int squash_readlink(struct fs *fs, const struct node *link, struct arena *a,
			   struct slice *ret, struct err *e)
{
	struct squash *x = (struct squash *)fs;
	struct squash_inode i;
	uint8_t *text;
	int r = squash_inode_read(x, link->id, &i, e);

	if (r < 0)
		return r;
	if (i.kind != SQUASH_SYMLINK)
		return err_set(e, ERR_USAGE, "inode %" PRIu32 " is no link", i.number);
	if (i.size == 0 || i.size > LIMIT_PATH)
		return err_set(e, ERR_CORRUPT,
			       "inode %" PRIu32 ": a link of %" PRIu64
			       " bytes is not possible",
			       i.number, i.size);
	text = arena_alloc(a, (size_t)i.size);
	if (!text)
		return arena_full(a, e);
	r = squash_meta_read(x, &i.rest, text, (size_t)i.size, e);
	if (r < 0)
		return err_wrap(e, "inode %" PRIu32, i.number);
	if (slice_find(slice_of(text, (size_t)i.size), 0, 0) < i.size)
		return err_set(e, ERR_CORRUPT, "inode %" PRIu32 ": a NUL in a link",
			       i.number);
	*ret = slice_of(text, (size_t)i.size);
	return 0;
}

static int squash_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		       size_t len, struct err *e)
{
	struct squash *x = (struct squash *)fs;
	struct squash_inode i;
	int r = squash_inode_read(x, file->id, &i, e);

	return r < 0 ? r : squash_file_read(x, &i, off, buf, len, e);
}

static void squash_done(struct fs *fs)
{
	struct squash *x = (struct squash *)fs;

	for (size_t i = 0; i < SQUASH_DATA_KEPT; i++)
		free(x->data[i].bytes);
	free(x->map.pieces);
	free(x->packed);
}

static const struct fs_ops squash_ops = {
	.root = squash_root,
	.lookup = squash_lookup,
	.list = squash_list,
	.readlink = squash_readlink,
	.read = squash_read,
	.done = squash_done,
};

static int squash_open(struct blocks *b, _unused_ struct arena *a, struct fs **ret,
		       struct err *e)
{
	struct squash_super s;
	struct squash *x;
	int r = squash_super_read(b, &s, e);

	if (r >= 0)
		r = squash_super_check(&s, b, e);
	if (r < 0)
		return r;
	x = calloc(1, sizeof(*x));
	if (!x)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->fs.ops = &squash_ops;
	x->fs.type = fs_squashfs.name;
	x->blocks = b;
	x->super = s;
	*ret = &x->fs;
	return 0;
}

static int squash_probe(struct blocks *b, struct err *e)
{
	struct squash_super ignored;

	return squash_super_read(b, &ignored, e);
}

static int squash_identify(struct blocks *b, _unused_ struct arena *a,
			   struct fs_identity *ret, struct err *e)
{
	int r = squash_probe(b, e);

	if (r > 0)
		*ret = (struct fs_identity){.name = fs_squashfs.name};
	return r;
}

const struct fs_driver fs_squashfs = {
	.name = "squashfs",
	.doc = "SquashFS 4.0 with gzip, lzo, xz, lz4 or zstd",
	.min_size = SQUASH_SUPER,
	.probe = squash_probe,
	.open = squash_open,
	.identify = squash_identify,
};
