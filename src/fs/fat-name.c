/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of FAT ("Long Directory Entries" in the specification): a short one of 8 and 3
 * characters in the code page of its machine, and mostly a long one in UTF-16.
 */
#include "fat.h"

#include "strbuf.h"

enum {
	LOWER_BASE = 0x08, /* in the byte of a short entry that Windows NT added */
	LOWER_EXTENSION = 0x10,
	BASE = 8 /* characters before the dot */
};

/* Code page 437, which Linux reads short names with unless told otherwise. */
static const uint16_t upper_half[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb,
	0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4,
	0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5,
	0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba,
	0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592,
	0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
	0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c,
	0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
	0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518,
	0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0,
	0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
	0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
	0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};

/* UTF-8 of a character; a half of a pair without the other half becomes U+FFFD. */
static void put(struct fat_name *to, uint32_t c)
{
	unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};

	if (c >= 0xd800 && c < 0xe000) {
		c = 0xfffd;
		more = 2;
	}
	if (to->n + more >= sizeof(to->text))
		return; /* 255 units make 765 bytes at most */
	to->text[to->n++] = (char)(heads[more] | c >> 6 * more);
	while (more--)
		to->text[to->n++] = (char)(0x80 | (c >> 6 * more & 0x3f));
}

static int no_name(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "an entry has a name that cannot be one");
}

static int put_part(struct slice raw, bool lower, struct fat_name *to, struct err *e)
{
	while (raw.n && slice_at(raw, raw.n - 1) == ' ')
		raw.n--;
	for (size_t i = 0; i < raw.n; i++) {
		int c = slice_at(raw, i);

		if (c < ' ' || c == '/')
			return no_name(e);
		if (lower && c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		put(to, c < 0x80 ? (uint32_t)c : upper_half[c - 0x80]);
	}
	return 0;
}

int fat_short_name(struct slice raw, unsigned flags, struct fat_name *ret, struct err *e)
{
	struct fat_name name = {.n = 0};
	uint8_t base[BASE] = {0};
	struct reader r = reader_of(raw);
	struct slice extension;
	int r2;

	rd_copy(&r, base, BASE);
	extension = rd_bytes(&r, FAT_LABEL - BASE);
	if (base[0] == 0x05) /* 0xe5 itself says that an entry is free */
		base[0] = 0xe5;
	if (!rd_ok(&r) || base[0] == ' ')
		return no_name(e);
	r2 = put_part(slice_of(base, BASE), flags & LOWER_BASE, &name, e);
	if (r2 < 0)
		return r2;
	put(&name, '.');
	r2 = put_part(extension, flags & LOWER_EXTENSION, &name, e);
	if (r2 < 0)
		return r2;
	if (name.text[name.n - 1] == '.')
		name.n--;
	*ret = name;
	return 0;
}

int fat_long_name(const uint16_t *units, size_t n, struct fat_name *ret, struct err *e)
{
	struct fat_name name = {.n = 0};

	for (size_t i = 0; i < n && units[i]; i++) {
		uint32_t c = units[i];

		if (c < ' ' || c == '/')
			return no_name(e);
		if (c >= 0xd800 && c < 0xdc00 && i + 1 < n && units[i + 1] >= 0xdc00 &&
		    units[i + 1] < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
		put(&name, c);
	}
	if (name.n == 0)
		return no_name(e);
	*ret = name;
	return 0;
}

uint8_t fat_checksum(struct slice raw)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < raw.n; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + slice_at(raw, i));
	return sum;
}
