/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file_bytes.h"

#include "checked.h"

static int read_file(void *ctx, uint64_t off, uint64_t len, struct arena *a,
		     struct slice *ret, struct err *e)
{
	void *to = arena_alloc(a, (size_t)len);
	int r;

	if (!to)
		return arena_full(a, e);
	r = file_read(ctx, off, to, (size_t)len, e);
	if (r < 0)
		return r;
	*ret = slice_of(to, (size_t)len);
	return 0;
}

static int read_memory(void *ctx, uint64_t off, uint64_t len, _unused_ struct arena *a,
		       struct slice *ret, struct err *e)
{
	if (!slice_sub(*(struct slice *)ctx, off, len, ret))
		return err_set(e, ERR_BUG, "a read past the end of memory");
	return 0;
}

struct file_bytes file_bytes_of(const struct file *f)
{
	return (struct file_bytes){f->node.size, read_file, (void *)f};
}

struct file_bytes file_bytes_in(struct slice *memory)
{
	return (struct file_bytes){memory->n, read_memory, memory};
}

int file_bytes_read(const struct file_bytes *b, uint64_t off, uint64_t len,
		    struct arena *a, struct slice *ret, struct err *e)
{
	if (!range_fits(off, len, b->size))
		return err_set(e, ERR_CORRUPT,
			       "cut short: %llu bytes at byte %llu lie behind its end",
			       (unsigned long long)len, (unsigned long long)off);
	return b->read(b->ctx, off, len, a, ret, e);
}

int file_bytes_head(const struct file_bytes *b, uint64_t len, struct arena *a,
		    struct slice *ret, struct err *e)
{
	return file_bytes_read(b, 0, len < b->size ? len : b->size, a, ret, e);
}
