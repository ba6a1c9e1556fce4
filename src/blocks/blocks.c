/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all blocks share: the range check, the counters of a read, memory and windows.
 */
#include "blocks.h"

#include <inttypes.h>
#include <string.h>

#include "checked.h"

static int check_range(const struct blocks *b, uint64_t off, uint64_t len, struct err *e)
{
	if (!range_fits(off, len, b->size))
		return err_set(e, ERR_CORRUPT,
			       "%" PRIu64 " bytes at offset %" PRIu64
			       " are past the end of the %s (%" PRIu64 " bytes)",
			       len, off, b->format, b->size);
	return 0;
}

int blocks_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	int r = check_range(b, off, len, e);

	if (r < 0)
		return r;
	b->reads++;
	b->bytes += len;
	return len ? b->ops->read(b, off, buf, len, e) : 0;
}

int blocks_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
		 struct err *e)
{
	int r = check_range(b, off, len, e);

	if (r < 0)
		return r;
	if (!b->ops->write)
		return err_set(e, ERR_USAGE, "the %s is read only", b->format);
	return len ? b->ops->write(b, off, buf, len, e) : 0;
}

int blocks_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
		 void *ctx, struct err *e)
{
	int r = check_range(b, off, len, e);

	if (r < 0 || len == 0)
		return r;
	return b->ops->where ? b->ops->where(b, off, len, fn, ctx, e)
			     : fn(ctx, b, off, len, e);
}

struct blocks *blocks_free(struct blocks *b)
{
	if (b) {
		if (b->ops->done)
			b->ops->done(b);
		free(b);
	}
	return NULL;
}

struct memory {
	struct blocks blocks;
	struct slice s;
	uint8_t *writable; /* the same bytes, or NULL */
};

static int memory_read(struct blocks *b, uint64_t off, void *buf, size_t len,
		       struct err *e)
{
	struct reader r = reader_of(((struct memory *)b)->s);

	rd_seek(&r, off);
	rd_copy(&r, buf, len);
	return rd_ok(&r) ? 0 : err_set(e, ERR_BUG, "a read past the end of memory");
}

static int memory_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
			struct err *e)
{
	(void)e;
	memcpy(((struct memory *)b)->writable + off, buf, len);
	return 0;
}

static const struct blocks_ops memory_ops = {.read = memory_read};
static const struct blocks_ops buffer_ops = {.read = memory_read, .write = memory_write};

static int memory_new(const struct blocks_ops *ops, struct slice s, void *writable,
		      struct blocks **ret, struct err *e)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (!m)
		return err_set(e, ERR_NOMEM, "out of memory");
	m->blocks = (struct blocks){
		.ops = ops, .format = "memory", .size = s.n, .sector_size = 512};
	m->s = s;
	m->writable = writable;
	*ret = &m->blocks;
	return 0;
}

int blocks_memory(struct slice s, struct blocks **ret, struct err *e)
{
	return memory_new(&memory_ops, s, NULL, ret, e);
}

int blocks_buffer(void *p, size_t n, struct blocks **ret, struct err *e)
{
	return memory_new(&buffer_ops, slice_of(p, n), p, ret, e);
}

struct window {
	struct blocks blocks;
	struct blocks *parent;
	uint64_t off;
};

static int window_read(struct blocks *b, uint64_t off, void *buf, size_t len,
		       struct err *e)
{
	struct window *w = (struct window *)b;

	/* No overflow: off + len lies in the window, which lies in the parent. */
	return blocks_read(w->parent, w->off + off, buf, len, e);
}

static int window_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
			struct err *e)
{
	struct window *w = (struct window *)b;

	return blocks_write(w->parent, w->off + off, buf, len, e);
}

static int window_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
			void *ctx, struct err *e)
{
	struct window *w = (struct window *)b;

	return blocks_where(w->parent, w->off + off, len, fn, ctx, e);
}

static const struct blocks_ops window_ops = {
	.read = window_read, .write = window_write, .where = window_where};

int blocks_window(struct blocks *parent, uint64_t off, uint64_t len, struct blocks **ret,
		  struct err *e)
{
	struct window *w;

	if (!range_fits(off, len, parent->size))
		return err_set(e, ERR_CORRUPT,
			       "bytes %" PRIu64 " to %" PRIu64 "+%" PRIu64
			       " are past the end of the %s (%" PRIu64 " bytes)",
			       off, off, len, parent->format, parent->size);
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(e, ERR_NOMEM, "out of memory");
	w->blocks = (struct blocks){.ops = &window_ops,
				    .format = "partition",
				    .size = len,
				    .sector_size = parent->sector_size};
	w->parent = parent;
	w->off = off;
	*ret = &w->blocks;
	return 0;
}
