/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot_words.h"

struct boot_words boot_words(const struct judge *j)
{
	return (struct boot_words){j, 0, slice_str(j->cmdline ? j->cmdline : "")};
}

bool boot_next_word(struct boot_words *w, struct boot_word *ret)
{
	const word_list *inside = &w->j->kernel->initramfs.words;
	struct slice held;

	*ret = (struct boot_word){.inside = NULL};
	if (w->at == inside->n)
		return text_parameter(&w->rest, &ret->as);
	ret->inside = &inside->v[w->at].source;
	held = slice_str(inside->v[w->at++].text);
	return text_parameter(&held, &ret->as);
}

bool boot_last_word(const struct judge *j, const char *key, struct boot_word *ret)
{
	struct boot_words w = boot_words(j);
	struct boot_word s;
	bool found = false;

	while (boot_next_word(&w, &s))
		if (slice_eq(s.as.key, key)) {
			*ret = s;
			found = true;
		}
	return found;
}
