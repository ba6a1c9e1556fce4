/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The simple commands of a shell script, in the order in which they stand. Nothing is
 * run: loops, conditions and functions are only words to this reader, and substitutions
 * stay as they are written.
 */
#pragma once

#include "arena.h"
#include "vec.h"

struct shell {
	struct slice s;
	size_t pos;
	struct arena *arena;     /* of the words' list; they themselves are borrowed */
	VEC(struct slice) words; /* of the command that is read */
	size_t counted;          /* lines are counted up to here */
	unsigned line, first;    /* at `counted`; of the first word */
	unsigned parens;
	bool conditional;
	struct slice here; /* what ends the here-document that starts with the next line
			    */
	bool too_many;
};

struct shell_command {
	const struct slice *words; /* as written, until the next call */
	size_t n;                  /* at least one */
	unsigned line;
	bool conditional; /* behind && or || */
	bool nested;      /* inside parentheses */
};

static inline struct shell shell_of(struct slice text, struct arena *a)
{
	return (struct shell){.s = text, .arena = a, .line = 1};
}

/* The next command; false at the end, or when the arena is full (`too_many`). */
bool shell_next(struct shell *sh, struct shell_command *ret);

/* Appends a word without its quotes. $name and ${name} become `value`, when there is a
 * `name`; every other substitution stays as it is written. */
struct strbuf;
void shell_value(struct slice word, struct slice name, struct slice value,
		 struct strbuf *out);
