/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words that an initramfs hears: those that it holds itself (dracut.cmdline(7)), then
 * those of the boot loader.
 */
#pragma once

#include "chain.h"
#include "text.h"

/* Of several with one key the last one counts. */
struct boot_word {
	struct text_parameter as;
	const struct source *inside; /* of the file in the initramfs, or NULL */
};

struct boot_words {
	const struct judge *j;
	size_t at;
	struct slice rest;
};

struct boot_words boot_words(const struct judge *j);
bool boot_next_word(struct boot_words *w, struct boot_word *ret);
/* The one that counts of those with this key. */
bool boot_last_word(const struct judge *j, const char *key, struct boot_word *ret);
