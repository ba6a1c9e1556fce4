/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#include <string.h>

bool text_is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool text_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

bool text_is_alnum(int c)
{
	return text_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool text_line(struct text *t, struct slice *ret_line)
{
	size_t end, next;

	if (t->pos >= t->s.n)
		return false;
	end = slice_find(t->s, t->pos, '\n');
	next = end < t->s.n ? end + 1 : end;
	if (end > t->pos && slice_at(t->s, end - 1) == '\r')
		end--;
	*ret_line = slice_of(t->s.p + t->pos, end - t->pos);
	t->pos = next;
	t->line++;
	return true;
}

struct slice text_trim(struct slice s)
{
	while (s.n && text_is_blank(slice_at(s, s.n - 1)))
		s.n--;
	while (s.n && text_is_blank(slice_at(s, 0)))
		s = slice_of(s.p + 1, s.n - 1);
	return s;
}

bool text_word(struct slice *s, struct slice *ret_word)
{
	struct slice rest = text_trim(*s);
	size_t n = 0;

	if (rest.n == 0)
		return false;
	while (n < rest.n && !text_is_blank(slice_at(rest, n)))
		n++;
	*ret_word = slice_of(rest.p, n);
	*s = slice_of(rest.p + n, rest.n - n);
	return true;
}

bool text_argument(struct slice *s, struct slice *ret_word)
{
	struct slice rest = text_trim(*s);
	bool quoted = false;
	size_t n = 0;

	if (rest.n == 0)
		return false;
	for (; n < rest.n && (quoted || !text_is_blank(slice_at(rest, n))); n++)
		quoted ^= slice_at(rest, n) == '"';
	*ret_word = slice_of(rest.p, n);
	*s = slice_of(rest.p + n, rest.n - n);
	return true;
}

bool text_parameter(struct slice *s, struct text_parameter *ret)
{
	struct slice bare;

	*ret = (struct text_parameter){.value = SLICE_NONE};
	if (!text_argument(s, &ret->word))
		return false;
	bare = text_unquote(ret->word);
	if (text_split(bare, '=', &ret->key, &ret->value))
		ret->value = text_unquote(ret->value);
	else
		ret->key = bare;
	return true;
}

bool text_has_word(const char *line, const char *word, struct slice *ret_written)
{
	struct slice rest = slice_str(line ? line : ""), one;

	while (text_argument(&rest, &one)) {
		if (!slice_eq(one, word) && !slice_eq(text_unquote(one), word))
			continue;
		if (ret_written)
			*ret_written = one;
		return true;
	}
	return false;
}

bool text_word_after(const char *line, const char *start, struct slice *ret_rest)
{
	struct slice rest = slice_str(line ? line : ""), word;

	while (text_argument(&rest, &word))
		if (slice_after(text_unquote(word), start, ret_rest))
			return true;
	return false;
}

struct slice text_word_at(struct slice s, size_t off)
{
	size_t from = off, to = off;
	struct slice word = SLICE_NONE;

	while (from > 0 && !text_is_blank(slice_at(s, from - 1)))
		from--;
	while (to < s.n && !text_is_blank(slice_at(s, to)))
		to++;
	return slice_sub(s, from, to - from, &word) ? word : SLICE_NONE;
}

unsigned text_line_at(struct text_lines *t, size_t off)
{
	if (off < t->counted)
		*t = (struct text_lines){.s = t->s};
	for (; t->counted < off && t->counted < t->s.n; t->counted++)
		t->newlines += slice_at(t->s, t->counted) == '\n';
	return t->newlines + 1;
}

struct slice text_last_line(struct slice s)
{
	struct text lines = text_of(s);
	struct slice line, last = SLICE_NONE;

	while (text_line(&lines, &line))
		if (text_trim(line).n)
			last = text_trim(line);
	return last;
}

bool text_split(struct slice s, char sep, struct slice *ret_left, struct slice *ret_right)
{
	size_t at = slice_find(s, 0, (uint8_t)sep);

	if (at == s.n)
		return false;
	*ret_left = slice_of(s.p, at);
	*ret_right = slice_of(s.p + at + 1, s.n - at - 1);
	return true;
}

static int digit_value(int c)
{
	return text_is_digit(c)       ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : 99;
}

static bool parse_number(struct slice s, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)digit_value(slice_at(s, i));

		if (d >= base || v > (UINT64_MAX - d) / base)
			return false;
		v = v * base + d;
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

bool text_u64(struct slice s, uint64_t max, uint64_t *ret)
{
	return parse_number(s, 10, max, ret);
}

bool text_hex(struct slice s, uint64_t max, uint64_t *ret)
{
	return parse_number(s, 16, max, ret);
}

bool text_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

struct slice text_unquote(struct slice s)
{
	int first = slice_at(s, 0);

	if (s.n >= 2 && (first == '"' || first == '\'') && slice_at(s, s.n - 1) == first)
		return slice_of(s.p + 1, s.n - 2);
	return s;
}
