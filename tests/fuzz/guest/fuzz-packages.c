/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the texts that the databases of pacman and apk are made of. */
#include <string.h>

#include "limits.h"
#include "packages/apk.h"
#include "packages/pacman.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int see_file(void *ctx, const struct apk_package *p, const char *path,
		    struct err *e)
{
	if (!path && p->name.n == 0)
		__builtin_trap();
	return path ? owned_path(ctx, slice_str(path), e) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct arena *a = arena_new((size_t)4 << 20);
	struct owned_files of_apk = {.keep = a, .scratch = a};
	struct owned_files of_pacman = {.keep = a, .scratch = a};
	struct pacman_desc desc;
	struct err e = ERR_INIT;

	if (!a)
		return 0;
	(void)apk_parse(text, see_file, &of_apk, &e);
	if (pacman_desc_parse(text, &desc, &e) >= 0 && desc.name.n == 0)
		__builtin_trap();
	(void)pacman_files_parse(text, &of_pacman, &e);
	arena_free(a);
	return 0;
}
