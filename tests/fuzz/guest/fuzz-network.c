/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that configure or name network cards on newer guests. One input goes to all. */
#include "network/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is tied to something is told with what to. */
static void check(const struct nic_fact *nic)
{
	if ((nic->bound_line && !nic->bound) || (nic->bound && !*nic->bound))
		__builtin_trap();
}

static void key_files(struct slice s, struct arena *a)
{
	const struct keyfile *const forms[] = {keyfile_networkmanager, keyfile_networkd,
					       keyfile_link};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct nic_fact nic = {0};
		struct err e = ERR_INIT;
		bool any = false;

		if (keyfile_parse(forms[i], s, a, &nic, &any, &e) < 0)
			continue;
		check(&nic);
		if (any && !nic.device && !nic.hwaddr && !nic.bound)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(4 * 1024 * 1024);
	struct slice s = slice_of(data, size), policy;
	struct err e = ERR_INIT;
	nic_list list = {0};

	if (!a)
		return 0;
	key_files(s, a);
	if (link_policy(s, &policy) && policy.n > size)
		__builtin_trap();
	if (netplan_parse(s, a, &list, &e) >= 0)
		for (size_t i = 0; i < list.n; i++)
			check(&list.v[i]);
	list = (nic_list){0};
	err_clear(&e);
	if (udev_names_parse(s, a, &list, &e) >= 0)
		for (size_t i = 0; i < list.n; i++) {
			check(&list.v[i]);
			if (!list.v[i].device || (!list.v[i].hwaddr && !list.v[i].bound))
				__builtin_trap();
		}
	return 0;
}
