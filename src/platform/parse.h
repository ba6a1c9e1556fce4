/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share. */
#pragma once

#include "platform.h"

/* Records "file:line: ..." as ERR_CORRUPT; returns -code. */
_printf_(4, 5) int platform_fail(const char *file, uint64_t line, struct err *e,
				 const char *fmt, ...);

/* Checks what one key alone cannot show: ids used twice, ranges that overlap. */
int platform_check(const struct platform *p, struct err *e);
/* Fails when an end of the range is no version, or the range is empty. */
int platform_check_range(const struct platform *p, uint64_t line, const char *id,
			 const char *from, const char *to, struct err *e);
/* devices.c: the same for the options that present a choice in QEMU. */
int platform_check_shown(const struct platform *p, const struct platform_device *d,
			 const struct platform_choice *c, struct err *e);
/* steps.c: the same for the steps of a procedure, and for the holes of their texts. */
int platform_check_steps(const struct platform *p, struct err *e);
