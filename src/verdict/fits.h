/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether modules may be taken from the disk into an initramfs. */
#pragma once

#include "facts.h"

/* Are the file of this module, in the folder of this kernel, and those of everything it
 * needs made for the kernel, as far as facts tell? One that is built in is. *ret_why:
 * NULL when they are; else a sentence in the arena that says why not, or that it is not
 * known.
 */
int module_fits(const struct facts *f, const struct kernel_fact *k, const char *module,
		struct arena *a, const char **ret_why, struct err *e);
