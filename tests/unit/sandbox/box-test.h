/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the sandbox share: options, and one run of a job. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define BOX_OPTIONS \
	{ \
		.dir_fd = -1, .memory = (uint64_t)64 << 20, .seconds = 5, \
		.result_max = 1 << 20 \
	}
