/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration that Linux keeps inside of itself (CONFIG_IKCONFIG,
 * kernel/configs.c): compressed by gzip between two marks, somewhere in the kernel
 * proper, which is compressed itself in most images. All in front of it has to be
 * unpacked: on average half of a kernel, 20 to 50 ms with zstd, 0.3 s with xz.
 */
#pragma once

#include "tree.h"

/* Of a kernel's image (of a unified one: the part that is the kernel). ERR_ABSENT when it
 * has none, ERR_LIMIT when none was found in what is unpacked at most. */
int kernel_inside_config(const struct file *image, struct arena *a, struct slice *ret,
			 struct err *e);
