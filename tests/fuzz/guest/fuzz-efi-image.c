/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a program for UEFI. The maker of the disk image controls all of the input.
 */
#include "boot/efi.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	struct slice input = slice_of(data, size);
	struct file_bytes bytes = file_bytes_in(&input);
	struct efi_image image;
	struct err e = ERR_INIT;

	if (arena && efi_image_read(&bytes, arena, &image, &e) >= 0 &&
	    (image.memdisk > size || image.memdisk_size > size - image.memdisk))
		abort();
	return 0;
}
