/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts with holes: "yum install {package}". A hole is a name of small letters and dashes
 * in braces; braces around anything else are plain text.
 */
#pragma once

#include "strbuf.h"

/* Takes the text up to the next hole off *rest, and the hole. *ret_hole is its name
 * without braces, empty when the text ends without one. False at the end. */
bool form_next(struct slice *rest, struct slice *ret_before, struct slice *ret_hole);

/* Has the form (NULL: none) a hole of that name? */
bool form_has(const char *form, const char *hole);

struct fill {
	const char *hole, *value; /* value NULL: not known, the hole stays as it is */
};

/* Appends the form; `put` writes each value (escape_text, shell_quote). The list ends
 * with a row without hole. */
void form_fill(struct strbuf *b, const char *form, const struct fill *fills,
	       void (*put)(struct strbuf *, struct slice));
