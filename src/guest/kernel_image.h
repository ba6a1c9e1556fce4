/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file a boot loader starts as the kernel: is it one, for which architecture, and of
 * which release.
 */
#pragma once

#include "file_bytes.h"

struct kernel_image {
	const char *kind;    /* "x86 boot image", "ELF file", ... */
	const char *arch;    /* NULL when the image does not say */
	const char *release; /* NULL when the image does not say; in the arena */
};

/* ERR_CORRUPT with the reason when it is no kernel, or cut short. Of a unified kernel
 * image it wants the part that is the kernel (unified.h). */
int kernel_image_read(const struct file_bytes *bytes, struct arena *a,
		      struct kernel_image *ret, struct err *e);
