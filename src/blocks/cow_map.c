/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open addressing with linear probing, at most half full. A machine that makes its blocks
 * collide slows down its own disk only.
 */
#include "cow_map.h"

#include <stdlib.h>

enum { FIRST_CAP = 1024 };

void cow_map_done(struct cow_map *m)
{
	free(m->v);
	*m = (struct cow_map){0};
}

/* The entry of the block, or the free one where it would stand. */
static struct cow_entry *place(const struct cow_map *m, uint64_t block)
{
	/* 2^64 divided by the golden ratio spreads neighbours. */
	size_t i = (size_t)((block * 0x9e3779b97f4a7c15u) >> 20) & (m->cap - 1);

	while (m->v[i].block != UINT64_MAX && m->v[i].block != block)
		i = (i + 1) & (m->cap - 1);
	return &m->v[i];
}

const struct cow_entry *cow_map_find(const struct cow_map *m, uint64_t block)
{
	const struct cow_entry *at = m->n ? place(m, block) : NULL;

	return at && at->block == block ? at : NULL;
}

static bool resize(struct cow_map *m, size_t cap)
{
	struct cow_map larger = {.v = calloc(cap, sizeof(*larger.v)), .cap = cap};

	if (!larger.v)
		return false;
	for (size_t i = 0; i < cap; i++)
		larger.v[i].block = UINT64_MAX;
	for (size_t i = 0; i < m->cap; i++)
		if (m->v[i].block != UINT64_MAX)
			cow_map_put(&larger, m->v[i].block, m->v[i].slot);
	free(m->v);
	*m = larger;
	return true;
}

static uint64_t cap_for(uint64_t n)
{
	uint64_t cap = FIRST_CAP;

	while (cap / 2 < n)
		cap *= 2;
	return cap;
}

bool cow_map_reserve(struct cow_map *m, size_t more)
{
	uint64_t cap = cap_for(m->n + more);

	return cap <= m->cap || resize(m, (size_t)cap);
}

void cow_map_put(struct cow_map *m, uint64_t block, uint32_t slot)
{
	struct cow_entry *at = place(m, block);

	if (at->block != block)
		m->n++;
	*at = (struct cow_entry){block, slot};
}

static int by_block(const void *a, const void *b)
{
	uint64_t x = ((const struct cow_entry *)a)->block;
	uint64_t y = ((const struct cow_entry *)b)->block;

	return x < y ? -1 : x > y;
}

struct cow_entry *cow_map_sorted(const struct cow_map *m)
{
	struct cow_entry *sorted = calloc(m->n + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < m->cap; i++)
		if (m->v[i].block != UINT64_MAX)
			sorted[n++] = m->v[i];
	qsort(sorted, n, sizeof(*sorted), by_block);
	return sorted;
}

uint64_t cow_map_memory(uint64_t n)
{
	return cap_for(n) * 3 / 2 * sizeof(struct cow_entry);
}
