/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest of a few files in memory, as struct grub_host: devices are not told apart,
 * /boot is a directory of the root file system.
 */
#pragma once

#include <stdlib.h>

#include "boot/grub.h"

struct memory_file {
	const char *path, *text;
	size_t n; /* 0: strlen(text) */
};

struct memory_host {
	const struct memory_file *files; /* path NULL ends */
	const char *uuid;                /* the one that a search finds */
	struct arena *a;
};

static const struct memory_file *memory_find(const struct memory_host *m,
					     const char *path)
{
	for (const struct memory_file *f = m->files; f->path; f++)
		if (strcmp(f->path, path) == 0)
			return f;
	return NULL;
}

static int memory_read(void *ctx, const char *device, const char *path, struct slice *ret,
		       const struct source **ret_where, struct err *e)
{
	const struct memory_host *m = ctx;
	const struct memory_file *f = memory_find(m, path);
	struct source *where;

	(void)device;
	if (!f)
		return err_set(e, ERR_ABSENT, "absent");
	where = arena_new_of(m->a, struct source);
	if (!where)
		return arena_full(m->a, e);
	where->path = f->path;
	*ret_where = where;
	*ret = slice_of(f->text, f->n ? f->n : strlen(f->text));
	return 0;
}

static int memory_stat(void *ctx, const char *device, const char *path,
		       struct grub_stat *ret, struct err *e)
{
	const struct memory_host *m = ctx;
	size_t n = strlen(path);

	(void)device;
	for (const struct memory_file *f = m->files; f->path; f++) {
		if (strncmp(f->path, path, n) != 0 ||
		    (f->path[n] != '\0' && f->path[n] != '/'))
			continue;
		*ret = (struct grub_stat){f->path[n] == '/', strlen(f->text)};
		return 0;
	}
	return err_set(e, ERR_ABSENT, "absent");
}

static int memory_list(void *ctx, const char *device, const char *path, strs *ret,
		       struct err *e)
{
	const struct memory_host *m = ctx;
	size_t n = strlen(path);

	(void)device;
	*ret = (strs){0};
	for (const struct memory_file *f = m->files; f->path; f++)
		if (strncmp(f->path, path, n) == 0 && f->path[n] == '/' &&
		    !vec_push(m->a, ret, f->path + n + 1))
			return arena_full(m->a, e);
	return ret->n ? 0 : err_set(e, ERR_ABSENT, "absent");
}

static int memory_search(void *ctx, const char *kind, const char *value, struct err *e)
{
	const struct memory_host *m = ctx;

	(void)e;
	if (strcmp(kind, "FILE") == 0)
		return memory_find(m, value) != NULL;
	return m->uuid && strcmp(m->uuid, value) == 0;
}

static int memory_locate(void *ctx, const char *device, const char *path,
			 const char **ret, struct err *e)
{
	(void)ctx;
	(void)e;
	*ret = strcmp(device, "UUID=elsewhere") == 0 ? NULL : path;
	return 0;
}

static struct grub_host memory_grub_host(struct memory_host *m)
{
	return (struct grub_host){m,           memory_read,   memory_stat,
				  memory_list, memory_search, memory_locate};
}
