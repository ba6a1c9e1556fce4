/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cursor over text files of a guest: lines and words without strtok, scanf, locale or a
 * terminating NUL. Everything returned is borrowed from the slice.
 */
#pragma once

#include <stdbool.h>

#include "slice.h"

struct text {
	struct slice s;
	size_t pos;
	unsigned line; /* number of the line last returned, from 1 */
};

static inline struct text text_of(struct slice s)
{
	return (struct text){s, 0, 0};
}

/* The next line without its newline (and without a carriage return before it); false at
 * the end. */
bool text_line(struct text *t, struct slice *ret_line);

/* The last line that says anything, without blanks at its ends. */
struct slice text_last_line(struct slice s);

/* Without blanks (space, tab, CR, newline) at both ends. */
struct slice text_trim(struct slice s);

/* Takes the next blank-separated word off the front of *s; false when none is left. */
bool text_word(struct slice *s, struct slice *ret_word);

/* The same of a kernel's command line: blanks between double quotes are part of a word.
 */
bool text_argument(struct slice *s, struct slice *ret_word);
/* The same, taken apart at the first "="; quotes may stand around all of it or around its
 * value. */
struct text_parameter {
	struct slice word;       /* as written */
	struct slice key, value; /* the value: empty where there is none */
};
bool text_parameter(struct slice *s, struct text_parameter *ret);
/* Is it a word of this command line, as written or without quotes around it? *ret_written
 * (NULL: not wanted): as written. A line that is NULL has none. */
bool text_has_word(const char *line, const char *word, struct slice *ret_written);
/* The first word of the line that, without quotes around it, starts so; *ret_rest: what
 * stands behind the start. */
bool text_word_after(const char *line, const char *start, struct slice *ret_rest);

/* The blank-separated word around the byte at `off`, on its own line. */
struct slice text_word_at(struct slice s, size_t off);

/* Tells lines of bytes that are asked for in order: a later question goes on where the
 * one before it ended. */
struct text_lines {
	struct slice s;
	size_t counted;
	unsigned newlines; /* before `counted` */
};

/* The number of the line, from 1, in which the byte at `off` lies. */
unsigned text_line_at(struct text_lines *t, size_t off);

/* Splits at the first `sep`: *ret_left before it, *ret_right after it; false without one.
 */
bool text_split(struct slice s, char sep, struct slice *ret_left,
		struct slice *ret_right);

/* The whole slice as a decimal number not above `max`. */
bool text_u64(struct slice s, uint64_t max, uint64_t *ret);
/* The whole slice as hexadecimal digits (no prefix). */
bool text_hex(struct slice s, uint64_t max, uint64_t *ret);

/* Are both there, and equal? Facts may lack any string. */
bool text_same(const char *a, const char *b);

/* Removes one pair of equal quotes, ' or ", around the slice. */
struct slice text_unquote(struct slice s);

bool text_is_blank(int c);
bool text_is_digit(int c);
bool text_is_alnum(int c);
