/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of the guest in a script: each is one quoted word, or a comment. */
#include "escape.h"
#include "script.h"
#include "text.h"

void script_put_words(struct strbuf *out, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		strbuf_char(out, ' ');
		shell_quote(out, slice_str(words[i] ? words[i] : ""));
	}
}

void script_put_call(struct strbuf *out, const char *name, const char *const *words,
		     size_t n)
{
	strbuf_printf(out, "\t%s", name);
	script_put_words(out, words, n);
	strbuf_char(out, '\n');
}

void script_put_comment(struct strbuf *out, const char *label, const char *text)
{
	struct text lines = text_of(slice_str(text));
	struct slice line;

	while (text_line(&lines, &line)) {
		strbuf_printf(out, "# %s", label);
		escape_again(out, line);
		strbuf_char(out, '\n');
	}
}
