/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packages of drivers that are given for a guest: opened here, read by the worker. */
#include "escape.h"
#include "given_read.h"
#include "job.h"
#include "limits.h"

int paravet_add_package(struct paravet *p, const char *path)
{
	struct host_file f = {.fd = -1};

	err_clear(&p->error);
	if (p->was_read)
		return handle_misuse(p, "a handle reads one guest once");
	if (p->packages.n == LIMIT_DRIVER_PACKAGES)
		return handle_misuse(p, "too many packages at once");
	if (files_open_plain(p, path, &f, &p->error) >= 0 &&
	    !vec_push(p->arena, &p->packages, f)) {
		cleanup_close(&f.fd);
		arena_full(p->arena, &p->error);
	}
	return handle_status(p);
}

/* The files stay open in this process: a worker gets them each time. */
static int open_package(const struct host_file *from, struct loading_file *ret,
			struct err *e)
{
	int r = blocks_raw(from->fd, &ret->blocks, e);

	ret->name = from->name;
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(from->name)).text) : 0;
}

int given_collect(struct job *job, struct guest *g, struct err *e)
{
	const host_files *packages = &job->handle->packages;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < packages->n; i++) {
		_cleanup_arena_ struct arena *room =
			arena_new(LIMIT_DRIVER_PACKAGE_MEMORY);
		struct loading_file from;
		struct rpm_file file;

		if (!room)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = open_package(&packages->v[i], &from, e);
		if (r < 0)
			return r;
		r = given_read(g, &from, room, &file, e);
		blocks_free(from.blocks);
	}
	return r;
}

int given_open(struct job *job, given_files_list *ret, struct err *e)
{
	const host_files *packages = &job->handle->packages;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < packages->n; i++) {
		struct given_files *to = vec_add(job->arena, ret);
		struct loading_file from;

		if (!to)
			return arena_full(job->arena, e);
		to->room = arena_new(LIMIT_DRIVER_PACKAGE_MEMORY);
		if (!to->room)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = open_package(&packages->v[i], &from, e);
		if (r < 0)
			return r;
		to->name = from.name;
		r = rpm_file_read(from.blocks, to->room, &to->file, e);
		blocks_free(from.blocks);
		if (r < 0)
			err_wrap(e, "%s", escape_short(slice_str(from.name)).text);
	}
	return r;
}

void given_close(given_files_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		arena_free(list->v[i].room);
}
