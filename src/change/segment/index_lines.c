/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "index_lines.h"

#include <string.h>

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
	[INDEX_PCIMAP] = {"modules.pcimap", false},
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

static const char *plain_name(struct slice name, struct arena *a)
{
	char *copy = arena_strndup(a, name);

	for (char *c = copy; c && *c; c++)
		if (*c == '-')
			*c = '_';
	return copy;
}

/* Takes "v00005853" off the front: the name of the field and digits, or a * for any. */
static bool take_field(struct slice *s, const char *name, unsigned digits,
		       uint64_t *ret_value, bool *ret_any)
{
	size_t n = strlen(name);
	struct slice number;

	if (!slice_starts(*s, name))
		return false;
	*ret_any = slice_at(*s, n) == '*';
	if (*ret_any)
		return slice_sub(*s, n + 1, s->n - n - 1, s);
	return slice_sub(*s, n, digits, &number) &&
	       text_hex(number, UINT32_MAX, ret_value) &&
	       slice_sub(*s, n + digits, s->n - n - digits, s);
}

/* Linux, scripts/mod/file2alias.c: vendor, device, the two of the card's maker, and the
 * three bytes of the class. */
const char *index_pci_line(const char *alias, struct slice file, struct arena *a)
{
	static const struct {
		const char *name;
		unsigned digits;
	} fields[] = {{"v", 8},  {"d", 8},  {"sv", 8}, {"sd", 8},
		      {"bc", 2}, {"sc", 2}, {"i", 2}};
	uint32_t ids[4] = {0}, class = 0, mask = 0;
	struct slice rest = slice_str(alias);

	if (!slice_starts(rest, "pci:") || !slice_sub(rest, 4, rest.n - 4, &rest))
		return "";
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		uint64_t value = UINT32_MAX;
		bool any;

		if (!take_field(&rest, fields[i].name, fields[i].digits, &value, &any))
			return "";
		if (i < ARRAY_LEN(ids)) {
			ids[i] = (uint32_t)value;
			continue;
		}
		class = class << 8 | (any ? 0 : (uint32_t)value);
		mask = mask << 8 | (any ? 0 : 0xff);
	}
	return rest.n ? ""
		      : arena_printf(a,
				     "%-20.*s 0x%08x 0x%08x 0x%08x 0x%08x 0x%08x 0x%08x "
				     "0x0",
				     (int)file.n, (const char *)file.p, ids[0], ids[1],
				     ids[2], ids[3], class, mask);
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
	case INDEX_PCIMAP:
		name = plain_name(word_at(line, 0), a);
		found = name && strmap_get(names, slice_str(name));
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
