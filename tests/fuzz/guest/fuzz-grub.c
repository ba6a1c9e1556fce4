/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB 2 configurations. The input could be written by anybody with root rights in the
 * guest. Every file that the script asks for is the input again, so that sourcing,
 * configfile, load_env and blscfg are reached by one file.
 */
#include "boot/grub.h"
#include "limits.h"

struct world {
	struct slice input;
	struct source where;
};

static int world_read(void *ctx, const char *device, const char *path, struct slice *ret,
		      const struct source **ret_where, struct err *e)
{
	const struct world *w = ctx;

	(void)device;
	if (strstr(path, "absent"))
		return err_set(e, ERR_ABSENT, "absent");
	*ret = w->input;
	*ret_where = &w->where;
	return 0;
}

static int world_stat(void *ctx, const char *device, const char *path,
		      struct grub_stat *ret, struct err *e)
{
	const struct world *w = ctx;

	(void)device;
	if (strstr(path, "absent"))
		return err_set(e, ERR_ABSENT, "absent");
	*ret = (struct grub_stat){strlen(path) % 2, w->input.n};
	return 0;
}

static int world_list(void *ctx, const char *device, const char *path, strs *ret,
		      struct err *e)
{
	static const char *names[] = {"a-1.conf", "a-2.conf", "x"};

	(void)ctx;
	(void)device;
	(void)path;
	(void)e;
	*ret = (strs){names, ARRAY_LEN(names), ARRAY_LEN(names)};
	return 0;
}

static int world_search(void *ctx, const char *kind, const char *value, struct err *e)
{
	(void)ctx;
	(void)e;
	return (strlen(kind) + strlen(value)) % 2;
}

static int world_locate(void *ctx, const char *device, const char *path, const char **ret,
			struct err *e)
{
	(void)ctx;
	(void)e;
	*ret = *device ? path : NULL;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = {.input = slice_of(data, size), .where = {.path = "/grub.cfg"}};
	const struct grub_host host = {&w,         world_read,   world_stat,
				       world_list, world_search, world_locate};
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	_cleanup_arena_ struct arena *out = arena_new(LIMIT_FACTS);
	struct grub_result result = {0};
	struct err e = ERR_INIT;
	unsigned defaults = 0;

	if (!a || !out)
		return 0;
	if (grub_read(
		    &host,
		    &(struct grub_start){.path = "/boot/grub/grub.cfg", .efi = size % 2},
		    a, out, &result, &e) < 0)
		return 0;
	for (size_t i = 0; i < result.entries.n; i++)
		defaults += result.entries.v[i].is_default;
	if (defaults > 1 || !result.default_how)
		__builtin_trap(); /* one entry is started, and there is a reason */
	return 0;
}
