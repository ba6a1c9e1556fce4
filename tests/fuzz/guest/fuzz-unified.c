/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a unified kernel image: no part of it lies outside of the file. */
#include <stdlib.h>

#include "limits.h"
#include "unified.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(const struct unified_range *r, size_t size)
{
	if (r->off > size || r->size > size - r->off)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	struct slice input = slice_of(data, size);
	struct file_bytes bytes = file_bytes_in(&input);
	struct unified u = {0};
	struct err e = ERR_INIT;

	if (!arena || unified_read(&bytes, arena, &u, &e) < 0)
		return 0;
	if (u.profiles.n == 0)
		abort();
	for (size_t i = 0; i < u.profiles.n; i++) {
		check_range(&u.profiles.v[i].kernel, size);
		check_range(&u.profiles.v[i].initramfs, size);
	}
	return 0;
}
