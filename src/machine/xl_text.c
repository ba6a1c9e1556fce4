/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xl_text.h"

#include <string.h>

#include "escape.h"
#include "limits.h"
#include "strbuf.h"
#include "text.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_SIGN
};

struct token {
	enum token_kind kind;
	struct slice text; /* of a string: without its quotes */
	char sign;         /* of TOKEN_SIGN */
	unsigned line;
	bool indented; /* the line it is on starts with a blank */
};

struct lexer {
	struct slice s;
	size_t pos, line_start;
	unsigned line, depth; /* depth: open brackets, inside which lines do not end */
	const char *const *keys;
	size_t key_count;
	struct arena *arena;
};

static int at(const struct lexer *l, size_t ahead)
{
	return slice_at(l->s, l->pos + ahead);
}

static void newline(struct lexer *l)
{
	l->pos++;
	l->line++;
	l->line_start = l->pos;
}

/* Blanks, comments, joined lines; newlines as well inside brackets. */
static void skip_blanks(struct lexer *l)
{
	for (;;) {
		int c = at(l, 0);

		if (c == '\n' && l->depth)
			newline(l);
		else if (c == '\\' && at(l, 1) == '\n')
			l->pos++, newline(l);
		else if (c == '#')
			l->pos = slice_find(l->s, l->pos, '\n');
		else if (c == ' ' || c == '\t' || c == '\r')
			l->pos++;
		else
			return;
	}
}

static struct slice since(const struct lexer *l, size_t start)
{
	struct slice s = SLICE_NONE;

	return slice_sub(l->s, start, l->pos - start, &s) ? s : SLICE_NONE;
}

/* 'x', "x", and Python's long forms with three quotes. Backslashes stay as they are: xl
 * gives them no meaning. */
static int lex_string(struct lexer *l, struct token *t, struct err *e)
{
	int quote = at(l, 0);
	size_t width = at(l, 1) == quote && at(l, 2) == quote ? 3 : 1, start;

	l->pos += width;
	start = l->pos;
	for (;;) {
		int c = at(l, 0);

		if (c < 0 || (c == '\n' && width == 1))
			return err_set(e, ERR_CORRUPT,
				       "line %u: the string that starts here has no end",
				       t->line);
		if (c == quote &&
		    (width == 1 || (at(l, 1) == quote && at(l, 2) == quote)))
			break;
		if (c == '\n')
			newline(l);
		else
			l->pos++;
	}
	t->kind = TOKEN_STRING;
	t->text = since(l, start);
	l->pos += width;
	return 0;
}

static void lex_sign(struct lexer *l, struct token *t)
{
	int c = at(l, 0);

	t->kind = TOKEN_SIGN;
	t->sign = (char)c;
	l->pos++;
	if (c == '[' || c == '(' || c == '{')
		l->depth++;
	else if ((c == ']' || c == ')' || c == '}') && l->depth)
		l->depth--;
	else if ((c == '=' || c == '+' || c == '!' || c == '<' || c == '>') &&
		 at(l, 0) == '=') {
		t->sign = '~'; /* a comparison, or += */
		l->pos++;
	}
}

static int next(struct lexer *l, struct token *t, struct err *e)
{
	size_t start;
	int c;

	skip_blanks(l);
	start = l->pos;
	c = at(l, 0);
	*t = (struct token){.line = l->line};
	t->indented = text_is_blank(slice_at(l->s, l->line_start));
	if (c < 0)
		return 0;
	if (c == '\n' || c == ';') {
		t->kind = TOKEN_NEWLINE;
		if (c == '\n')
			newline(l);
		else
			l->pos++;
		return 0;
	}
	if (c == '"' || c == '\'')
		return lex_string(l, t, e);
	if (!text_is_alnum(c) && c != '_') {
		lex_sign(l, t);
		return 0;
	}
	while (text_is_alnum(at(l, 0)) || at(l, 0) == '_' || at(l, 0) == '.')
		l->pos++;
	t->kind = text_is_digit(c) ? TOKEN_NUMBER : TOKEN_NAME;
	t->text = since(l, start);
	return 0;
}

/* The number of the key asked for, or key_count. `disk.append` speaks of disk. */
static size_t key_of(const struct lexer *l, const struct token *t)
{
	struct slice name = t->text, rest;
	size_t i = 0;

	if (t->kind != TOKEN_NAME)
		return l->key_count;
	text_split(t->text, '.', &name, &rest);
	while (i < l->key_count && !slice_eq(name, l->keys[i]))
		i++;
	return i;
}

static int computed(const struct lexer *l, size_t key, unsigned line, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "line %u: `%s` is computed by a program, which is not run here; "
		       "write its value in its place",
		       line, l->keys[key]);
}

static bool ends_statement(const struct token *t)
{
	return t->kind == TOKEN_END || t->kind == TOKEN_NEWLINE;
}

/* Passes the rest of a statement. `if x: disk = ...` hides in one. */
static int skip_statement(struct lexer *l, struct token *t, struct err *e)
{
	size_t before = l->key_count;
	int r = 0;

	while (r >= 0 && !ends_statement(t)) {
		if (before < l->key_count && l->depth == 0 && t->kind == TOKEN_SIGN &&
		    (t->sign == '=' || t->sign == '~'))
			return computed(l, before, t->line, e);
		before = key_of(l, t);
		r = next(l, t, e);
	}
	return r;
}

/* One string (several in a row, or joined by +, are one) or number. On return *t is the
 * token behind it. */
static int read_item(struct lexer *l, size_t key, struct token *t, struct xl_item *ret,
		     struct err *e)
{
	_cleanup_strbuf_ struct strbuf joined = STRBUF_INIT(LIMIT_TEXT);
	enum token_kind kind = t->kind;
	unsigned pieces = 0, line = t->line;
	struct slice one = t->text;
	int r = 0;

	if (kind != TOKEN_STRING && kind != TOKEN_NUMBER)
		return computed(l, key, line, e);
	while (r >= 0 && t->kind == kind && (kind == TOKEN_STRING || pieces == 0)) {
		strbuf_add(&joined, t->text.p, t->text.n);
		pieces++;
		r = next(l, t, e);
		if (r >= 0 && t->kind == TOKEN_SIGN && t->sign == '+') {
			r = next(l, t, e);
			if (r >= 0 && t->kind != TOKEN_STRING)
				return computed(l, key, t->line, e);
		}
	}
	if (r < 0)
		return r;
	*ret = (struct xl_item){one, line, pieces > 1};
	if (pieces == 1)
		return 0;
	if (!strbuf_ok(&joined))
		return err_set(e, ERR_LIMIT, "line %u: more than %zu bytes in one string",
			       line, LIMIT_TEXT);
	ret->text = slice_of(arena_memdup(l->arena, strbuf_text(&joined), joined.n),
			     joined.n);
	return ret->text.p ? 0 : arena_full(l->arena, e);
}

static int read_list(struct lexer *l, size_t key, struct token *t, struct xl_value *v,
		     struct err *e)
{
	int r = next(l, t, e);

	while (r >= 0 && !(t->kind == TOKEN_SIGN && t->sign == ']')) {
		struct xl_item item;

		if (t->kind == TOKEN_END)
			return err_set(e, ERR_CORRUPT,
				       "line %u: the list of `%s` has no end", v->line,
				       l->keys[key]);
		r = read_item(l, key, t, &item, e);
		if (r < 0)
			return r;
		if (v->items.n == LIMIT_MACHINE_DEVICES)
			return err_set(e, ERR_LIMIT, "line %u: more than %d in one list",
				       item.line, LIMIT_MACHINE_DEVICES);
		if (!vec_push(l->arena, &v->items, item))
			return arena_full(l->arena, e);
		if (t->kind == TOKEN_SIGN && t->sign == ',')
			r = next(l, t, e);
		else if (t->kind != TOKEN_END &&
			 !(t->kind == TOKEN_SIGN && t->sign == ']'))
			return err_set(e, ERR_CORRUPT,
				       "line %u: a comma or the end of the list of `%s` "
				       "is missing",
				       t->line, l->keys[key]);
	}
	return r < 0 ? r : next(l, t, e);
}

static int read_value(struct lexer *l, size_t key, struct token *t, struct xl_value *ret,
		      struct err *e)
{
	struct xl_value v = {.set = true, .line = t->line};
	struct xl_item item;
	int r = next(l, t, e);

	if (r < 0)
		return r;
	v.is_list = t->kind == TOKEN_SIGN && t->sign == '[';
	r = v.is_list ? read_list(l, key, t, &v, e) : read_item(l, key, t, &item, e);
	if (r < 0)
		return r;
	if (!ends_statement(t))
		return computed(l, key, t->line, e);
	if (!v.is_list && !vec_push(l->arena, &v.items, item))
		return arena_full(l->arena, e);
	*ret = v;
	return 0;
}

static int read_statement(struct lexer *l, struct token *t, struct xl_value *values,
			  struct err *e)
{
	struct token first = *t;
	size_t key = key_of(l, t);
	int r;

	if (key == l->key_count)
		return skip_statement(l, t, e);
	r = next(l, t, e);
	if (r < 0)
		return r;
	if (first.indented || t->kind != TOKEN_SIGN || t->sign != '=' ||
	    !slice_eq(first.text, l->keys[key]))
		return computed(l, key, first.line, e);
	return read_value(l, key, t, &values[key], e);
}

int xl_text_read(struct slice text, const char *const *keys, size_t n, struct arena *a,
		 struct xl_value *values, struct err *e)
{
	struct lexer l = {.s = text, .line = 1, .keys = keys, .key_count = n, .arena = a};
	struct token t;
	int r = next(&l, &t, e);

	while (r >= 0 && t.kind != TOKEN_END) {
		if (t.kind != TOKEN_NEWLINE)
			r = read_statement(&l, &t, values, e);
		if (r >= 0 && l.depth && t.kind == TOKEN_END)
			return err_set(e, ERR_CORRUPT,
				       "line %u: a bracket is open at the end", t.line);
		if (r >= 0 && t.kind != TOKEN_END)
			r = next(&l, &t, e);
	}
	return r;
}

bool xl_text_assigns(struct slice text, const char *const *words)
{
	struct text lines = text_of(text);
	struct slice line, left, right;

	while (text_line(&lines, &line)) {
		if (!text_split(line, '=', &left, &right))
			continue;
		left = text_trim(left);
		for (size_t i = 0; words[i]; i++)
			if (slice_eq(left, words[i]))
				return true;
	}
	return false;
}
