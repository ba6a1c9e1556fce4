/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growing string with a mandatory maximum. Appending past the maximum, or running out
 * of memory, sets `bad`, and everything after is dropped: check strbuf_ok() once at the
 * end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "compiler.h"
#include "slice.h"

struct strbuf {
	char *s; /* NUL-terminated once anything was appended, else NULL */
	size_t n, cap, max;
	bool bad;
};

#define STRBUF_INIT(maximum) \
	{ \
		.max = (maximum) \
	}

void strbuf_done(struct strbuf *b);
#define _cleanup_strbuf_ _cleanup_(strbuf_done)

void strbuf_add(struct strbuf *b, const void *p, size_t n);
void strbuf_str(struct strbuf *b, const char *s);
void strbuf_char(struct strbuf *b, char c);
_printf_(2, 3) void strbuf_printf(struct strbuf *b, const char *fmt, ...);
_must_check_ bool strbuf_ok(const struct strbuf *b);
/* The text so far; "" when nothing was appended. Borrowed. */
const char *strbuf_text(const struct strbuf *b);
