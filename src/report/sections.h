/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the sections of `paravet inspect` print words, sizes and headings. */
#pragma once

#include <string.h>

#include "escape.h"
#include "limits.h"
#include "report.h"
#include "text.h"
#include "write.h"

static inline void put(struct strbuf *out, const char *s)
{
	escape_text(out, slice_str(s ? s : "-"));
}

/* Filled up with blanks to `width` bytes; two blanks end what is longer. */
static inline void put_padded(struct strbuf *out, const char *s, size_t width)
{
	size_t before = out->n;

	put(out, s);
	if (out->n - before >= width)
		strbuf_str(out, "  ");
	while (strbuf_ok(out) && out->n - before < width)
		strbuf_char(out, ' ');
}

static inline void heading(struct strbuf *out, const struct report_options *o,
			   const char *text)
{
	strbuf_printf(out, o->color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* A line behind its label, broken between words; what follows is indented. */
static inline void put_wrapped(struct strbuf *out, const struct report_options *o,
			       const char *label, const struct strbuf *text,
			       unsigned indent)
{
	const struct writer w = writer_of(o, out);

	strbuf_str(out, label);
	write_wrapped(&w, strbuf_text(text), (unsigned)strlen(label), indent);
}

static inline void put_size(struct strbuf *out, uint64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
	unsigned u = 0;
	double n = (double)bytes;

	while (n >= 1024 && u + 1 < ARRAY_LEN(units)) {
		n /= 1024;
		u++;
	}
	strbuf_printf(out, u && n < 10 ? "%.1f %s" : "%.0f %s", n, units[u]);
}

/* inspect_machine.c: the machine, when its description was given. */
void put_machine(struct strbuf *out, const struct facts *f,
		 const struct report_options *o);
