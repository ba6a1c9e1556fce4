/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arena.h"

#include <stdio.h>
#include <string.h>

#include "checked.h"

enum { BLOCK_MIN = 32 * 1024, ALIGN = _Alignof(max_align_t) };

struct block {
	struct block *older;
	size_t size, used;
	_Alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *newest;
	size_t cap, total;
};

struct arena *arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->cap = cap;
	return a;
}

static void drop_newest(struct arena *a)
{
	struct block *b = a->newest;

	a->newest = b->older;
	a->total -= b->size;
	free(b);
}

struct arena *arena_free(struct arena *a)
{
	if (!a)
		return NULL;
	while (a->newest)
		drop_newest(a);
	free(a);
	return NULL;
}

static struct block *add_block(struct arena *a, size_t n)
{
	size_t size = n > BLOCK_MIN ? n : BLOCK_MIN;
	struct block *b;

	if (size > a->cap - a->total) {
		if (n > a->cap - a->total)
			return NULL;
		size = n;
	}
	b = malloc(sizeof(*b) + size);
	if (!b)
		return NULL;
	b->older = a->newest;
	b->size = size;
	b->used = 0;
	a->newest = b;
	a->total += size;
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->newest;
	uint8_t *p;

	if (n > a->cap || n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (n == 0)
		n = ALIGN;
	if (!b || n > b->size - b->used)
		b = add_block(a, n);
	if (!b)
		return NULL;
	p = b->data + b->used;
	b->used += n;
	return memset(p, 0, n);
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	uint64_t bytes;

	if (!checked_mul(n, size, &bytes) || bytes > a->cap)
		return NULL;
	return arena_alloc(a, (size_t)bytes);
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *copy = arena_alloc(a, n);

	if (copy && n)
		memcpy(copy, p, n);
	return copy;
}

char *arena_strndup(struct arena *a, struct slice s)
{
	char *copy = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;

	if (copy && s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, slice_str(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

int arena_full(const struct arena *a, struct err *e)
{
	return err_set(e, ERR_LIMIT, "more than %zu KiB of memory would be needed",
		       a->cap / 1024);
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->newest, a->newest ? a->newest->used : 0};
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
	while (a->newest != m.block)
		drop_newest(a);
	if (a->newest)
		a->newest->used = m.used;
}
