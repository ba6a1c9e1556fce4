/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fstab(5): fields apart by blanks, "#" lines are comments, and a blank inside a field is
 * written as an octal escape (\040), as libmount decodes it.
 */
#include "fstab.h"

#include "limits.h"
#include "text.h"

/* The character that an escape at `off` stands for, or -1 when it is no escape. */
static int octal_escape(struct slice s, size_t off)
{
	int value = 0;

	if (slice_at(s, off) != '\\')
		return -1;
	for (size_t i = 1; i <= 3; i++) {
		int c = slice_at(s, off + i);

		if (c < '0' || c > '7')
			return -1;
		value = value * 8 + (c - '0');
	}
	return value > 0 && value <= 0377 ? value : -1;
}

static const char *decode(struct arena *a, struct slice s)
{
	char *text = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < s.n; i++) {
		int c = octal_escape(s, i);

		if (c < 0)
			c = slice_at(s, i);
		else
			i += 3;
		text[n++] = (char)c;
	}
	return text;
}

/* 1: *ret is an entry; 0: the line is a comment or has too few fields. */
static int parse_line(struct slice line, struct arena *a, struct fstab_entry *ret,
		      struct err *e)
{
	struct slice spec, dir, type, options = slice_str("defaults");
	struct fstab_entry entry = {0};

	line = text_trim(line);
	if (slice_starts(line, "#"))
		return 0;
	if (!text_word(&line, &spec) || !text_word(&line, &dir) ||
	    !text_word(&line, &type))
		return 0;
	(void)text_word(&line, &options);
	/* "/boot/" is "/boot", which is what everything else compares with. */
	while (dir.n > 1 && slice_at(dir, dir.n - 1) == '/')
		dir.n--;
	entry.spec = decode(a, spec);
	entry.dir = decode(a, dir);
	entry.type = decode(a, type);
	entry.options = decode(a, options);
	if (!entry.spec || !entry.dir || !entry.type || !entry.options)
		return arena_full(a, e);
	*ret = entry;
	return 1;
}

int fstab_parse(struct slice text, struct arena *a, fstab *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line;
	fstab table = {0};

	while (text_line(&t, &line)) {
		struct fstab_entry entry;
		int r;

		if (slice_find(line, 0, 0) < line.n)
			return err_set(e, ERR_CORRUPT, "line %u holds a NUL byte",
				       t.line);
		r = parse_line(line, a, &entry, e);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (table.n == LIMIT_FSTAB_ENTRIES)
			return err_set(e, ERR_LIMIT, "more than %d entries",
				       LIMIT_FSTAB_ENTRIES);
		entry.line = t.line;
		if (!vec_push(a, &table, entry))
			return arena_full(a, e);
	}
	*ret = table;
	return 0;
}

bool fstab_has_option(const struct fstab_entry *entry, const char *option)
{
	struct slice rest = slice_str(entry->options), first, after;

	while (text_split(rest, ',', &first, &after)) {
		if (slice_eq(first, option))
			return true;
		rest = after;
	}
	return slice_eq(rest, option);
}
