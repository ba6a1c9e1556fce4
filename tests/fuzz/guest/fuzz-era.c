/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text files that older guests have: GRUB Legacy's menu, and what configures network
 * cards. One input goes to all. (What newer guests have for cards: fuzz-network.c.)
 */
#include "boot/grub_legacy.h"
#include "network/config.h"

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

static void network(struct slice s, struct arena *a)
{
	struct nic_fact nic = {0};
	struct err e = ERR_INIT;
	nic_list list = {0};
	bool flag;

	(void)!ifcfg_parse(s, s, a, &nic, &flag, &e);
	(void)!udev_names_parse(s, a, &list, &e);
	list = (nic_list){0};
	if (hwconf_parse(s, a, &list, &e) >= 0)
		for (size_t i = 0; i < list.n; i++)
			if (!list.v[i].device)
				__builtin_trap();
	(void)!interfaces_parse(s, a, &list, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(1024 * 1024);

	if (!a)
		return 0;
	menu(slice_of(data, size), a);
	network(slice_of(data, size), a);
	return 0;
}
