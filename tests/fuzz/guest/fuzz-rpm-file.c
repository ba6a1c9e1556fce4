/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packages as files. What is kept lies below the two folders that drivers go to. */
#include "limits.h"
#include "packages/rpm_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_DRIVER_PACKAGE_MEMORY);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	struct err e = ERR_INIT;
	struct rpm_file f;

	if (!a || blocks_memory(slice_of(data, size), &b, &e) < 0 ||
	    rpm_file_read(b, a, &f, &e) < 0)
		return 0;
	for (size_t i = 0; i < f.members.n; i++) {
		struct slice path = slice_str(f.members.v[i].path);

		if ((!slice_starts(path, "/lib/modules/") &&
		     !slice_starts(path, "/etc/depmod.d/")) ||
		    slice_search(path, "/../", 4) < path.n)
			__builtin_trap();
	}
	return 0;
}
