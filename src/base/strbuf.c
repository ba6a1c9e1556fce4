/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void strbuf_done(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){.max = b->max};
}

static bool make_room(struct strbuf *b, size_t n)
{
	size_t want, cap;
	char *moved;

	if (b->bad || n > b->max || b->n > b->max - n) {
		b->bad = true;
		return false;
	}
	want = b->n + n + 1;
	if (want <= b->cap)
		return true;
	cap = b->cap * 2 > want ? b->cap * 2 : want + 64;
	moved = realloc(b->s, cap);
	if (!moved) {
		b->bad = true;
		return false;
	}
	b->s = moved;
	b->cap = cap;
	return true;
}

void strbuf_add(struct strbuf *b, const void *p, size_t n)
{
	if (!make_room(b, n))
		return;
	if (n)
		memcpy(b->s + b->n, p, n);
	b->n += n;
	b->s[b->n] = '\0';
}

void strbuf_str(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_char(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !make_room(b, (size_t)n)) {
		b->bad = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->s + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

bool strbuf_ok(const struct strbuf *b)
{
	return !b->bad;
}

const char *strbuf_text(const struct strbuf *b)
{
	return b->s ? b->s : "";
}
