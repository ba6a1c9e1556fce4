/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One error type for every layer: a code that tells the caller what to do, and one
 * sentence for the person who reads it. The caller owns it (usually on the stack); it has
 * no pointers, so a sandboxed worker can write it whole to a pipe, and running out of
 * memory can be reported.
 *
 * A fallible function returns 0 or more on success and -code on failure; its last
 * argument is `struct err *e`. On success `e` is untouched. The function that knows the
 * reason calls err_set(); a caller adds where it happened with err_wrap(), which puts the
 * outer words first: "disk.qcow2: partition 2: ext4: inode 12: extent depth 9 exceeds 5".
 *
 * Text that came from an image is escaped when it is put into a message.
 */
#pragma once

#include "compiler.h"

enum err_code {
	ERR_NONE,
	ERR_NOMEM,       /* out of memory: stop the whole inspection */
	ERR_IO,          /* the host could not read: stop this disk */
	ERR_CORRUPT,     /* bytes that make no sense: this object is `unknown` */
	ERR_UNSUPPORTED, /* understood, but not readable here: named in the report */
	ERR_ABSENT,      /* not there: often a normal answer */
	ERR_AMBIGUOUS,   /* two readings fit: both are named */
	ERR_LIMIT,       /* a cap of limits.h was reached */
	ERR_REFUSED,     /* policy or sandbox said no */
	ERR_USAGE,       /* the caller asked for something that makes no sense */
	ERR_PROGRAM,     /* a program that is needed is missing */
	ERR_BUG,         /* cannot happen */
	ERR_CODE_COUNT
};

struct err {
	enum err_code code;
	char text[1200];
};

#define ERR_INIT \
	{ \
		.code = ERR_NONE \
	}

/* Records an error. Returns -code, so that a function can `return err_set(...)`. */
#define err_set(e, code, ...) err_negative(err_record(e, code, __VA_ARGS__))
_printf_(3, 4) int err_record(struct err *e, enum err_code code, const char *fmt, ...);

/* Tells the compiler what err_record() promises: a caller that checks for `< 0` has its
 * outputs set in every other case. */
static inline int err_negative(int r)
{
	if (r >= 0)
		__builtin_unreachable();
	return r;
}

/* Puts "context: " before the recorded text. Returns -code. */
_printf_(2, 3) int err_wrap(struct err *e, const char *fmt, ...);

/* Forgets an error that the caller dealt with. */
void err_clear(struct err *e);

/* "corrupt", "limit", ...: the word used in JSON. Never NULL. */
const char *err_code_name(enum err_code code);
