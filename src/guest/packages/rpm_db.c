/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm_db.h"

#include <inttypes.h>

#include "checked.h"
#include "limits.h"

bool rpmdb_unwanted(const struct rpmdb *db, struct slice start)
{
	struct slice name;

	return db->want && rpm_header_peek(start, &name) && !db->want(name);
}

int rpmdb_add(struct rpmdb *db, uint32_t number, uint64_t offset, struct slice blob,
	      struct err *e)
{
	struct rpm_package p;
	int r;

	if (rpmdb_unwanted(db, blob))
		return 0;
	r = rpm_package_parse(blob, db->keep, db->scratch, &p, e);
	if (r < 0)
		return err_wrap(e, "package %" PRIu32, number);
	p.number = number;
	p.offset = offset;
	if (!vec_push(db->keep, &db->found, p))
		return arena_full(db->keep, e);
	return 0;
}

int rpmdb_check_size(const struct blocks *b, struct err *e)
{
	if (b->size > LIMIT_RPMDB)
		return err_set(e, ERR_LIMIT,
			       "the database has %" PRIu64 " bytes; at most %" PRIu64
			       " are read",
			       b->size, LIMIT_RPMDB);
	return 0;
}

/* Few calls for a large file, and little memory. */
enum { STREAM_SIZE = 1024 * 1024 };

int rpm_stream_init(struct rpm_stream *s, struct blocks *file, struct arena *a,
		    struct err *e)
{
	size_t size = file->size < STREAM_SIZE ? (size_t)file->size : STREAM_SIZE;

	*s = (struct rpm_stream){
		.file = file, .buffer = arena_alloc(a, size), .size = size};
	return s->buffer ? 0 : arena_full(a, e);
}

int rpm_stream_get(struct rpm_stream *s, uint64_t off, size_t len, struct slice *ret,
		   struct err *e)
{
	struct slice all = slice_of(s->buffer, s->used);
	uint64_t n = s->file->size - off;
	int r;

	if (!range_fits(off, len, s->file->size) || len > s->size)
		return err_set(e, ERR_CORRUPT, "cut short at byte %" PRIu64,
			       s->file->size);
	if (off >= s->at && slice_sub(all, off - s->at, len, ret))
		return 0;
	if (n > s->size)
		n = s->size;
	s->used = 0;
	r = blocks_read(s->file, off, s->buffer, (size_t)n, e);
	if (r < 0)
		return r;
	s->at = off;
	s->used = (size_t)n;
	*ret = slice_of(s->buffer, len);
	return 0;
}
