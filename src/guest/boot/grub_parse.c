/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Commands of a GRUB script, as GRUB's own grammar has them: keywords count only where a
 * command begins, functions are defined only at the outermost level, and an argument
 * list may end in a { block }, which is how menuentry gets its body. Stricter than a
 * shell on purpose: what GRUB refuses to run must not look like a working menu here.
 */
#include "grub.h"

#include "limits.h"

struct parser {
	struct grub_lexer lexer;
	const struct source *where;
	unsigned nesting;
	bool delimited; /* the list just read ended in ";" or a new line */
};

static int parse_commands(struct parser *p, struct grub_block **ret, struct err *e);

static int next(struct parser *p, struct err *e)
{
	return grub_lex_next(&p->lexer, e);
}

static int expected(const struct parser *p, const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "line %u: %s is expected here",
		       p->lexer.token_line, what);
}

static bool at_keyword(const struct parser *p, const char *word)
{
	const struct grub_lexer *l = &p->lexer;

	return l->token == GRUB_WORD && l->word.plain && strcmp(l->word.plain, word) == 0;
}

static int take_keyword(struct parser *p, const char *word, struct err *e)
{
	if (!at_keyword(p, word))
		return expected(p, word, e);
	return next(p, e);
}

static int skip_newlines(struct parser *p, struct err *e)
{
	int r = 0;

	while (r == 0 && p->lexer.token == GRUB_NEWLINE)
		r = next(p, e);
	return r;
}

/* One ";" or newline, and newlines after it: 1 when there was one. */
static int skip_delimiter(struct parser *p, struct err *e)
{
	int r;

	if (p->lexer.token != GRUB_NEWLINE && p->lexer.token != GRUB_SEMICOLON)
		return 0;
	r = next(p, e);
	if (r == 0)
		r = skip_newlines(p, e);
	return r < 0 ? r : 1;
}

/* Words up to something that is none. */
static int parse_words(struct parser *p, struct grub_command *c, struct err *e)
{
	struct grub_lexer *l = &p->lexer;
	int r = 0;

	while (r == 0 && l->token == GRUB_WORD) {
		if (!vec_push(l->a, &c->words, l->word))
			return arena_full(l->a, e);
		r = next(p, e);
	}
	return r;
}

/* "{" commands "}", the cursor on the "{". */
static int parse_braces(struct parser *p, struct grub_block **ret, struct err *e)
{
	int r = next(p, e);

	if (r == 0)
		r = parse_commands(p, ret, e);
	if (r < 0)
		return r;
	if (p->lexer.token != GRUB_CLOSE)
		return expected(p, "}", e);
	return next(p, e);
}

static int parse_simple(struct parser *p, struct grub_command *c, struct err *e)
{
	static const char *const reserved[] = {"case", "do",     "done", "elif",
					       "else", "esac",   "fi",   "in",
					       "then", "select", "[[",   "]]"};
	int r;

	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (at_keyword(p, reserved[i]))
			return err_set(e, ERR_CORRUPT, "line %u: '%s' is out of place",
				       p->lexer.token_line, reserved[i]);
	r = parse_words(p, c, e);
	if (r == 0 && p->lexer.token == GRUB_OPEN)
		r = parse_braces(p, &c->body, e);
	return r;
}

/* The rest of an if or elif, behind that word. */
static int parse_if(struct parser *p, struct grub_command *c, struct err *e)
{
	struct grub_command inner = {.kind = GRUB_IF, .where = p->where};
	struct arena *a = p->lexer.a;
	int r;

	if (++p->nesting > LIMIT_GRUB_NESTING)
		return err_set(e, ERR_LIMIT, "line %u: more than %d nested commands",
			       p->lexer.token_line, LIMIT_GRUB_NESTING);
	if ((r = parse_commands(p, &c->condition, e)) < 0 ||
	    (r = take_keyword(p, "then", e)) < 0 ||
	    (r = parse_commands(p, &c->body, e)) < 0)
		return r;
	if (at_keyword(p, "else")) {
		if ((r = next(p, e)) < 0 || (r = parse_commands(p, &c->other, e)) < 0)
			return r;
	} else if (at_keyword(p, "elif")) {
		inner.line = p->lexer.token_line;
		if ((r = next(p, e)) < 0 || (r = parse_if(p, &inner, e)) < 0)
			return r;
		c->other = arena_new_of(a, struct grub_block);
		if (!c->other || !vec_push(a, &c->other->commands, inner))
			return arena_full(a, e);
		p->nesting--;
		return 0; /* the inner one took the fi */
	}
	p->nesting--;
	return take_keyword(p, "fi", e);
}

static int parse_loop_body(struct parser *p, struct grub_command *c, struct err *e)
{
	int r = take_keyword(p, "do", e);

	if (r == 0)
		r = parse_commands(p, &c->body, e);
	return r < 0 ? r : take_keyword(p, "done", e);
}

static int parse_for(struct parser *p, struct grub_command *c, struct err *e)
{
	int r;

	if (p->lexer.token != GRUB_WORD || !p->lexer.word.plain)
		return expected(p, "a variable's name", e);
	if (!vec_push(p->lexer.a, &c->words, p->lexer.word))
		return arena_full(p->lexer.a, e);
	if ((r = next(p, e)) < 0 || (r = take_keyword(p, "in", e)) < 0 ||
	    (r = parse_words(p, c, e)) < 0 || (r = skip_delimiter(p, e)) < 0)
		return r;
	if (r == 0)
		return expected(p, "';' or a new line", e);
	return parse_loop_body(p, c, e);
}

static int parse_while(struct parser *p, struct grub_command *c, struct err *e)
{
	int r = parse_commands(p, &c->condition, e);

	return r < 0 ? r : parse_loop_body(p, c, e);
}

static int parse_function(struct parser *p, struct grub_command *c, struct err *e)
{
	int r;

	if (p->nesting)
		return err_set(e, ERR_CORRUPT,
			       "line %u: a function is defined inside another command",
			       p->lexer.token_line);
	if (p->lexer.token != GRUB_WORD || !p->lexer.word.plain)
		return expected(p, "the function's name", e);
	if (!vec_push(p->lexer.a, &c->words, p->lexer.word))
		return arena_full(p->lexer.a, e);
	if ((r = next(p, e)) < 0 || (r = skip_newlines(p, e)) < 0)
		return r;
	if (p->lexer.token != GRUB_OPEN)
		return expected(p, "{", e);
	if ((r = parse_braces(p, &c->body, e)) < 0)
		return r;
	return p->delimited ? 0 : expected(p, "';' before the '}'", e);
}

static int parse_command(struct parser *p, struct grub_command *c, struct err *e)
{
	static const struct {
		const char *word;
		enum grub_kind kind;
		int (*parse)(struct parser *p, struct grub_command *c, struct err *e);
	} forms[] = {
		{"if", GRUB_IF, parse_if},
		{"for", GRUB_FOR, parse_for},
		{"while", GRUB_WHILE, parse_while},
		{"until", GRUB_UNTIL, parse_while},
		{"function", GRUB_FUNCTION, parse_function},
	};
	int r;

	c->line = p->lexer.token_line;
	c->where = p->where;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (!at_keyword(p, forms[i].word))
			continue;
		c->kind = forms[i].kind;
		r = next(p, e);
		return r < 0 ? r : forms[i].parse(p, c, e);
	}
	return parse_simple(p, c, e);
}

/* Does a list of commands end here? */
static bool at_end(const struct parser *p)
{
	static const char *const enders[] = {"then", "else", "elif", "fi", "do", "done"};

	if (p->lexer.token == GRUB_END || p->lexer.token == GRUB_CLOSE)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(enders); i++)
		if (at_keyword(p, enders[i]))
			return true;
	return false;
}

/* Commands with delimiters between them, up to a word that ends them. */
static int parse_list(struct parser *p, struct grub_block *block, struct err *e)
{
	struct arena *a = p->lexer.a;
	int r = skip_newlines(p, e);

	p->delimited = true;
	while (r >= 0 && !at_end(p)) {
		struct grub_command c = {0};

		if (p->lexer.token != GRUB_WORD)
			return expected(p, "a command", e);
		r = parse_command(p, &c, e);
		if (r < 0)
			return r;
		if (!vec_push(a, &block->commands, c))
			return arena_full(a, e);
		r = skip_delimiter(p, e);
		p->delimited = r > 0;
		if (r == 0) {
			if (p->lexer.token != GRUB_CLOSE && p->lexer.token != GRUB_END)
				return expected(p, "';' or a new line", e);
			return 0;
		}
	}
	return r < 0 ? r : 0;
}

/* A list inside another command: it may not be empty. */
static int parse_commands(struct parser *p, struct grub_block **ret, struct err *e)
{
	struct grub_block *block = arena_new_of(p->lexer.a, struct grub_block);
	int r;

	if (!block)
		return arena_full(p->lexer.a, e);
	if (++p->nesting > LIMIT_GRUB_NESTING)
		return err_set(e, ERR_LIMIT, "line %u: more than %d nested commands",
			       p->lexer.token_line, LIMIT_GRUB_NESTING);
	r = parse_list(p, block, e);
	p->nesting--;
	if (r < 0)
		return r;
	if (block->commands.n == 0)
		return expected(p, "a command", e);
	*ret = block;
	return 0;
}

int grub_parse(struct slice text, const struct source *where, struct arena *a,
	       struct grub_block **ret, struct err *e)
{
	struct parser p = {.lexer = {.s = text, .line = 1, .a = a}, .where = where};
	struct grub_block *block = arena_new_of(a, struct grub_block);
	int r;

	if (!block)
		return arena_full(a, e);
	if (slice_find(text, 0, 0) < text.n)
		return err_set(e, ERR_CORRUPT, "the script holds a NUL byte");
	if ((r = next(&p, e)) < 0 || (r = parse_list(&p, block, e)) < 0)
		return r;
	if (p.lexer.token != GRUB_END)
		return err_set(e, ERR_CORRUPT, "line %u: '%s' is out of place",
			       p.lexer.token_line,
			       p.lexer.token == GRUB_CLOSE ? "}" : p.lexer.word.plain);
	*ret = block;
	return 0;
}
