/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words of a GRUB script. Blanks part words; newline, ";", "{" and "}" are words of their
 * own; '...' is literal; "..." knows \" \$ \\ and variables; a backslash quotes one
 * character and joins a line to the next. "|", "&", "<" and ">" are reserved in GRUB and
 * mean nothing: a script with them does not load there either.
 */
#include "grub.h"

#include "limits.h"
#include "strbuf.h"
#include "text.h"

/* A word while it is read. */
struct wording {
	struct grub_word word;
	struct strbuf text;
	bool quoted;  /* the text so far is */
	bool literal; /* nothing quoted, no variable: may be a keyword */
};

static int at(const struct grub_lexer *l)
{
	return slice_at(l->s, l->pos);
}

static int complain(const struct grub_lexer *l, struct err *e, const char *what)
{
	return err_set(e, ERR_CORRUPT, "line %u: %s", l->line, what);
}

/* Ends the run of text before a variable, a change of quoting, or the word's end. */
static int flush(struct grub_lexer *l, struct wording *w, struct err *e)
{
	struct grub_part part = {.quoted = w->quoted};

	if (!strbuf_ok(&w->text))
		return err_set(e, ERR_LIMIT, "line %u: a word of more than %zu bytes",
			       l->line, LIMIT_TEXT);
	if (w->text.n == 0 && !w->quoted)
		return 0;
	part.text = arena_strdup(l->a, strbuf_text(&w->text));
	if (!part.text || !vec_push(l->a, &w->word.parts, part))
		return arena_full(l->a, e);
	strbuf_done(&w->text);
	w->text = (struct strbuf)STRBUF_INIT(LIMIT_TEXT);
	return 0;
}

static int set_quoted(struct grub_lexer *l, struct wording *w, bool quoted, struct err *e)
{
	int r = 0;

	if (w->quoted != quoted)
		r = flush(l, w, e);
	if (r < 0)
		return r;
	if (quoted)
		w->literal = false;
	w->quoted = quoted;
	return 0;
}

static bool is_name(int c, bool first)
{
	return c == '_' ||
	       (first ? text_is_alnum(c) && !text_is_digit(c) : text_is_alnum(c));
}

/* Length of the variable's name at the cursor: a name, a number, or one of ? # * @. */
static size_t name_length(const struct grub_lexer *l)
{
	int c = at(l);
	size_t n = 1;

	if (c == '?' || c == '#' || c == '*' || c == '@')
		return 1;
	if (text_is_digit(c)) {
		while (text_is_digit(slice_at(l->s, l->pos + n)))
			n++;
		return n;
	}
	if (!is_name(c, true))
		return 0;
	while (is_name(slice_at(l->s, l->pos + n), false))
		n++;
	return n;
}

/* The cursor is behind a "$". */
static int lex_variable(struct grub_lexer *l, struct wording *w, bool quoted,
			struct err *e)
{
	bool braces = at(l) == '{';
	struct grub_part part = {.variable = true, .quoted = quoted};
	struct slice name;
	size_t n;
	int r;

	if (braces)
		l->pos++;
	n = name_length(l);
	if (n == 0 || !slice_sub(l->s, l->pos, n, &name))
		return complain(l, e, "'$' is not followed by a variable's name");
	l->pos += n;
	if (braces && at(l) != '}')
		return complain(l, e, "'${' is not closed after the variable's name");
	if (braces)
		l->pos++;
	r = flush(l, w, e);
	if (r < 0)
		return r;
	w->literal = false;
	part.text = arena_strndup(l->a, name);
	if (!part.text || !vec_push(l->a, &w->word.parts, part))
		return arena_full(l->a, e);
	return 0;
}

static void take(struct grub_lexer *l, struct wording *w)
{
	int c = at(l);

	if (c == '\n')
		l->line++;
	if (c != '\r') /* GRUB drops them when it reads a line */
		strbuf_char(&w->text, (char)c);
	l->pos++;
}

static int lex_single(struct grub_lexer *l, struct wording *w, struct err *e)
{
	int r = set_quoted(l, w, true, e);

	if (r < 0)
		return r;
	for (l->pos++; at(l) != '\''; take(l, w))
		if (at(l) < 0)
			return complain(l, e, "the text ends inside '...'");
	l->pos++;
	return set_quoted(l, w, false, e);
}

/* A backslash inside "...": it quotes only these. */
static void take_double_escape(struct grub_lexer *l, struct wording *w)
{
	int next = slice_at(l->s, l->pos + 1);

	if (next == '\n') {
		l->pos += 2;
		l->line++;
		return;
	}
	if (next == '"' || next == '$' || next == '\\')
		l->pos++;
	take(l, w);
}

static int lex_double(struct grub_lexer *l, struct wording *w, struct err *e)
{
	int r = set_quoted(l, w, true, e);

	if (r < 0)
		return r;
	l->pos++;
	for (int c = at(l); c != '"'; c = at(l)) {
		if (c < 0)
			return complain(l, e, "the text ends inside \"...\"");
		if (c == '\\') {
			take_double_escape(l, w);
		} else if (c == '$') {
			l->pos++;
			r = lex_variable(l, w, true, e);
			if (r < 0)
				return r;
		} else {
			take(l, w);
		}
	}
	l->pos++;
	return set_quoted(l, w, false, e);
}

static int lex_escape(struct grub_lexer *l, struct wording *w, struct err *e)
{
	int r;

	l->pos++;
	if (at(l) == '\r' && slice_at(l->s, l->pos + 1) == '\n')
		l->pos++;
	if (at(l) < 0)
		return complain(l, e, "the text ends with a backslash");
	if (at(l) == '\n') {
		l->pos++;
		l->line++;
		return 0;
	}
	r = set_quoted(l, w, true, e);
	if (r < 0)
		return r;
	take(l, w);
	return set_quoted(l, w, false, e);
}

/* One step of a word; 1 when the word ends before the cursor. */
static int lex_word_step(struct grub_lexer *l, struct wording *w, struct err *e)
{
	int c = at(l);

	if (c < 0 || c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '{' ||
	    c == '}' || c == '|' || c == '&' || c == '<' || c == '>')
		return 1;
	if (c == '\'')
		return lex_single(l, w, e);
	if (c == '"')
		return lex_double(l, w, e);
	if (c == '\\')
		return lex_escape(l, w, e);
	if (c == '$') {
		l->pos++;
		if (at(l) == '"') /* a text to be translated */
			return lex_double(l, w, e);
		return lex_variable(l, w, false, e);
	}
	if (c == '*' || c == '?')
		w->word.wild = true;
	take(l, w);
	return 0;
}

static int lex_word(struct grub_lexer *l, struct err *e)
{
	struct wording w = {.text = STRBUF_INIT(LIMIT_TEXT), .literal = true};
	int r;

	do
		r = lex_word_step(l, &w, e);
	while (r == 0);
	if (r > 0)
		r = flush(l, &w, e);
	strbuf_done(&w.text);
	if (r < 0)
		return r;
	/* A backslash and newline alone make no word. */
	if (w.word.parts.n == 0)
		return 0;
	if (w.literal)
		w.word.plain = w.word.parts.v[0].text;
	l->word = w.word;
	l->token = GRUB_WORD;
	return 1;
}

static void skip_blanks(struct grub_lexer *l)
{
	while (at(l) == ' ' || at(l) == '\t' || at(l) == '\r')
		l->pos++;
	if (at(l) == '#')
		l->pos = slice_find(l->s, l->pos, '\n');
}

int grub_lex_next(struct grub_lexer *l, struct err *e)
{
	int r = 0;

	while (r == 0) {
		skip_blanks(l);
		l->token_line = l->line;
		switch (at(l)) {
		case -1:
			l->token = GRUB_END;
			return 0;
		case '\n':
			l->token = GRUB_NEWLINE;
			break;
		case ';':
			l->token = GRUB_SEMICOLON;
			break;
		case '{':
			l->token = GRUB_OPEN;
			break;
		case '}':
			l->token = GRUB_CLOSE;
			break;
		case '|':
		case '&':
		case '<':
		case '>':
			return complain(l, e,
					"GRUB's language has no | & < > outside quotes");
		default:
			r = lex_word(l, e);
			continue;
		}
		if (at(l) == '\n')
			l->line++;
		l->pos++;
		return 0;
	}
	return r < 0 ? r : 0;
}
