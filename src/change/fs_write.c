/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which writer a file system has, and what holds for every writer: the checks of names,
 * and that nothing follows a failure.
 */
#include "fs_write.h"

#include <inttypes.h>

#include "escape.h"
#include "ext/write.h"
#include "fat/write.h"
#include "limits.h"
#include "name.h"
#include "text.h"
#include "xfs.h"
#include "xfs/write.h"

static const struct fs_writer_driver {
	const struct fs_driver *reader;
	int (*open)(struct blocks *b, int64_t now, struct fs_writer **ret, struct err *e);
	/* See fs_writer_replay(); NULL: it is never done. */
	int (*replay)(struct blocks *b, int64_t now, struct err *e);
	/* Where files are changed within their blocks only, see fs_writer_capacity(). */
	int (*capacity)(struct fs *fs, const struct node *file, uint64_t *ret,
			struct err *e);
} fs_writers[] = {
	{&fs_ext, ext_writer_open, ext_writer_replay, NULL},
	{&fs_fat, fat_writer_open, NULL, NULL},
	{&fs_xfs, xfs_writer_open, NULL, xfs_writer_capacity},
};

/* The writer of a file system that is open, where it writes within blocks only. */
static const struct fs_writer_driver *find_bound(const struct fs *fs)
{
	for (size_t i = 0; i < ARRAY_LEN(fs_writers); i++)
		if (fs_writers[i].capacity &&
		    text_same(fs->type, fs_writers[i].reader->name))
			return &fs_writers[i];
	return NULL;
}

int fs_writer_capacity(struct fs *fs, const struct node *file, uint64_t *ret,
		       struct err *e)
{
	const struct fs_writer_driver *d = find_bound(fs);

	if (d)
		return d->capacity(fs, file, ret, e);
	*ret = UINT64_MAX;
	return 0;
}

bool fs_writer_makes_names(const struct fs *fs)
{
	return !find_bound(fs);
}

/* 1: *ret is the writer of what lies there; 0: it has none. */
static int find_writer(struct blocks *b, const struct fs_writer_driver **ret,
		       struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(fs_writers); i++) {
		const struct fs_driver *reader = fs_writers[i].reader;

		r = b->size < reader->min_size ? 0 : reader->probe(b, e);
		if (r > 0)
			*ret = &fs_writers[i];
	}
	return r;
}

int fs_writer_replay(struct blocks *b, int64_t now, struct err *e)
{
	const struct fs_writer_driver *d;
	int r = find_writer(b, &d, e);

	if (r <= 0 || !d->replay)
		return r < 0 ? r : 0;
	return d->replay(b, now, e);
}

int fs_writer_open(struct blocks *b, struct arena *a, int64_t now, struct fs_writer **ret,
		   const char **ret_name, struct err *e)
{
	const struct fs_writer_driver *d;
	struct fs_identity identity = {0};
	int r = fs_identify(b, a, &identity, e);

	*ret_name = identity.name;
	if (r < 0)
		return r;
	r = find_writer(b, &d, e);
	if (r > 0)
		r = d->open(b, now, ret, e) < 0 ? -(int)e->code : 1;
	if (r != 0)
		return r < 0 ? err_wrap(e, "%s", identity.name) : 0;
	return err_set(e, ERR_UNSUPPORTED,
		       "files on %s cannot be changed from outside: `paravet plan "
		       "--script` makes a script to run inside the guest",
		       identity.name);
}

struct fs_writer *fs_writer_free(struct fs_writer *w)
{
	if (w) {
		w->ops->done(w);
		free(w);
	}
	return NULL;
}

static int check_open(const struct fs_writer *w, struct err *e)
{
	if (w->closed)
		return err_set(e, ERR_USAGE,
			       "a file system cannot be changed after a failure, or when "
			       "it is finished");
	return 0;
}

/* Closes the writer when the change failed. */
static int changed(struct fs_writer *w, int r)
{
	if (r < 0)
		w->closed = true;
	return r;
}

static int check_name(struct slice name, struct err *e)
{
	if (!fs_is_name(name))
		return err_set(e, ERR_USAGE, "\"%s\" cannot be the name of a file",
			       escape_short(name).text);
	return 0;
}

int fs_writer_room(struct fs_writer *w, const struct fs_step *steps, size_t n,
		   struct err *e)
{
	int r = check_open(w, e);

	for (size_t i = 0; r >= 0 && i < n; i++)
		if (steps[i].bytes > LIMIT_FILE_WRITTEN)
			r = err_set(e, ERR_LIMIT, "a file of %" PRIu64 " bytes",
				    steps[i].bytes);
	return r < 0 ? r : w->ops->room(w, steps, n, e);
}

int fs_writer_replace(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e)
{
	int r = check_open(w, e);

	return r < 0 ? r : changed(w, w->ops->replace(w, file, bytes, ret, e));
}

int fs_writer_append(struct fs_writer *w, const struct node *file, struct slice bytes,
		     struct fs_wrote *ret, struct err *e)
{
	int r = check_open(w, e);

	return r < 0 ? r : changed(w, w->ops->append(w, file, bytes, ret, e));
}

int fs_writer_create(struct fs_writer *w, const struct node *dir,
		     const struct fs_new *new, struct slice bytes, struct fs_wrote *ret,
		     struct err *e)
{
	int r = check_open(w, e);

	if (r >= 0)
		r = check_name(new->name, e);
	if (r < 0)
		return r;
	if (new->kind != FS_NEW_FILE && !w->ops->has_special)
		return err_set(e, ERR_UNSUPPORTED,
			       "%s: links and devices are not made on this file system",
			       escape_short(new->name).text);
	if (new->kind == FS_NEW_LINK &&
	    (!bytes.n || bytes.n >= LIMIT_PATH || slice_find(bytes, 0, 0) < bytes.n))
		return err_set(e, ERR_USAGE, "%s: a link leads nowhere",
			       escape_short(new->name).text);
	r = changed(w, w->ops->create(w, dir, new, bytes, ret, e));
	return r < 0 ? err_wrap(e, "%s", escape_short(new->name).text) : 0;
}

int fs_writer_mkdir(struct fs_writer *w, const struct node *dir, const struct fs_new *new,
		    struct fs_wrote *ret, struct err *e)
{
	int r = check_open(w, e);

	if (r >= 0)
		r = check_name(new->name, e);
	if (r < 0)
		return r;
	r = changed(w, w->ops->mkdir(w, dir, new, ret, e));
	return r < 0 ? err_wrap(e, "%s", escape_short(new->name).text) : 0;
}

int fs_writer_mkdirs(struct fs_writer *w, const struct node *dir, const char *path,
		     const struct fs_new *new, struct fs_wrote *ret, struct err *e)
{
	struct slice left = slice_str(path);
	struct fs_wrote wrote = {.node = *dir};
	struct fs_new one = *new;
	unsigned notes = 0;
	int r = 0;

	while (r >= 0 && left.n) {
		size_t end = slice_find(left, 0, '/');

		if (!slice_sub(left, 0, end, &one.name))
			return err_set(e, ERR_BUG, "a name past the end of its path");
		end += end < left.n;
		if (!slice_sub(left, end, left.n - end, &left))
			return err_set(e, ERR_BUG, "a path past its end");
		if (one.name.n == 0)
			continue;
		r = fs_writer_mkdir(w, &wrote.node, &one, &wrote, e);
		notes |= wrote.notes;
	}
	if (r < 0)
		return r;
	wrote.notes = notes;
	*ret = wrote;
	return 0;
}

int fs_writer_unlink(struct fs_writer *w, const struct node *dir, struct slice name,
		     const struct node *file, struct err *e)
{
	int r = check_open(w, e);

	if (r >= 0)
		r = check_name(name, e);
	if (r < 0)
		return r;
	r = changed(w, w->ops->unlink(w, dir, name, file, e));
	return r < 0 ? err_wrap(e, "%s", escape_short(name).text) : 0;
}

int fs_writer_finish(struct fs_writer *w, struct err *e)
{
	int r = check_open(w, e);

	if (r < 0)
		return r;
	r = w->ops->finish(w, e);
	w->closed = true;
	return r;
}

int fs_write_watched(struct blocks *b, uint64_t at, struct err *e)
{
	uint8_t sector[FS_WRITE_SECTOR];
	int r = blocks_read(b, at, sector, sizeof(sector), e);

	return r < 0 ? r : blocks_write(b, at, sector, sizeof(sector), e);
}
