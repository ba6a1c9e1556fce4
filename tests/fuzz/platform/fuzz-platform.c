/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A platform file of any bytes is loaded, or refused with a sentence. */
#include <stdlib.h>

#include "platform.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(4 << 20);
	struct err e = ERR_INIT;
	struct platform *p = NULL;
	int r;

	if (!a)
		return 0;
	r = platform_parse(slice_of(data, size), "fuzz.yaml", a, &p, &e);
	if ((r < 0) != (p == NULL) || (r < 0 && !e.text[0]))
		abort();
	if (p) {
		support_rows rows = {0};

		platform_support_for(p, "debian", "12", "x86_64", "amd64", a, &rows, &e);
	}
	arena_free(a);
	return 0;
}
