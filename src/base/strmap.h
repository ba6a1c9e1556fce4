/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hash map from byte strings to pointers, in an arena. Keys are borrowed: they must
 * live as long as the map. The hash is seeded per process, so a guest cannot choose names
 * that collide.
 */
#pragma once

#include "arena.h"

struct strmap;

/* A new empty map; NULL when the arena is full. */
struct strmap *strmap_new(struct arena *a);
/* Sets key to value (replacing an older one); false when the arena is full. */
_must_check_ bool strmap_set(struct strmap *m, struct slice key, void *value);
/* The value, or NULL. */
void *strmap_get(const struct strmap *m, struct slice key);
size_t strmap_count(const struct strmap *m);
