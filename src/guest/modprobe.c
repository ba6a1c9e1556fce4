/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines of modprobe.d(5) and of the older modprobe.conf(5) and modules.conf(5): a word,
 * the module or alias, and the rest. A backslash at the end joins the next line; a '#' at
 * the start makes a comment. Words that do not change what gets loaded are left out.
 */
#include "modprobe.h"

#include "limits.h"
#include "strbuf.h"
#include "text.h"

static const char *const kinds[] = {"blacklist", "install", "alias", "options",
				    "softdep"};

static const char *kind_of(struct slice word)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (slice_eq(word, kinds[i]))
			return kinds[i];
	return NULL;
}

static int add_line(struct slice line, struct arena *a, struct source source,
		    modprobe_list *list, struct err *e)
{
	struct modprobe_fact fact = {.source = source};
	struct slice word, module, rest = line;

	if (!text_word(&rest, &word))
		return 0;
	fact.kind = kind_of(word);
	if (!fact.kind || !text_word(&rest, &module))
		return 0;
	rest = text_trim(rest);
	fact.module = arena_strndup(a, module);
	fact.argument = rest.n ? arena_strndup(a, rest) : NULL;
	if (!fact.module || (rest.n && !fact.argument) || !vec_push(a, list, fact))
		return arena_full(a, e);
	return 0;
}

/* The line that begins with `first`, with those it is continued on. */
static int join_lines(struct text *t, struct slice first, struct strbuf *b, struct err *e)
{
	struct slice line = first;
	bool more = true;

	while (more) {
		more = slice_ends(line, "\\");
		strbuf_add(b, line.p, more ? line.n - 1 : line.n);
		if (more && !text_line(t, &line))
			break;
	}
	if (!strbuf_ok(b))
		return err_set(e, ERR_LIMIT,
			       "line %u and those it goes on with are "
			       "longer than %zu bytes",
			       t->line, LIMIT_TEXT);
	return 0;
}

int modprobe_parse(struct slice text, struct arena *a, struct source source,
		   modprobe_list *list, struct err *e)
{
	struct text t = text_of(text);
	struct slice line;
	int r = 0;

	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while (r >= 0 && text_line(&t, &line)) {
		source.line = t.line;
		if (slice_ends(line, "\\")) {
			_cleanup_strbuf_ struct strbuf joined = STRBUF_INIT(LIMIT_TEXT);

			r = join_lines(&t, line, &joined, e);
			if (r >= 0)
				r = add_line(slice_str(strbuf_text(&joined)), a, source,
					     list, e);
		} else {
			r = add_line(line, a, source, list, e);
		}
	}
	return r;
}
