/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sections in braces, and assignments of a number, a string or a list of them. The text
 * comes from a disk, so its nesting is capped and every name and value takes arena
 * memory, which is capped too.
 */
#include "lvm_text.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "text.h"

struct parser {
	struct slice s;
	size_t pos;
	unsigned line;
	struct arena *a;
	struct err *e;
};

static int peek(const struct parser *p)
{
	return slice_at(p->s, p->pos);
}

static int bad(struct parser *p, const char *what)
{
	return err_set(p->e, ERR_CORRUPT, "line %u: %s", p->line, what);
}

static void skip_blanks(struct parser *p)
{
	for (;; p->pos++) {
		if (peek(p) == '#')
			p->pos = slice_find(p->s, p->pos, '\n');
		if (!text_is_blank(peek(p)))
			return;
		p->line += peek(p) == '\n';
	}
}

static bool is_key(int c)
{
	return text_is_alnum(c) || c == '_' || c == '.' || c == '+' || c == '-' ||
	       c == '/'; /* devices/filter is filter in devices { } */
}

/* The run of key characters here; empty when there is none. */
static struct slice word_here(struct parser *p)
{
	size_t from = p->pos;
	struct slice s = SLICE_NONE;

	while (is_key(peek(p)))
		p->pos++;
	return slice_sub(p->s, from, p->pos - from, &s) ? s : SLICE_NONE;
}

/* Behind the opening quote; between double ones \" and \\ stand for the character. */
static int parse_string(struct parser *p, int quote, struct lvm_value *v)
{
	size_t from = p->pos, n = 0;
	char *text;

	for (; peek(p) != quote; p->pos++) {
		p->pos += peek(p) == '\\' && quote == '"';
		if (peek(p) <= 0)
			return bad(p, "a string has no end");
		p->line += peek(p) == '\n';
	}
	text = arena_alloc(p->a, p->pos - from + 1);
	if (!text)
		return arena_full(p->a, p->e);
	for (size_t i = from; i < p->pos; i++) {
		i += slice_at(p->s, i) == '\\' && quote == '"';
		text[n++] = (char)slice_at(p->s, i);
	}
	p->pos++;
	v->text = text;
	return 0;
}

static int parse_value(struct parser *p, struct lvm_value **ret)
{
	struct lvm_value *v = arena_new_of(p->a, struct lvm_value);
	struct slice word;

	if (!v)
		return arena_full(p->a, p->e);
	*ret = v;
	if (peek(p) == '"' || peek(p) == '\'')
		return parse_string(p, slice_at(p->s, p->pos++), v);
	word = word_here(p);
	if (text_u64(word, UINT64_MAX, &v->number))
		return 0;
	if (!text_is_digit(slice_at(word, 0)) && slice_at(word, 0) != '-')
		return bad(p, "neither a number nor a string");
	v->text = arena_strndup(p->a, word); /* negative or a fraction: no one asks */
	return v->text ? 0 : arena_full(p->a, p->e);
}

/* One value, or a list in brackets. */
static int parse_values(struct parser *p, struct lvm_value **ret)
{
	struct lvm_value **end = ret;
	int r;

	if (peek(p) != '[')
		return parse_value(p, ret);
	for (p->pos++;;) {
		skip_blanks(p);
		if (peek(p) == ']')
			break;
		r = parse_value(p, end);
		if (r < 0)
			return r;
		end = &(*end)->next;
		skip_blanks(p);
		if (peek(p) == ',')
			p->pos++;
		else if (peek(p) != ']')
			return bad(p, "a list has no end");
	}
	p->pos++;
	return 0;
}

static int parse_members(struct parser *p, unsigned depth, struct lvm_node *into);

static int parse_node(struct parser *p, unsigned depth, struct lvm_node **ret)
{
	struct lvm_node *node;
	struct slice key = word_here(p);
	int r;

	if (!key.n)
		return bad(p, "a name is missing");
	node = arena_new_of(p->a, struct lvm_node);
	if (!node || !(node->key = arena_strndup(p->a, key)))
		return arena_full(p->a, p->e);
	skip_blanks(p);
	if (peek(p) == '=') {
		p->pos++;
		skip_blanks(p);
		node->at = p->pos;
		r = parse_values(p, &node->values);
	} else if (peek(p) == '{') {
		p->pos++;
		node->section = true;
		r = parse_members(p, depth + 1, node);
	} else {
		return bad(p, "neither = nor { behind a name");
	}
	if (r == 0)
		*ret = node;
	return r;
}

/* Up to the closing brace, or to the end of the text outside of all sections. */
static int parse_members(struct parser *p, unsigned depth, struct lvm_node *into)
{
	struct lvm_node **end = &into->child;
	int r;

	if (depth > LIMIT_LVM_DEPTH)
		return err_set(p->e, ERR_LIMIT,
			       "line %u: sections inside one another more than %d deep",
			       p->line, LIMIT_LVM_DEPTH);
	for (;;) {
		skip_blanks(p);
		if (depth && peek(p) == '}') {
			p->pos++;
			return 0;
		}
		if (p->pos == p->s.n)
			return depth ? bad(p, "a section has no end") : 0;
		r = parse_node(p, depth, end);
		if (r < 0)
			return r;
		end = &(*end)->next;
	}
}

int lvm_text_parse(struct slice text, struct arena *a, struct lvm_node **ret,
		   struct err *e)
{
	struct lvm_node *top = arena_new_of(a, struct lvm_node);
	struct parser p = {.s = text, .line = 1, .a = a, .e = e};
	int r;

	if (!top)
		return arena_full(a, e);
	top->key = "";
	top->section = true;
	r = parse_members(&p, 0, top);
	if (r == 0)
		*ret = top;
	return r;
}

static const struct lvm_node *find(const struct lvm_node *in, const char *key,
				   bool section)
{
	for (const struct lvm_node *n = in ? in->child : NULL; n; n = n->next)
		if (n->section == section && strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

const struct lvm_node *lvm_section(const struct lvm_node *in, const char *key)
{
	return find(in, key, true);
}

const struct lvm_node *lvm_assignment(const struct lvm_node *in, const char *key)
{
	return find(in, key, false);
}

const char *lvm_string(const struct lvm_node *in, const char *key)
{
	const struct lvm_node *n = find(in, key, false);

	return n && n->values ? n->values->text : NULL;
}

bool lvm_number(const struct lvm_node *in, const char *key, uint64_t max, uint64_t *ret)
{
	const struct lvm_node *n = find(in, key, false);

	if (!n || !n->values || n->values->text || n->values->number > max)
		return false;
	*ret = n->values->number;
	return true;
}

bool lvm_has(const struct lvm_node *in, const char *key, const char *word)
{
	const struct lvm_node *n = find(in, key, false);

	for (const struct lvm_value *v = n ? n->values : NULL; v; v = v->next)
		if (v->text && strcmp(v->text, word) == 0)
			return true;
	return false;
}
