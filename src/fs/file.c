/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the files that a tree found.
 */
#include <inttypes.h>

#include "checked.h"
#include "escape.h"
#include "tree.h"

/* A file system looks at the size of the whole file. */
static int read_from(const struct file *f, uint64_t off, void *buf, size_t len,
		     struct err *e)
{
	struct node whole = f->node;

	whole.size += f->start + f->behind;
	return f->fs->ops->read(f->fs, &whole, f->start + off, buf, len, e);
}

int file_part(const struct file *f, uint64_t off, uint64_t len, struct file *ret,
	      struct err *e)
{
	struct file part = *f;

	if (!range_fits(off, len, f->node.size))
		return err_set(e, ERR_CORRUPT,
			       "%s: cut short: %" PRIu64 " bytes at byte %" PRIu64
			       " lie behind its end",
			       escape_short(slice_str(f->path)).text, len, off);
	part.is_part = true;
	part.start += off;
	part.behind += f->node.size - off - len;
	part.node.size = len;
	*ret = part;
	return 0;
}

int file_read(const struct file *f, uint64_t off, void *buf, size_t len, struct err *e)
{
	int r;

	if (f->node.type != NODE_FILE)
		r = err_set(e, ERR_USAGE, "not a regular file");
	else if (!range_fits(off, len, f->node.size))
		r = err_set(e, ERR_CORRUPT,
			    "%zu bytes at offset %" PRIu64 " are past its end (%" PRIu64
			    " bytes)",
			    len, off, f->node.size);
	else
		r = len ? read_from(f, off, buf, len, e) : 0;
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(f->path)).text) : 0;
}

int file_where(const struct file *f, blocks_piece_fn fn, void *ctx, struct err *e)
{
	int r;

	if (f->node.type != NODE_FILE)
		r = err_set(e, ERR_USAGE, "not a regular file");
	else if (!f->fs->ops->where || f->is_part)
		r = err_set(e, ERR_UNSUPPORTED, "where it lies on a disk is not known");
	else
		r = f->fs->ops->where(f->fs, &f->node, fn, ctx, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(f->path)).text) : 0;
}

struct lister {
	struct arena *arena;
	size_t max;
	file_places *list;
};

static int add_piece(void *ctx, struct blocks *b, uint64_t off, uint64_t len,
		     struct err *e)
{
	const struct lister *l = ctx;
	struct file_place piece = {b, off, len};
	struct file_place *last = l->list->n ? &l->list->v[l->list->n - 1] : NULL;

	if (last && last->blocks == b && last->off + last->len == off) {
		last->len += len;
		return 0;
	}
	if (l->list->n == l->max)
		return err_set(e, ERR_LIMIT, "it lies in more than %zu pieces", l->max);
	return vec_push(l->arena, l->list, piece) ? 0 : arena_full(l->arena, e);
}

int file_where_list(const struct file *f, size_t max, struct arena *a, file_places *ret,
		    struct err *e)
{
	struct lister l = {a, max, ret};

	return file_where(f, add_piece, &l, e);
}

int file_read_all(const struct file *f, size_t max, struct arena *a, struct slice *ret,
		  struct err *e)
{
	uint8_t *bytes;
	int r;

	if (f->node.size > max)
		return err_set(e, ERR_LIMIT,
			       "%s: has %" PRIu64 " bytes; at most %zu are read",
			       escape_short(slice_str(f->path)).text, f->node.size, max);
	bytes = arena_alloc(a, (size_t)f->node.size);
	if (!bytes)
		return arena_full(a, e);
	r = file_read(f, 0, bytes, (size_t)f->node.size, e);
	if (r < 0)
		return r;
	*ret = slice_of(bytes, (size_t)f->node.size);
	return 0;
}

int tree_read(struct tree *t, const char *path, size_t max, struct arena *a,
	      struct file *ret_file, struct slice *ret, struct err *e)
{
	struct file f;
	int r = tree_find(t, path, &f, e);

	if (r < 0)
		return r;
	if (f.node.type != NODE_FILE)
		return err_set(e, ERR_ABSENT, "%s: not a regular file",
			       escape_short(slice_str(f.path)).text);
	r = file_read_all(&f, max, a, ret, e);
	if (r < 0)
		return r;
	if (ret_file)
		*ret_file = f;
	return 0;
}
