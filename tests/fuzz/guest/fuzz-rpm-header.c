/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers of installed packages. A name seen in its first bytes is the name of the whole.
 */
#include <string.h>

#include "packages/rpm_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new((size_t)8 << 20);
	struct err e = ERR_INIT;
	struct rpm_package p;
	struct slice name;

	if (rpm_package_parse(slice_of(data, size), a, a, &p, &e) >= 0 &&
	    rpm_header_peek(slice_of(data, size), &name) && !slice_eq(name, p.name))
		__builtin_trap();
	return 0;
}
