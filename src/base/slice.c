/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "slice.h"

#include <string.h>

#include "checked.h"

struct slice slice_str(const char *s)
{
	return slice_of(s, strlen(s));
}

bool slice_sub(struct slice s, uint64_t off, uint64_t len, struct slice *ret)
{
	if (!range_fits(off, len, s.n))
		return false;
	/* Without bytes there is nothing to add an offset to (C17 6.5.6). */
	*ret = (struct slice){s.p ? s.p + off : NULL, (size_t)len};
	return true;
}

size_t slice_offset(struct slice s, struct slice part)
{
	return (size_t)(part.p - s.p);
}

bool slice_has(struct slice s, uint64_t off, const void *want, size_t n)
{
	return range_fits(off, n, s.n) && (n == 0 || memcmp(s.p + off, want, n) == 0);
}

bool slice_eq(struct slice s, const char *want)
{
	return slice_same(s, slice_str(want));
}

bool slice_same(struct slice a, struct slice b)
{
	return a.n == b.n && slice_has(a, 0, b.p, b.n);
}

static int ascii_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

bool slice_same_folded(struct slice a, struct slice b)
{
	size_t i = 0;

	if (a.n != b.n)
		return false;
	while (i < a.n && ascii_lower(slice_at(a, i)) == ascii_lower(slice_at(b, i)))
		i++;
	return i == a.n;
}

bool slice_starts(struct slice s, const char *prefix)
{
	return slice_has(s, 0, prefix, strlen(prefix));
}

bool slice_after(struct slice s, const char *prefix, struct slice *ret)
{
	size_t n = strlen(prefix);

	return slice_starts(s, prefix) && slice_sub(s, n, s.n - n, ret);
}

bool slice_ends(struct slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && slice_has(s, s.n - n, suffix, n);
}

size_t slice_find(struct slice s, size_t from, uint8_t byte)
{
	const uint8_t *hit;

	if (from >= s.n)
		return s.n;
	hit = memchr(s.p + from, byte, s.n - from);
	return hit ? (size_t)(hit - s.p) : s.n;
}

size_t slice_search(struct slice s, const void *want, size_t n)
{
	const uint8_t *hit = s.n ? memmem(s.p, s.n, want, n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

/* The first byte is zero, and each is as the one before it. */
bool slice_is_zero(struct slice s)
{
	return s.n == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

int slice_at(struct slice s, size_t off)
{
	return off < s.n ? s.p[off] : -1;
}

struct slice rd_bytes(struct reader *r, uint64_t n)
{
	struct slice got = SLICE_NONE;

	if (r->bad || !slice_sub(r->s, r->pos, n, &got)) {
		r->bad = true;
		return SLICE_NONE;
	}
	r->pos += (size_t)n;
	return got;
}

void rd_skip(struct reader *r, uint64_t n)
{
	(void)rd_bytes(r, n);
}

void rd_seek(struct reader *r, uint64_t pos)
{
	if (pos > r->s.n)
		r->bad = true;
	else
		r->pos = (size_t)pos;
}

void rd_copy(struct reader *r, void *to, size_t n)
{
	struct slice got = rd_bytes(r, n);

	if (r->bad)
		memset(to, 0, n);
	else if (n)
		memcpy(to, got.p, n);
}

size_t rd_left(const struct reader *r)
{
	return r->bad ? 0 : r->s.n - r->pos;
}

bool rd_ok(const struct reader *r)
{
	return !r->bad;
}

static uint64_t get_le(struct reader *r, size_t n)
{
	struct slice b = rd_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = b.n; i > 0; i--)
		v = v << 8 | b.p[i - 1];
	return v;
}

static uint64_t get_be(struct reader *r, size_t n)
{
	struct slice b = rd_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

uint8_t rd_u8(struct reader *r)
{
	return (uint8_t)get_le(r, 1);
}

uint16_t rd_u16le(struct reader *r)
{
	return (uint16_t)get_le(r, 2);
}

uint32_t rd_u32le(struct reader *r)
{
	return (uint32_t)get_le(r, 4);
}

uint64_t rd_u64le(struct reader *r)
{
	return get_le(r, 8);
}

uint16_t rd_u16be(struct reader *r)
{
	return (uint16_t)get_be(r, 2);
}

uint32_t rd_u32be(struct reader *r)
{
	return (uint32_t)get_be(r, 4);
}

uint64_t rd_u64be(struct reader *r)
{
	return get_be(r, 8);
}
