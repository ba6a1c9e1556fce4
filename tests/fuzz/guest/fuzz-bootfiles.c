/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The small text files of booting: GRUB's environment block, Boot Loader Specification
 * entries, fstab. One input goes to all three.
 */
#include "boot/grub.h"
#include "fstab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(1024 * 1024);
	struct slice s = slice_of(data, size), left = s, right = s;
	struct bls_entry entry;
	struct err e = ERR_INIT;
	fstab table = {0};
	grubenv env;

	if (!a)
		return 0;
	(void)!grubenv_parse(s, a, &env, &e);
	(void)!bls_parse(s, "a-1.conf", a, &entry, &e);
	if (fstab_parse(s, a, &table, &e) == 0)
		for (size_t i = 0; i < table.n; i++)
			if (fstab_has_option(&table.v[i], "bind") &&
			    !strstr(table.v[i].options, "bind"))
				__builtin_trap();
	if (slice_sub(s, 0, size / 2, &left) &&
	    slice_sub(s, size / 2, size - size / 2, &right)) {
		int order = bls_version_cmp(left, right);
		int back = bls_version_cmp(right, left);

		if ((order < 0) != (back > 0) || (order == 0) != (back == 0))
			__builtin_trap(); /* an order that sorting can rely on */
	}
	return 0;
}
