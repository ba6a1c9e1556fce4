/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which blocks of a disk were written, and where: a hash table, whose size depends on how
 * much was written and not on the size that the disk says it has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

#define COW_NO_SLOT UINT32_MAX

struct cow_entry {
	uint64_t block; /* UINT64_MAX: nothing here */
	uint32_t slot;  /* in the scratch file; COW_NO_SLOT: the block is zeroes */
};

/* All zero is an empty map. */
struct cow_map {
	struct cow_entry *v;
	size_t cap, n; /* cap is a power of two */
};

void cow_map_done(struct cow_map *m);

/* NULL: not written. */
const struct cow_entry *cow_map_find(const struct cow_map *m, uint64_t block);

/* Makes room for `more` entries; false when out of memory. */
_must_check_ bool cow_map_reserve(struct cow_map *m, size_t more);

/* Adds or replaces; there must be room. */
void cow_map_put(struct cow_map *m, uint64_t block, uint32_t slot);

/* The entries by ascending block, to be freed; NULL when out of memory. */
struct cow_entry *cow_map_sorted(const struct cow_map *m);

/* The most bytes that a map of `n` entries takes, growing included. */
uint64_t cow_map_memory(uint64_t n);
