/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sums and products of numbers that came from a disk: true when they fit. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"

_must_check_ static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

_must_check_ static inline bool checked_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

/* Does [off, off + len) lie in [0, size)? */
_must_check_ static inline bool range_fits(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}
