/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's own modules.dep and its kin, with the lines that a stale one lacks. */
#pragma once

#include "guest.h"

struct own_index {
	const char *path;
	struct slice bytes; /* the whole new file */
};
typedef VEC(struct own_index) own_indexes;

/* Makes the indexes of this kernel's folder anew for these modules: for what they need
 * and what needs them as well, where the old lines are wrong. Only those indexes that are
 * there. All of *ret lives in `a`; the guest is not changed.
 *
 * ERR_UNSUPPORTED, with a sentence for an administrator: there is no modules.dep to start
 * from, or the kernel is of a time when depmod did more. */
int change_own_indexes(struct guest *guest, const struct kernel_fact *kernel,
		       const strs *modules, struct arena *a, own_indexes *ret,
		       struct err *e);
