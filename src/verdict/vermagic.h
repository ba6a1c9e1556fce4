/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of vermagic: "2.6.18-53.el5 SMP mod_unload 686 REGPARM 4KSTACKS gcc-4.1". */
#pragma once

#include "arena.h"
#include "vec.h"

struct magic_word {
	const char *kind; /* "version", "SMP", "preemption", "processor family", ... */
	const char *word; /* as written */
};
typedef VEC(struct magic_word) magic_words;

/* Splits a vermagic; strings go into the arena. ERR_LIMIT: it has more words than any. */
int magic_split(const char *vermagic, struct arena *a, magic_words *ret, struct err *e);
/* The word of that kind, or NULL. */
const char *magic_word(const magic_words *list, const char *kind);
