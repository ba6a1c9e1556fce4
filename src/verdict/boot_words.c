/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "boot_words.h"

#include "text.h"

struct boot_words boot_words(const struct judge *j)
{
	return (struct boot_words){j, 0, slice_str(j->cmdline ? j->cmdline : "")};
}

bool boot_next_word(struct boot_words *w, struct boot_word *ret)
{
	const word_list *inside = &w->j->kernel->initramfs.words;

	*ret = (struct boot_word){0};
	if (w->at < inside->n) {
		ret->inside = &inside->v[w->at].source;
		ret->word = slice_str(inside->v[w->at++].text);
	} else if (!text_argument(&w->rest, &ret->word)) {
		return false;
	}
	if (!text_split(text_unquote(ret->word), '=', &ret->key, &ret->value))
		ret->key = text_unquote(ret->word);
	ret->value = text_unquote(ret->value);
	return true;
}

bool boot_last_word(const struct judge *j, const char *key, struct boot_word *ret)
{
	struct boot_words w = boot_words(j);
	struct boot_word s;
	bool found = false;

	while (boot_next_word(&w, &s))
		if (slice_eq(s.key, key)) {
			*ret = s;
			found = true;
		}
	return found;
}
