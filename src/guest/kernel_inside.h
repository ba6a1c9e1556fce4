/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration that Linux keeps inside of itself (CONFIG_IKCONFIG,
 * kernel/configs.c): compressed by gzip between two marks, somewhere in the kernel
 * proper, which is compressed itself in most images. All in front of it has to be
 * unpacked: of the 53 MB of Debian's 6.1, 20 ms with lz4, 40 ms with zstd, 0.5 s with xz;
 * 8 MiB of memory, with zstd up to the kernel's length.
 */
#pragma once

#include "tree.h"

/* Of a kernel's image (of a unified one: the part that is the kernel). ERR_ABSENT when it
 * has none, ERR_LIMIT when none was found in what is unpacked at most. */
int kernel_inside_config(const struct file *image, struct arena *a, struct slice *ret,
			 struct err *e);
