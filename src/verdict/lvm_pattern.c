/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LVM's own regular expressions (libdm/regex/parse_rx.c of LVM2): alternatives, the
 * suffixes * + ?, groups, sets in brackets, ^ and $, a backslash before any character. A
 * pattern matches anywhere in the name.
 *
 * The expression is interpreted while it is read: each part takes a set of places in the
 * name where it may begin and gives those where it may end. So no pattern takes more than
 * its length times the length of the name, but for groups that are repeated inside of one
 * another; their number is capped.
 */
#include "lvm_pattern.h"

#include <string.h>

#include "slice.h"

enum { MAX_NAME = 127, MAX_STEPS = 20000, MAX_DEPTH = 16 };

__extension__ typedef unsigned __int128 places; /* bit n: before byte n of the name */

struct match {
	struct slice rx, name;
	size_t pos; /* in rx */
	unsigned steps, depth;
	bool bad;
};

static places alternatives(struct match *m, places from);

static places place(size_t n)
{
	return (places)1 << n;
}

static bool is_special(const struct match *m, int c)
{
	return slice_at(m->rx, m->pos) == c;
}

/* Those places behind a byte that is in the set. */
static places step(const struct match *m, places from, const bool *set)
{
	places to = 0;

	for (size_t i = 0; i < m->name.n; i++)
		if ((from & place(i)) && set[slice_at(m->name, i)])
			to |= place(i + 1);
	return to;
}

/* A byte of the expression, which a backslash may stand before. */
static int literal(struct match *m)
{
	int c = slice_at(m->rx, m->pos++);

	if (c == '\\') {
		c = slice_at(m->rx, m->pos++);
		c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
	}
	m->bad = m->bad || c < 0;
	return c < 0 ? 0 : c;
}

/* Behind "[". */
static places bracket(struct match *m, places from)
{
	bool set[256] = {false}, not = is_special(m, '^');

	m->pos += not ;
	while (!m->bad && !is_special(m, ']')) {
		int first = literal(m), last = first;

		if (is_special(m, '-') && slice_at(m->rx, m->pos + 1) != ']') {
			m->pos++;
			last = literal(m);
		}
		for (int c = first; c <= last; c++)
			set[c] = true;
	}
	m->pos++;
	for (size_t i = 0; not &&i < 256; i++)
		set[i] = !set[i];
	return step(m, from, set);
}

static places any_byte(struct match *m, places from)
{
	bool set[256];

	memset(set, true, sizeof(set));
	set['\n'] = set['\r'] = set[0] = false;
	return step(m, from, set);
}

static places atom(struct match *m, places from)
{
	bool set[256] = {false};
	places to;

	switch (slice_at(m->rx, m->pos)) {
	case '(':
		m->pos++;
		m->bad = m->bad || ++m->depth > MAX_DEPTH;
		to = m->bad ? 0 : alternatives(m, from);
		m->depth--;
		m->bad = m->bad || !is_special(m, ')');
		m->pos++;
		return to;
	case '[':
		m->pos++;
		return bracket(m, from);
	case '.':
		m->pos++;
		return any_byte(m, from);
	case '^':
		m->pos++;
		return from & place(0);
	case '$':
		m->pos++;
		return from & place(m->name.n);
	case '*':
	case '+':
	case '?':
		m->bad = true;
		return 0;
	default:
		set[literal(m)] = true;
		return step(m, from, set);
	}
}

/* An atom with what follows it. It is read again for every turn. */
static places repeated(struct match *m, places from)
{
	size_t start = m->pos;
	places once = atom(m, from), all = once, next = once;

	for (;; m->pos++) {
		int c = slice_at(m->rx, m->pos);
		size_t end = m->pos;

		if (m->bad || (c != '*' && c != '+' && c != '?'))
			return all;
		while (c != '?' && next && !m->bad) {
			m->bad = m->bad || ++m->steps > MAX_STEPS;
			m->pos = start;
			next = atom(m, next) & ~all;
			all |= next;
		}
		m->pos = end;
		if (c != '+')
			all |= from;
	}
}

static places sequence(struct match *m, places from)
{
	while (!m->bad && m->pos < m->rx.n && !is_special(m, '|') && !is_special(m, ')'))
		from = repeated(m, from);
	return from;
}

static places alternatives(struct match *m, places from)
{
	places to = sequence(m, from);

	m->bad = m->bad || ++m->steps > MAX_STEPS;
	while (!m->bad && is_special(m, '|')) {
		m->pos++;
		to |= sequence(m, from);
	}
	return to;
}

/* "a|...|": the letter, and any character around the expression. */
static bool take_apart(struct slice pattern, struct slice *ret)
{
	int open = slice_at(pattern, 1);
	int close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : open;

	return (slice_at(pattern, 0) == 'a' || slice_at(pattern, 0) == 'r') &&
	       pattern.n > 3 && slice_at(pattern, pattern.n - 1) == close &&
	       slice_sub(pattern, 2, pattern.n - 3, ret);
}

enum lvm_match lvm_pattern_match(const char *pattern, const char *name)
{
	struct match m = {.name = slice_str(name)};
	places anywhere, to;

	if (!take_apart(slice_str(pattern), &m.rx) || m.name.n > MAX_NAME - 1)
		return LVM_BAD_PATTERN;
	anywhere = place(m.name.n + 1) - 1;
	to = alternatives(&m, anywhere);
	if (m.bad || m.pos < m.rx.n)
		return LVM_BAD_PATTERN;
	if (!to)
		return LVM_NO_MATCH;
	return *pattern == 'a' ? LVM_ACCEPTS : LVM_REJECTS;
}
