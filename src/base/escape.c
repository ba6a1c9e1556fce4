/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "escape.h"

#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "text.h"

size_t utf8_len(struct slice s, size_t off)
{
	int c = slice_at(s, off);
	size_t n = c < 0      ? 0
		   : c < 0x80 ? 1
		   : c < 0xc2 ? 0
		   : c < 0xe0 ? 2
		   : c < 0xf0 ? 3
		   : c < 0xf5 ? 4
			      : 0;
	int second = slice_at(s, off + 1);

	for (size_t i = 1; i < n; i++)
		if ((slice_at(s, off + i) & ~0x3f) != 0x80)
			return 0;
	if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ||
	    (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f))
		return 0;
	return n;
}

/* Characters that change how a terminal shows the rest of the line. */
static bool is_harmful(struct slice s, size_t off, size_t len)
{
	int c = slice_at(s, off), d = slice_at(s, off + 1), e = slice_at(s, off + 2);

	if (len == 1)
		return c < 0x20 || c == 0x7f;
	if (len == 2) /* C1, U+061C */
		return (c == 0xc2 && d < 0xa0) || (c == 0xd8 && d == 0x9c);
	/* U+200E..U+200F, U+2028..U+202E, U+2066..U+2069, U+FEFF */
	return len == 3 && ((c == 0xe2 && d == 0x80 &&
			     ((e >= 0x8e && e <= 0x8f) || (e >= 0xa8 && e <= 0xae))) ||
			    (c == 0xe2 && d == 0x81 && e >= 0xa6 && e <= 0xa9) ||
			    (c == 0xef && d == 0xbb && e == 0xbf));
}

static void escape_byte(struct strbuf *b, int c)
{
	if (c == '\n')
		strbuf_str(b, "\\n");
	else if (c == '\t')
		strbuf_str(b, "\\t");
	else
		strbuf_printf(b, "\\x%02x", (unsigned)c);
}

void escape_text(struct strbuf *b, struct slice s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t len = utf8_len(s, i);

		if (slice_at(s, i) == '\\') {
			strbuf_str(b, "\\\\");
			i++;
		} else if (len && !is_harmful(s, i, len)) {
			strbuf_add(b, s.p + i, len);
			i += len;
		} else {
			for (size_t end = i + (len ? len : 1); i < end; i++)
				escape_byte(b, slice_at(s, i));
		}
	}
}

void escape_again(struct strbuf *b, struct slice s)
{
	struct slice left;

	while (text_split(s, '\\', &left, &s)) {
		escape_text(b, left);
		strbuf_char(b, '\\');
	}
	escape_text(b, s);
}

char *escape_dup(struct arena *a, struct slice s)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);

	escape_text(&b, s);
	return strbuf_ok(&b) ? arena_strndup(a, slice_of(b.s, b.n)) : NULL;
}

struct escaped escape_short(struct slice s)
{
	_cleanup_strbuf_ struct strbuf b =
		STRBUF_INIT(sizeof(((struct escaped *)0)->text));
	bool cut = s.n > 80;
	struct escaped out;

	if (cut)
		s.n = 80;
	escape_text(&b, s);
	snprintf(out.text, sizeof(out.text), "%s%s", strbuf_text(&b), cut ? "..." : "");
	return out;
}

/* The number of a harmful character, which has one to three bytes. */
static unsigned harmful_number(struct slice s, size_t off, size_t len)
{
	unsigned c = (unsigned)slice_at(s, off);

	if (len == 1)
		return c;
	c &= len == 2 ? 0x1fu : 0x0fu;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned)slice_at(s, off + i) & 0x3f);
	return c;
}

/* Does the shell take this byte for itself wherever it stands in a word? */
static bool is_shell_safe(int c)
{
	return text_is_alnum(c) || (c > 0 && c < 0x80 && strchr("_@%+=:,./-", c));
}

static bool is_printable(struct slice s)
{
	for (size_t i = 0, len; i < s.n; i += len) {
		len = utf8_len(s, i);
		if (!len || is_harmful(s, i, len))
			return false;
	}
	return true;
}

/* 'as it stands': sh takes nothing for itself between single quotes. */
static void quote_plain(struct strbuf *b, struct slice s)
{
	strbuf_char(b, '\'');
	for (size_t i = 0; i < s.n; i++)
		if (slice_at(s, i) == '\'')
			strbuf_str(b, "'\\''");
		else
			strbuf_char(b, (char)slice_at(s, i));
	strbuf_char(b, '\'');
}

/* "$(printf 'a\033b')": $'...' is not known to every sh, and one that does not know it
 * ends the word at \'. $() drops newlines at the end, so they come behind it. */
static void quote_harmful(struct strbuf *b, struct slice s)
{
	size_t end = s.n;

	while (end > 0 && slice_at(s, end - 1) == '\n')
		end--;
	strbuf_str(b, end ? "\"$(printf '" : "\"");
	for (size_t i = 0; i < end; i++) {
		int c = slice_at(s, i);

		if (is_shell_safe(c) && c != '%' && c != '-')
			strbuf_char(b, (char)c);
		else
			strbuf_printf(b, "\\%03o", (unsigned)c);
	}
	strbuf_str(b, end ? "')" : "");
	for (; end < s.n; end++)
		strbuf_char(b, '\n');
	strbuf_char(b, '"');
}

void shell_quote(struct strbuf *b, struct slice s)
{
	bool safe = s.n > 0;

	for (size_t i = 0; i < s.n; i++)
		safe = safe && is_shell_safe(slice_at(s, i));
	if (safe)
		strbuf_add(b, s.p, s.n);
	else if (is_printable(s))
		quote_plain(b, s);
	else
		quote_harmful(b, s);
}

void json_quote(struct strbuf *b, const char *text)
{
	struct slice s = slice_str(text);
	size_t i = 0;

	strbuf_char(b, '"');
	while (i < s.n) {
		size_t len = utf8_len(s, i);
		int c = slice_at(s, i);

		if (c == '"' || c == '\\')
			strbuf_printf(b, "\\%c", c);
		else if (len && is_harmful(s, i, len))
			strbuf_printf(b, "\\u%04x", harmful_number(s, i, len));
		else if (len)
			strbuf_add(b, s.p + i, len);
		else
			strbuf_printf(b, "\\\\x%02x", (unsigned)c);
		i += len ? len : 1;
	}
	strbuf_char(b, '"');
}
