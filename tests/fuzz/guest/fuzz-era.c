/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text files of guests of the time of Linux 2.4 and 2.6: GRUB Legacy's menu. One input
 * goes to all.
 */
#include "boot/grub_legacy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void menu(struct slice s, struct arena *a)
{
	struct legacy_menu m = {0};
	struct err e = ERR_INIT;
	uint64_t drive, partition;

	(void)grub_legacy_saved(s);
	if (grub_legacy_parse(s, a, &m, &e) < 0)
		return;
	for (size_t i = 0; i < m.entries.n; i++) {
		const struct legacy_entry *entry = &m.entries.v[i];

		if (!entry->title || (entry->initrd && !entry->kernel))
			__builtin_trap();
		if (entry->kernel_device)
			(void)grub_legacy_device(entry->kernel_device, &drive,
						 &partition);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(1024 * 1024);

	if (a)
		menu(slice_of(data, size), a);
	return 0;
}
