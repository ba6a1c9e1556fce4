/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shell.h"

#include "strbuf.h"
#include "text.h"

/* --- Words --- */

static bool ends_word(int c)
{
	return c < 0 || text_is_blank(c) || c == ';' || c == '&' || c == '|' ||
	       c == '(' || c == ')' || c == '<' || c == '>';
}

/* Behind the next `quote` that no backslash stands before. */
static size_t behind_quote(struct slice s, size_t pos, int quote)
{
	while (pos < s.n && slice_at(s, pos) != quote)
		pos += slice_at(s, pos) == '\\' && quote != '\'' ? 2 : 1;
	return pos < s.n ? pos + 1 : s.n;
}

/* Behind the bracket that closes the one at `pos`. */
static size_t behind_bracket(struct slice s, size_t pos, int open, int close)
{
	size_t depth = 0;

	for (; pos < s.n; pos++) {
		int c = slice_at(s, pos);

		depth += c == open ? 1 : 0;
		if (c == close && --depth == 0)
			return pos + 1;
	}
	return s.n;
}

/* Behind the substitution at `pos`; `pos` when none starts there. */
static size_t behind_substitution(struct slice s, size_t pos)
{
	int c = slice_at(s, pos), after = slice_at(s, pos + 1);

	if (c == '`')
		return behind_quote(s, pos + 1, '`');
	if (c == '$' && after == '(')
		return behind_bracket(s, pos + 1, '(', ')');
	if (c == '$' && after == '{')
		return behind_bracket(s, pos + 1, '{', '}');
	return pos;
}

/* Behind one piece of a word that holds no quotes but at its ends. */
static size_t behind_piece(struct slice s, size_t pos)
{
	size_t end = behind_substitution(s, pos);
	int c = slice_at(s, pos);

	if (end > pos)
		return end;
	if (c == '\'')
		return behind_quote(s, pos + 1, '\'');
	if (c == '\\' && pos + 1 < s.n)
		return pos + 2;
	if (c != '"')
		return pos + 1;
	pos++;
	while (pos < s.n && slice_at(s, pos) != '"') {
		end = behind_substitution(s, pos);
		if (end == pos)
			end = pos + (slice_at(s, pos) == '\\' ? 2 : 1);
		pos = end;
	}
	return pos < s.n ? pos + 1 : s.n;
}

/* Takes the word at the cursor; empty when none is there. */
static struct slice take_word(struct shell *sh)
{
	size_t start = sh->pos;
	struct slice word = SLICE_NONE;

	while (!ends_word(slice_at(sh->s, sh->pos)))
		sh->pos = behind_piece(sh->s, sh->pos);
	return slice_sub(sh->s, start, sh->pos - start, &word) ? word : SLICE_NONE;
}

/* --- Commands --- */

static unsigned line_here(struct shell *sh)
{
	for (; sh->counted < sh->pos; sh->counted++)
		if (slice_at(sh->s, sh->counted) == '\n')
			sh->line++;
	return sh->line;
}

static void skip_blanks(struct shell *sh)
{
	for (;;) {
		int c = slice_at(sh->s, sh->pos);

		if (c == '\\' && slice_at(sh->s, sh->pos + 1) == '\n')
			sh->pos += 2;
		else if (c == ' ' || c == '\t' || c == '\r')
			sh->pos++;
		else
			return;
	}
}

/* The lines of a here-document are data. */
static void skip_document(struct shell *sh)
{
	_cleanup_strbuf_ struct strbuf end = STRBUF_INIT(sh->here.n + 1);
	struct text t = {sh->s, sh->pos, 0};
	struct slice line;

	if (!sh->here.n)
		return;
	shell_value(sh->here, SLICE_NONE, SLICE_NONE, &end);
	sh->here = SLICE_NONE;
	while (text_line(&t, &line) && !slice_eq(text_trim(line), strbuf_text(&end)))
		;
	sh->pos = t.pos;
}

/* A redirection with its target is no part of the command. */
static void skip_redirection(struct shell *sh)
{
	size_t start = sh->pos;
	bool document;
	struct slice word;
	int c;

	do
		c = slice_at(sh->s, ++sh->pos);
	while (c == '<' || c == '>' || c == '&' || c == '|');
	document = sh->pos - start == 2 && slice_has(sh->s, start, "<<", 2);
	if (document && c == '-')
		sh->pos++;
	skip_blanks(sh);
	word = take_word(sh);
	if (document)
		sh->here = word;
}

static bool all_digits(struct slice s)
{
	uint64_t number;

	return text_u64(s, UINT64_MAX, &number);
}

static bool add_word(struct shell *sh)
{
	size_t start = sh->pos;
	struct slice word = take_word(sh);
	int c = slice_at(sh->s, sh->pos);

	/* The 2 of 2>&1. */
	if ((c == '<' || c == '>') && all_digits(word))
		return true;
	if (!sh->words.n) {
		size_t end = sh->pos;

		sh->pos = start;
		sh->first = line_here(sh);
		sh->pos = end;
	}
	return vec_push(sh->arena, &sh->words, word);
}

/* Takes the sign at the cursor, which ends a command. "a &&" goes on in the next line. */
static void take_end(struct shell *sh, int c)
{
	bool twice = slice_at(sh->s, sh->pos + 1) == c && (c == '&' || c == '|');
	bool goes_on = c == '\n' && !sh->words.n && sh->conditional;

	sh->pos += twice ? 2 : 1;
	sh->conditional = twice || goes_on;
	if (c == '(')
		sh->parens++;
	else if (c == ')' && sh->parens)
		sh->parens--;
	else if (c == '\n')
		skip_document(sh);
}

static bool is_redirection(const struct shell *sh, int c)
{
	return c == '<' || c == '>' || (c == '&' && slice_at(sh->s, sh->pos + 1) == '>');
}

bool shell_next(struct shell *sh, struct shell_command *ret)
{
	sh->words.n = 0;
	for (;;) {
		struct shell_command command = {.conditional = sh->conditional,
						.nested = sh->parens != 0};
		int c;

		skip_blanks(sh);
		c = slice_at(sh->s, sh->pos);
		if (c == '#') {
			sh->pos = slice_find(sh->s, sh->pos, '\n');
			continue;
		}
		if (is_redirection(sh, c)) {
			skip_redirection(sh);
			continue;
		}
		if (!ends_word(c)) {
			if (add_word(sh))
				continue;
			sh->too_many = true;
			return false;
		}
		if (c >= 0)
			take_end(sh, c);
		if (sh->words.n) {
			command.words = sh->words.v;
			command.n = sh->words.n;
			command.line = sh->first;
			*ret = command;
			return true;
		}
		if (c < 0)
			return false;
	}
}

/* --- Values --- */

/* Is the substitution `piece` one of this variable? */
static bool is_variable(struct slice piece, struct slice name)
{
	struct slice inner;

	if (slice_at(piece, 0) != '$' || !name.n)
		return false;
	if (slice_at(piece, 1) == '{')
		return slice_sub(piece, 2, piece.n - 3, &inner) &&
		       slice_same(inner, name);
	return slice_has(piece, 1, name.p, name.n) && piece.n == name.n + 1;
}

/* A substitution, or $NAME, at the front of `s`; empty when there is none. */
static struct slice substitution(struct slice s)
{
	size_t end = behind_substitution(s, 0);
	struct slice piece = SLICE_NONE;

	if (end == 0 && slice_at(s, 0) == '$')
		for (end = 1; text_is_alnum(slice_at(s, end)) || slice_at(s, end) == '_';)
			end++;
	return slice_sub(s, 0, end, &piece) ? piece : SLICE_NONE;
}

static struct slice from(struct slice s, size_t pos)
{
	struct slice rest = SLICE_NONE;

	return pos <= s.n && slice_sub(s, pos, s.n - pos, &rest) ? rest : SLICE_NONE;
}

void shell_value(struct slice word, struct slice name, struct slice value,
		 struct strbuf *out)
{
	bool quoted = false; /* inside double quotes */

	while (word.n) {
		struct slice piece = substitution(word);
		int c = slice_at(word, 0);
		size_t used = 1;

		if (piece.n) {
			used = piece.n;
			if (is_variable(piece, name))
				piece = value;
			strbuf_add(out, piece.p, piece.n);
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '\'' && !quoted) {
			used = behind_quote(word, 1, '\'');
			if (slice_sub(word, 1, used - 1, &piece))
				strbuf_add(out, piece.p,
					   piece.n - (slice_ends(piece, "'") ? 1 : 0));
		} else if (c == '\\' && word.n > 1) {
			used = 2;
			if (slice_at(word, 1) != '\n')
				strbuf_char(out, (char)slice_at(word, 1));
		} else {
			strbuf_char(out, (char)c);
		}
		word = from(word, used);
	}
}
