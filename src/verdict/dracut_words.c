/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dracut_words.h"

#include "text.h"

struct words dracut_words(const struct judge *j)
{
	return (struct words){j, 0, slice_str(j->cmdline ? j->cmdline : "")};
}

bool dracut_next_word(struct words *w, struct said *ret)
{
	const word_list *inside = &w->j->kernel->initramfs.words;

	*ret = (struct said){0};
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

bool dracut_last_word(const struct judge *j, const char *key, struct said *ret)
{
	struct words w = dracut_words(j);
	struct said s;
	bool found = false;

	while (dracut_next_word(&w, &s))
		if (slice_eq(s.key, key)) {
			*ret = s;
			found = true;
		}
	return found;
}

bool dracut_is_no(const struct said *s)
{
	return slice_eq(s->value, "0") || slice_eq(s->value, "no") ||
	       slice_eq(s->value, "off");
}
