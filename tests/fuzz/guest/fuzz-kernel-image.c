/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a kernel image. */
#include "kernel_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice file = slice_of(data, size);
	struct file_bytes bytes = file_bytes_in(&file);
	struct arena *a = arena_new((size_t)4 << 20);
	struct kernel_image image = {0};
	struct err e = ERR_INIT;

	if (a)
		(void)kernel_image_read(&bytes, a, &image, &e);
	arena_free(a);
	return 0;
}
