/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vec.h"

void *vec_add_(struct arena *a, void **v, size_t *n, size_t *cap, size_t size)
{
	if (*n == *cap) {
		size_t wider = *cap ? *cap * 2 : 4;
		void *moved = arena_calloc(a, wider, size);

		if (!moved)
			return NULL;
		if (*n)
			memcpy(moved, *v, *n * size);
		*v = moved;
		*cap = wider;
	}
	return (uint8_t *)*v + (*n)++ * size;
}

bool strs_has(const strs *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], s) == 0)
			return true;
	return false;
}

bool strs_add_once(struct arena *a, strs *list, const char *s)
{
	return strs_has(list, s) || vec_push(a, list, s);
}
