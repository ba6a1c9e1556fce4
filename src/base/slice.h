/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bounded reading of untrusted bytes.
 *
 * A slice is borrowed bytes with their length; a reader is a cursor over a slice that is
 * sticky: after the first overrun every get returns 0 and rd_ok() is false. Fixed records
 * are decoded by one function that fills a native struct through a reader and ends in
 * rd_ok(); no decoded value is used as an offset, count or shift before that check and a
 * range check against its owner. Only src/base touches `slice.p` by index.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

struct slice {
	const uint8_t *p;
	size_t n;
};

#define SLICE_NONE ((struct slice){NULL, 0})

static inline struct slice slice_of(const void *p, size_t n)
{
	return (struct slice){p, n};
}

/* The bytes of a C string without its NUL. */
struct slice slice_str(const char *s);

/* [off, off + len) of `s`; false (and *ret untouched) when that is not inside it. */
_must_check_ bool slice_sub(struct slice s, uint64_t off, uint64_t len,
			    struct slice *ret);

/* Where `part`, which was borrowed from `s`, starts in it. */
size_t slice_offset(struct slice s, struct slice part);

/* Do the bytes at `off` equal the `n` bytes at `want`? False when they do not fit. */
bool slice_has(struct slice s, uint64_t off, const void *want, size_t n);
bool slice_eq(struct slice s, const char *want);
/* Do both hold the same bytes? */
bool slice_same(struct slice a, struct slice b);
/* Are they equal but for the case of ASCII letters? */
bool slice_same_folded(struct slice a, struct slice b);
bool slice_starts(struct slice s, const char *prefix);
/* What follows the prefix that it starts with; false (and *ret untouched) otherwise. */
bool slice_after(struct slice s, const char *prefix, struct slice *ret);
bool slice_ends(struct slice s, const char *suffix);
/* Offset of the first `byte` at or after `from`, or s.n when there is none. */
size_t slice_find(struct slice s, size_t from, uint8_t byte);
/* Offset of the first occurrence of `want`, or s.n. */
size_t slice_search(struct slice s, const void *want, size_t n);
/* Nothing but zero bytes, or nothing at all? */
bool slice_is_zero(struct slice s);
/* The byte at `off`, or -1 past the end. */
int slice_at(struct slice s, size_t off);

struct reader {
	struct slice s;
	size_t pos;
	bool bad;
};

static inline struct reader reader_of(struct slice s)
{
	return (struct reader){s, 0, false};
}

uint8_t rd_u8(struct reader *r);
uint16_t rd_u16le(struct reader *r);
uint32_t rd_u32le(struct reader *r);
uint64_t rd_u64le(struct reader *r);
uint16_t rd_u16be(struct reader *r);
uint32_t rd_u32be(struct reader *r);
uint64_t rd_u64be(struct reader *r);
/* The next `n` bytes, borrowed; an empty slice on overrun. */
struct slice rd_bytes(struct reader *r, uint64_t n);
void rd_skip(struct reader *r, uint64_t n);
/* Moves to an absolute position inside the slice. */
void rd_seek(struct reader *r, uint64_t pos);
/* Copies `n` bytes to `to`; zeroes on overrun. */
void rd_copy(struct reader *r, void *to, size_t n);
/* Bytes not yet read; 0 after an overrun. */
size_t rd_left(const struct reader *r);
_must_check_ bool rd_ok(const struct reader *r);
