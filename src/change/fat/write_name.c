/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names of a new file ("Long File Name Implementation" in the specification): the
 * short one that the directory does not have yet, and the entries of the long one. Both
 * are ASCII: which names beyond it are equal depends on the system that reads them.
 */
#include <stdio.h>
#include <string.h>

#include "put.h"
#include "strmap.h"
#include "write.h"

enum {
	BASE = 8,
	EXTENSION = FAT_LABEL - BASE,
	PART = 13,
	NAME_MAX_UNITS = 255,
	ATTRIBUTES_LONG = 0x0f,
	LAST_PART = 0x40,
	NUMBERS = 1 << 17 /* more than a directory has entries */
};

static int check_name(struct slice name, struct err *e)
{
	for (size_t i = 0; i < name.n; i++) {
		int c = slice_at(name, i);

		if (c > 0x7e)
			return err_set(e, ERR_UNSUPPORTED,
				       "names beyond ASCII are not made on FAT");
		if (c < ' ' || strchr("\"*/:<>?\\|", c))
			return err_set(e, ERR_USAGE,
				       "FAT has no names with such characters");
	}
	if (slice_ends(name, " ") || slice_ends(name, ".") || name.n > NAME_MAX_UNITS)
		return err_set(e, ERR_USAGE, "it cannot be a name on FAT");
	return 0;
}

/* Copies what a short name may have of a part, in upper case; false when that is not all
 * of it as it is. */
static bool put_part(uint8_t *to, size_t room, struct slice part, size_t *ret_n)
{
	bool exact = true;
	size_t n = 0;

	for (size_t i = 0; i < part.n; i++) {
		int c = slice_at(part, i);

		if (c == ' ' || c == '.') {
			exact = false;
			continue;
		}
		if (n == room)
			return false;
		if (c >= 'a' && c <= 'z')
			c += 'A' - 'a';
		else if (strchr("+,;=[]", c))
			c = '_';
		exact = exact && c == slice_at(part, i);
		to[n++] = (uint8_t)c;
		*ret_n = n;
	}
	return exact;
}

/* The basis of the short name, and how much of its 8 characters there is. */
static void make_basis(struct slice name, struct fat_new_name *ret, size_t *ret_base)
{
	size_t dot = name.n, n = 0;
	struct slice base = name, extension = SLICE_NONE;

	for (size_t i = 1; i < name.n; i++)
		if (slice_at(name, i) == '.' && slice_find(name, i + 1, '.') == name.n)
			dot = i;
	if (dot < name.n && (!slice_sub(name, 0, dot, &base) ||
			     !slice_sub(name, dot + 1, name.n - dot - 1, &extension)))
		return;
	memset(ret->raw, ' ', sizeof(ret->raw));
	*ret_base = 0;
	ret->exact = put_part(ret->raw, BASE, base, ret_base);
	if (!put_part(ret->raw + BASE, EXTENSION, extension, &n) || *ret_base == 0)
		ret->exact = false;
}

static bool is_taken(const struct strmap *taken, const struct fat_new_name *name)
{
	return strmap_get(taken, slice_of(name->raw, sizeof(name->raw)));
}

/* "~1" and so on behind as much of the basis as has room. */
static int number_it(const struct strmap *taken, struct fat_new_name *name, size_t base,
		     struct err *e)
{
	for (unsigned i = 1; i < NUMBERS; i++) {
		char tail[BASE];
		int n = snprintf(tail, sizeof(tail), "~%u", i);
		size_t at = base < BASE - (size_t)n ? base : BASE - (size_t)n;

		memset(name->raw + at, ' ', BASE - at);
		memcpy(name->raw + at, tail, (size_t)n);
		if (!is_taken(taken, name))
			return 0;
	}
	return err_set(e, ERR_REFUSED, "the directory has too many names of that kind");
}

static void make_part(struct slice name, size_t number, size_t parts, uint8_t checksum,
		      uint8_t *to)
{
	static const uint8_t at[PART] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

	memset(to, 0, FAT_ENTRY);
	to[0] = (uint8_t)(number | (number == parts ? LAST_PART : 0));
	to[11] = ATTRIBUTES_LONG;
	to[13] = checksum;
	for (size_t i = 0; i < PART; i++) {
		size_t off = (number - 1) * PART + i;

		/* A zero behind the last one, and then what stands for nothing. */
		put_le(to + at[i], 2,
		       off < name.n    ? (unsigned)slice_at(name, off)
		       : off == name.n ? 0
				       : 0xffff);
	}
}

int fat_name_make(struct slice name, const struct strmap *taken, struct fat_new_name *ret,
		  struct err *e)
{
	struct fat_new_name new = {.n = 0};
	size_t base = 0;
	uint8_t checksum;
	int r = check_name(name, e);

	if (r < 0)
		return r;
	make_basis(name, &new, &base);
	if (!new.exact || is_taken(taken, &new)) {
		r = number_it(taken, &new, base, e);
		if (r < 0)
			return r;
		new.n = (name.n + PART - 1) / PART;
	}
	checksum = fat_checksum(slice_of(new.raw, sizeof(new.raw)));
	for (size_t i = 0; i < new.n; i++)
		make_part(name, new.n - i, new.n, checksum, new.slots[i]);
	*ret = new;
	return 0;
}
