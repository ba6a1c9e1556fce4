/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The headers that cmocka needs before its own, and shorthands for slices. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slice.h"

/* A string literal with its embedded NULs, without the last one. */
#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

#define assert_slice(s, want) \
	do { \
		struct slice got_ = (s); \
		assert_int_equal(got_.n, sizeof(want) - 1); \
		assert_memory_equal(got_.p, want, sizeof(want) - 1); \
	} while (0)
