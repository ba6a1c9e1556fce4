/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as lilo.conf and zipl.conf. */
#include "boot/mapped.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const parsers[])(struct slice text, struct arena * a,
				      struct mapped_menu * ret,
				      struct err * e) = {lilo_parse, zipl_parse};

	for (size_t i = 0; i < ARRAY_LEN(parsers); i++) {
		_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
		struct mapped_menu menu = {0};
		struct err e = ERR_INIT;

		if (!a || parsers[i](slice_of(data, size), a, &menu, &e) < 0)
			continue;
		for (size_t k = 0; k < menu.entries.n; k++)
			if (!menu.entries.v[k].label)
				__builtin_trap();
	}
	return 0;
}
