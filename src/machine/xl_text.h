/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of xm and xl configurations (xl.cfg(5)): `key = value`, where a value is a
 * string, a number or a list of strings. xm's files are Python programs; paravet runs
 * none, so a key that is asked for and computed is an error, and everything else that is
 * no assignment is passed over.
 */
#pragma once

#include "arena.h"
#include "err.h"
#include "slice.h"
#include "vec.h"

struct xl_item {
	struct slice text; /* of a string or number */
	unsigned line;
	bool joined; /* from several strings, so it does not stand in the text as it is */
};

struct xl_value {
	bool set, is_list;
	VEC(struct xl_item) items; /* exactly one unless it is a list */
	unsigned line;
};

/* Reads the values of keys[0..n) into values[0..n); a key that is not there leaves its
 * value unset, one that is there twice counts where it stands last. Strings are borrowed
 * from the text or lie in the arena. */
int xl_text_read(struct slice text, const char *const *keys, size_t n, struct arena *a,
		 struct xl_value *values, struct err *e);

/* Does a line start with `word =`? For recognising the form. */
bool xl_text_assigns(struct slice text, const char *const *words);
