/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is freed all at once. One arena per guest holds its facts; a scratch arena
 * per reader is rewound after each use. Every arena has a byte cap, so that an image
 * cannot make the program grow without end: past the cap an allocation fails, and
 * ERR_NOMEM/ERR_LIMIT is reported. Everything allocated lives as long as the arena (or
 * until a rewind).
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "compiler.h"
#include "err.h"
#include "slice.h"

struct arena;

/* A new arena that may hold `cap` bytes. NULL when out of memory. */
struct arena *arena_new(size_t cap);
struct arena *arena_free(struct arena *a);
static inline void arena_freep(struct arena **a)
{
	arena_free(*a);
}
#define _cleanup_arena_ _cleanup_(arena_freep)

/* Zeroed, maximally aligned memory; NULL past the cap. arena_alloc(a, 0) is not NULL. */
void *arena_alloc(struct arena *a, size_t n);
/* n * size, checked. */
void *arena_calloc(struct arena *a, size_t n, size_t size);
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_strdup(struct arena *a, const char *s);
/* A NUL-terminated copy of the slice's bytes. */
char *arena_strndup(struct arena *a, struct slice s);
_printf_(2, 3) char *arena_printf(struct arena *a, const char *fmt, ...);
_printf_(2, 0) char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);

/* Records ERR_LIMIT ("needs more than N bytes of memory for facts"); returns -code. */
int arena_full(const struct arena *a, struct err *e);

struct arena_mark {
	void *block;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
/* Frees everything allocated since the mark. */
void arena_rewind(struct arena *a, struct arena_mark m);

#define arena_new_of(a, T) ((T *)arena_alloc((a), sizeof(T)))
