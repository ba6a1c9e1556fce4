/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys. They lie in pages of their own, which are left out of a core and, where the
 * system allows it, out of swap and of the processes that are forked; they are
 * overwritten when they are done with. A key never goes into a message, a fact or a
 * document.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "err.h"
#include "slice.h"

struct secret {
	uint8_t *p; /* NULL: none */
	size_t n;   /* bytes of it that count; the pages may have more */
	size_t room;
};

/* Zeroed room for `n` bytes, all of which count. */
int secret_new(size_t n, struct secret *ret, struct err *e);
/* Whether processes that are forked from now on have its bytes. They do not unless this
 * was asked for: they find zeros (Linux 4.14). */
void secret_pass_on(const struct secret *s, bool yes);
/* Overwrites and frees it. All zero is allowed, and is what it becomes. */
void secret_wipe(struct secret *s);
#define _cleanup_secret_ _cleanup_(secret_wipe)

static inline struct slice secret_slice(const struct secret *s)
{
	return slice_of(s->p, s->n);
}
