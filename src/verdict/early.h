/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What early.c and early_root.c share. */
#pragma once

#include "chain.h"

/* What the modules of an early boot come to. */
struct early {
	const struct initramfs_fact *i;
	bool readable;
	strs missing; /* there on the disk, not in the initramfs */
	strs present; /* in it, and it loads them */
	size_t faults;
	strs stacks; /* kinds of volumes that / lies on, asked already */
};

/* Has the kernel a file of this module, on the disk? */
bool is_module_file(const struct judge *j, const char *name);
/* One module that must be there early; `disk` is it as the kernel's folder has it. */
void check_module(struct judge *j, struct early *x, const struct module_fact *disk,
		  const char *name);

/* early_root.c */
void add_root(struct judge *j, struct early *x);
