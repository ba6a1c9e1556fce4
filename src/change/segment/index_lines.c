/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "index_lines.h"

#include "module_file.h"
#include "text.h"

static const struct {
	const char *name;
	bool binary;
} kinds[INDEX_KINDS] = {
	[INDEX_DEP] = {"modules.dep", true},
	[INDEX_ALIAS] = {"modules.alias", true},
	[INDEX_SYMBOLS] = {"modules.symbols", true},
	[INDEX_SOFTDEP] = {"modules.softdep", false},
	[INDEX_WEAKDEP] = {"modules.weakdep", false},
	[INDEX_DEVNAME] = {"modules.devname", false},
};

const char *index_name(enum index_kind kind)
{
	return kinds[kind].name;
}

bool index_has_binary(enum index_kind kind)
{
	return kinds[kind].binary;
}

/* The n-th word of a line, from 0; empty when it has fewer. */
static struct slice word_at(struct slice line, unsigned n)
{
	struct slice word;

	while (text_word(&line, &word))
		if (n-- == 0)
			return word;
	return SLICE_NONE;
}

bool index_line_is_of(enum index_kind kind, struct slice line, const struct strmap *names,
		      struct arena *a)
{
	struct arena_mark mark = arena_mark(a);
	struct slice path, rest;
	const char *name;
	bool found = false;

	switch (kind) {
	case INDEX_DEP:
		name = text_split(line, ':', &path, &rest) ? module_name_of(path, a)
							   : NULL;
		found = name && strmap_get(names, slice_str(name));
		break;
	case INDEX_ALIAS:
	case INDEX_SYMBOLS:
		found = strmap_get(names, word_at(line, 2));
		break;
	case INDEX_SOFTDEP:
	case INDEX_WEAKDEP:
		found = strmap_get(names, word_at(line, 1));
		break;
	default:
		found = strmap_get(names, word_at(line, 0));
	}
	arena_rewind(a, mark);
	return found;
}

bool index_entry_is_of(enum index_kind kind, struct slice key, struct slice value,
		       const struct strmap *names)
{
	return strmap_get(names, kind == INDEX_DEP ? key : value);
}

bool index_entry_of(enum index_kind kind, struct slice line, struct arena *a,
		    struct kmod_entry *ret)
{
	struct slice path, rest;

	if (kind == INDEX_DEP) {
		if (!text_split(line, ':', &path, &rest))
			return false;
		*ret = (struct kmod_entry){module_name_of(path, a),
					   arena_strndup(a, line)};
		return true;
	}
	if (!slice_eq(word_at(line, 0), "alias") || word_at(line, 2).n == 0)
		return false;
	*ret = (struct kmod_entry){arena_strndup(a, word_at(line, 1)),
				   arena_strndup(a, word_at(line, 2))};
	return true;
}
