/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The description of the machine, read and parsed by the worker. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "handle.h"
#include "limits.h"
#include "machine.h"

int machine_file_keep(struct paravet *p, struct err *e)
{
	void *bytes = arena_alloc(p->arena, LIMIT_MACHINE_FILE + 1);
	size_t size = p->machine_part.size ? p->machine_part.size : SIZE_MAX;
	ssize_t n;

	if (!bytes)
		return arena_full(p->arena, e);
	if (size > LIMIT_MACHINE_FILE + 1)
		size = LIMIT_MACHINE_FILE + 1;
	n = pread(p->machine_fd, bytes, size, (off_t)p->machine_part.at);
	if (n < 0)
		return err_set(e, ERR_IO, "%s: %s",
			       escape_short(slice_str(p->machine)).text, strerror(errno));
	if (fstat(p->machine_fd, &p->machine_stat) < 0)
		p->machine_stat.st_mode = 0;
	/* Of one that is too large the worker says so. */
	p->machine_text = slice_of(bytes, (size_t)n);
	return 0;
}

int machine_file_text(struct blocks *b, struct arena *a, struct slice *ret, struct err *e)
{
	void *buffer;
	int r;

	if (b->size > LIMIT_MACHINE_FILE)
		return err_set(e, ERR_LIMIT,
			       "%llu bytes: a description of a machine has at most %zu; "
			       "is this a disk?",
			       (unsigned long long)b->size, LIMIT_MACHINE_FILE);
	buffer = arena_alloc(a, (size_t)b->size);
	if (!buffer)
		return arena_full(a, e);
	r = blocks_read(b, 0, buffer, (size_t)b->size, e);
	if (r >= 0)
		*ret = slice_of(buffer, (size_t)b->size);
	return r;
}

int machine_file_match(const struct paravet *p, struct machine *m, struct arena *a,
		       struct err *e)
{
	strs names = {0};

	if (p->finding) {
		machine_match_images(m, &p->images);
		return 0;
	}
	for (size_t i = 0; i < p->disks.n; i++)
		if (!vec_push(a, &names, p->disks.v[i].name))
			return arena_full(a, e);
	return machine_match_disks(m, &names, a, e);
}

int machine_file_read(struct paravet *p, struct arena *a, struct arena *scratch,
		      struct machine *ret, struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	struct arena_mark mark = arena_mark(scratch);
	struct slice text;
	int r;

	/* One that was read before is not kept open. */
	if (!p->machine || p->machine_fd < 0)
		return 0;
	r = blocks_raw_part(p->machine_fd, p->machine_part, &b, e);
	if (r >= 0) {
		p->machine_fd = -1;
		r = machine_file_text(b, scratch, &text, e);
	}
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(p->machine)).text);
	r = machine_parse(text, p->machine, a, ret, e);
	arena_rewind(scratch, mark);
	if (r >= 0 && p->machine_part.size)
		ret->format = "ova";
	ret->domain = p->domain;
	ret->connection = p->domain_uri;
	if (r >= 0 && domain_remark(p) && !vec_push(a, &ret->remarks, domain_remark(p)))
		r = arena_full(a, e);
	return r < 0 ? r : machine_file_match(p, ret, a, e);
}
