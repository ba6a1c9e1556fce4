/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share. */
#pragma once

#include "platform.h"

/* Records "file:line: ..." as ERR_CORRUPT; returns -code. */
_printf_(4, 5) int platform_fail(const char *file, uint64_t line, struct err *e,
				 const char *fmt, ...);

/* Checks what one key alone cannot show: ids used twice, ranges that overlap. */
int platform_check(const struct platform *p, struct err *e);
