/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Growing arrays in an arena, by type: `VEC(struct part) parts;`. Elements are contiguous
 * (.v[0] to .v[n - 1]); a push may move them, so keep indexes, not pointers, while
 * growing. An all-zero VEC is empty and valid.
 */
#pragma once

#include <string.h>

#include "arena.h"

#define VEC(T) \
	struct { \
		T *v; \
		size_t n, cap; \
	}

/* Appends a zeroed element and returns its address, or NULL when the arena is full. */
#define vec_add(arena, vec) \
	((__typeof__((vec)->v))vec_add_((arena), (void **)&(vec)->v, &(vec)->n, \
					&(vec)->cap, sizeof(*(vec)->v)))

/* Appends `item`; false when the arena is full. */
#define vec_push(arena, vec, item) \
	({ \
		__typeof__((vec)->v) vec_at_ = vec_add((arena), (vec)); \
		if (vec_at_) \
			*vec_at_ = (item); \
		vec_at_ != NULL; \
	})

void *vec_add_(struct arena *a, void **v, size_t *n, size_t *cap, size_t size);

/* A list of strings, borrowed from the arena it grows in. */
typedef VEC(const char *) strs;

bool strs_has(const strs *list, const char *s);
/* Appends `s` (not copied) unless it is there already; false when the arena is full. */
_must_check_ bool strs_add_once(struct arena *a, strs *list, const char *s);
