/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers written byte by byte. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The low `n` bytes of `v`, the most significant one first (network order); returns what
 * follows them. */
static inline uint8_t *put_be(uint8_t *to, size_t n, uint64_t v)
{
	for (size_t i = n; i > 0; i--, v >>= 8)
		to[i - 1] = (uint8_t)v;
	return to + n;
}

/* The same with the least significant byte first. */
static inline uint8_t *put_le(uint8_t *to, size_t n, uint64_t v)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		to[i] = (uint8_t)v;
	return to + n;
}
