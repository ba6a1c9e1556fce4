/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BLAKE2b as RFC 7693, 3.2 has it. libb2 would bring OpenMP's library along, which makes
 * every start of the program slower for what few disks need.
 */
#include "blake2b.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCK = 128, ROUNDS = 12 };

static const uint64_t initial[8] = {
	UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b),
	UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1),
	UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
	UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)};

/* The first two of the twelve rounds take their words in the order of the last two. */
static const uint8_t order[10][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static inline uint64_t turn(uint64_t v, unsigned n)
{
	return v >> n | v << (64 - n);
}

/* The function G of the RFC. */
static inline void mix(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d, uint64_t x,
		       uint64_t y)
{
	*a += *b + x;
	*d = turn(*d ^ *a, 32);
	*c += *d;
	*b = turn(*b ^ *c, 24);
	*a += *b + y;
	*d = turn(*d ^ *a, 16);
	*c += *d;
	*b = turn(*b ^ *c, 63);
}

/* The function F: one block. `end` is how many bytes were taken with it. */
static void compress(uint64_t h[8], struct slice block, uint64_t end, bool last)
{
	uint64_t m[16], v[16];
	struct reader rd = reader_of(block);

	for (size_t i = 0; i < 16; i++)
		m[i] = rd_u64le(&rd);
	for (size_t i = 0; i < 8; i++) {
		v[i] = h[i];
		v[i + 8] = initial[i];
	}
	v[12] ^= end;
	if (last)
		v[14] = ~v[14];
	for (size_t i = 0; i < ROUNDS; i++) {
		const uint8_t *s = order[i % 10];

		mix(&v[0], &v[4], &v[8], &v[12], m[s[0]], m[s[1]]);
		mix(&v[1], &v[5], &v[9], &v[13], m[s[2]], m[s[3]]);
		mix(&v[2], &v[6], &v[10], &v[14], m[s[4]], m[s[5]]);
		mix(&v[3], &v[7], &v[11], &v[15], m[s[6]], m[s[7]]);
		mix(&v[0], &v[5], &v[10], &v[15], m[s[8]], m[s[9]]);
		mix(&v[1], &v[6], &v[11], &v[12], m[s[10]], m[s[11]]);
		mix(&v[2], &v[7], &v[8], &v[13], m[s[12]], m[s[13]]);
		mix(&v[3], &v[4], &v[9], &v[14], m[s[14]], m[s[15]]);
	}
	for (size_t i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

void blake2b(struct slice bytes, uint8_t *ret, size_t n)
{
	uint64_t h[8], end = 0;
	uint8_t last[BLOCK] = {0};
	struct reader rd = reader_of(bytes);
	size_t left;

	memcpy(h, initial, sizeof(h));
	h[0] ^= 0x01010000 ^ n;
	while (rd_left(&rd) > BLOCK) {
		end += BLOCK;
		compress(h, rd_bytes(&rd, BLOCK), end, false);
	}
	left = rd_left(&rd);
	rd_copy(&rd, last, left);
	compress(h, slice_of(last, BLOCK), end + left, true);
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(h[i / 8] >> 8 * (i % 8));
}
