/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a kernel's command line as dracut goes through them. */
#pragma once

#include "chain.h"

/* A word; of several with one key the last one counts. */
struct said {
	struct slice word, key, value; /* the value: empty where there is none */
	const struct source *inside;   /* of the file in the initramfs, or NULL */
};

/* Those in the initramfs, then those of the boot loader. */
struct words {
	const struct judge *j;
	size_t at;
	struct slice rest;
};

struct words dracut_words(const struct judge *j);
bool dracut_next_word(struct words *w, struct said *ret);
/* The one that counts of those with this key. */
bool dracut_last_word(const struct judge *j, const char *key, struct said *ret);
/* Is its value one of getargbool's that mean no? */
bool dracut_is_no(const struct said *s);
