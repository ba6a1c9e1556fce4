/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The menu file of GRUB 0.9x (GNU GRUB Manual 0.97, "Configuration" and "Commands"): a
 * line a command, commands before the first "title" set the menu up, those behind a title
 * are run when that entry is chosen.
 */
#pragma once

#include "arena.h"
#include "vec.h"

/* One entry. Devices are as written, "(hd0,0)"; NULL: that of `root`, or without one the
 * device that GRUB was installed on. */
struct legacy_entry {
	const char *title;
	unsigned line;
	const char *root; /* the last root, rootnoverify or uuid before the kernel */
	const char *kernel_device, *kernel; /* NULL: starts no Linux kernel */
	const char *cmdline;
	unsigned cmdline_line;
	const char *initrd_device, *initrd; /* NULL: none */
	bool xen;        /* the kernel is the first module of a hypervisor */
	bool configfile; /* leads to another menu */
};

enum { LEGACY_FALLBACKS = 8 }; /* as many as GRUB keeps */

struct legacy_menu {
	const char *default_word; /* "0", "saved"; NULL: none given, the first entry */
	uint64_t fallback[LEGACY_FALLBACKS];
	size_t fallbacks;
	VEC(struct legacy_entry) entries;
};

/* Strings of the menu live in the arena. */
int grub_legacy_parse(struct slice text, struct arena *a, struct legacy_menu *ret,
		      struct err *e);

/* The number in the file that grub-set-default writes, 0 where it holds none. */
uint64_t grub_legacy_saved(struct slice text);

/* "(hd1,4)" as drive 1 and partition 5, "(hd1)" as 0; false for other devices. */
bool grub_legacy_device(const char *device, uint64_t *ret_drive, uint64_t *ret_partition);
