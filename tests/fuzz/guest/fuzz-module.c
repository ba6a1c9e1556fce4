/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a kernel module, as they are and unpacked. */
#include "module_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new((size_t)16 << 20);
	struct module_info info = {0};
	struct err e = ERR_INIT;
	struct slice plain;

	if (a && module_unpack(slice_of(data, size), a, &plain, &e) >= 0)
		(void)module_parse(plain, a, &info, &e);
	arena_free(a);
	return 0;
}
