/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "cow.h"

struct comparing {
	struct cow *cow;
	cow_change_fn fn;
	void *ctx;
	uint8_t old[COW_COMPARED], new[COW_COMPARED];
};

/* Does the block at `at` differ? *ret_len is its length. */
static bool differs(const struct comparing *c, size_t at, size_t n, size_t *ret_len)
{
	*ret_len = n - at < COW_BLOCK ? n - at : COW_BLOCK;
	return memcmp(c->old + at, c->new + at, *ret_len) != 0;
}

/* The changes in a piece that is in the buffers. */
static int tell_changes(struct comparing *c, uint64_t off, size_t n, struct err *e)
{
	size_t start = 0, len;
	int r = 0;

	while (r >= 0 && start < n) {
		struct cow_change change = {.off = off + start,
					    .differs = differs(c, start, n, &len)};
		size_t end = start + len;

		while (end < n && differs(c, end, n, &len) == change.differs)
			end += len;
		change.old = slice_of(c->old + start, end - start);
		change.new = slice_of(c->new + start, end - start);
		r = c->fn(c->ctx, &change, e);
		start = end;
	}
	return r;
}

static int compare_run(void *ctx, uint64_t off, uint64_t len, _unused_ bool zero,
		       struct err *e)
{
	struct comparing *c = ctx;
	int r = 0;

	for (uint64_t done = 0; r >= 0 && done < len; done += COW_COMPARED) {
		uint64_t left = len - done;
		size_t n = left < COW_COMPARED ? (size_t)left : COW_COMPARED;

		r = blocks_read(cow_source(c->cow), off + done, c->old, n, e);
		if (r >= 0)
			r = cow_read(c->cow, off + done, c->new, n, e);
		if (r >= 0)
			r = tell_changes(c, off + done, n, e);
	}
	return r;
}

int cow_compare(struct cow *cow, cow_change_fn fn, void *ctx, struct err *e)
{
	_cleanup_free_ struct comparing *c = malloc(sizeof(*c));

	if (!c)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->cow = cow;
	c->fn = fn;
	c->ctx = ctx;
	return cow_walk(cow, compare_run, c, e);
}
