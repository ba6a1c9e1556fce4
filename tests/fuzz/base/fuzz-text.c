/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any file of a guest, read as lines, words, pairs and numbers, and then printed: what is
 * printed must be harmless, and what was split must lie inside the file.
 */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_inside(struct slice whole, struct slice part)
{
	check(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

/* Valid UTF-8 without control characters; in JSON, one string. */
static void check_printable(const char *text, bool json)
{
	struct slice s = slice_str(text);
	size_t i = 0;

	while (i < s.n) {
		size_t len = utf8_len(s, i);

		check(len > 0 && slice_at(s, i) >= 0x20 && slice_at(s, i) != 0x7f);
		check(len != 2 || slice_at(s, i) != 0xc2 || slice_at(s, i + 1) >= 0xa0);
		if (json && slice_at(s, i) == '\\')
			check(strchr("\"\\u", slice_at(s, ++i)) != NULL);
		else if (json && slice_at(s, i) == '"')
			check(i == 0 || i == s.n - 1);
		i += len;
	}
}

static void print(struct slice s)
{
	_cleanup_strbuf_ struct strbuf plain = STRBUF_INIT((size_t)8 << 20);
	_cleanup_strbuf_ struct strbuf json = STRBUF_INIT((size_t)8 << 20);

	escape_text(&plain, s);
	check_printable(strbuf_text(&plain), false);
	check_printable(escape_short(s).text, false);
	if (s.n && slice_find(s, 0, '\0') == s.n) {
		_cleanup_strbuf_ struct strbuf raw = STRBUF_INIT(s.n);

		strbuf_add(&raw, s.p, s.n);
		json_quote(&json, strbuf_text(&raw));
		check_printable(strbuf_text(&json), true);
	}
}

static void split(struct slice line)
{
	struct slice rest = line, word, left, right;
	uint64_t v;

	while (text_word(&rest, &word)) {
		check(word.n > 0);
		check_inside(line, word);
		check_inside(line, text_unquote(word));
		if (text_u64(word, 1000, &v) || text_hex(word, 1000, &v))
			check(v <= 1000);
		if (text_split(word, '=', &left, &right))
			check(left.n + 1 + right.n == word.n);
	}
	check_inside(line, text_trim(line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text t = text_of(slice_of(data, size));
	struct slice line;
	size_t lines = 0;

	while (text_line(&t, &line)) {
		check_inside(t.s, line);
		check(++lines == t.line && lines <= size);
		split(line);
	}
	check(t.pos == size);
	print(t.s);
	return 0;
}
