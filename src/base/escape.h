/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making foreign bytes printable. Names in a guest may hold control characters, terminal
 * sequences and bytes that are no UTF-8; none of these reaches a terminal, a message or a
 * JSON document as it is.
 */
#pragma once

#include "arena.h"
#include "slice.h"
#include "strbuf.h"

/* Length of the well-formed UTF-8 sequence at `off`, or 0 (RFC 3629: no surrogates, no
 * overlong forms, at most U+10FFFF). */
size_t utf8_len(struct slice s, size_t off);

/* Appends `s` with control characters (C0, C1, DEL, bidirectional overrides), backslashes
 * and bytes that are not UTF-8 written as \n, \\ or \xNN. */
void escape_text(struct strbuf *b, struct slice s);

/* The words of a stranger that has escaped foreign parts itself, or says so: the same,
 * but backslashes stay as they are. */
void escape_again(struct strbuf *b, struct slice s);

/* The same as a string in the arena; NULL when the arena is full. A string that needs no
 * escape is copied as it is. */
char *escape_dup(struct arena *a, struct slice s);

/* For error messages: up to 80 bytes of `s`, escaped, in a buffer of the caller. */
struct escaped {
	char text[400];
};
struct escaped escape_short(struct slice s);

/* Appends `s` as one word of a command for any POSIX sh, which takes it for exactly these
 * bytes. It is printable, but for newlines at its end, which stay newlines. */
void shell_quote(struct strbuf *b, struct slice s);

/* Appends `s` as a JSON string with its quotes; characters that escape_text() would
 * escape become \uNNNN, bytes that are not UTF-8 become \xNN text. */
void json_quote(struct strbuf *b, const char *s);
