/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compiler attributes used on prototypes, so that misuse is a warning (an error in CI).
 */
#pragma once

#define _must_check_     __attribute__((warn_unused_result))
#define _printf_(fmt, a) __attribute__((format(printf, fmt, a)))
#define _unused_         __attribute__((unused))
#define _nonnull_(...)   __attribute__((nonnull(__VA_ARGS__)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
