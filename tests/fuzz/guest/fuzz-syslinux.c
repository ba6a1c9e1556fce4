/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a configuration of Syslinux, which includes itself. */
#include "boot/syslinux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int include(void *ctx, _unused_ const char *name, struct slice *ret,
		   struct source *ret_where, _unused_ struct err *e)
{
	*ret = *(struct slice *)ctx;
	*ret_where = (struct source){0};
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(1024 * 1024);
	struct slice self = slice_of(data, size);
	const struct syslinux_files files = {include, &self};
	const struct source where = {0};
	struct syslinux_menu m;
	struct syslinux_choice c;
	struct err e = ERR_INIT;

	if (!a || syslinux_parse(self, &where, &files, a, &m, &e) < 0)
		return 0;
	for (size_t i = 0; i < m.entries.n; i++)
		if (!m.entries.v[i].label || !m.entries.v[i].title ||
		    !m.entries.v[i].arguments)
			__builtin_trap();
	for (unsigned u_boot = 0; u_boot < 2; u_boot++)
		if (syslinux_default(&m, u_boot, a, &c, &e) >= 0 &&
		    (c.entry >= m.entries.n || !c.how || !c.options))
			__builtin_trap();
	return 0;
}
