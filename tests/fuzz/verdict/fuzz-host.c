/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The description of a host, from a command line or a configuration file: what is taken
 * can be told, and, where nothing is unknown, taken again as the same. */
#include <stdlib.h>
#include <string.h>

#include "host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const char *text, struct arena *a)
{
	struct err e = ERR_INIT;
	struct host h, again;
	const char *told, *told_again;

	if (host_parse(text, a, &h, &e) < 0)
		return;
	told = host_text(&h, a);
	if (!told || !h.release || !h.arch || !h.vendor)
		return;
	if (host_parse(told, a, &again, &e) < 0)
		abort();
	told_again = host_text(&again, a);
	if (told_again && strcmp(told, told_again) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(1 << 20);
	const char *text = a ? arena_strndup(a, slice_of(data, size)) : NULL;

	if (text)
		take(text, a);
	arena_free(a);
	return 0;
}
