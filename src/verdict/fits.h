/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be asked of single modules, for those who change a guest. */
#pragma once

#include "facts.h"

/* Are the file of this module, in the folder of this kernel, and those of everything it
 * needs made for the kernel, as far as facts tell? One that is built in is. *ret_why:
 * NULL when they are; else a sentence in the arena that says why not, or that it is not
 * known.
 */
int module_fits(const struct facts *f, const struct kernel_fact *k, const char *module,
		struct arena *a, const char **ret_why, struct err *e);

/* Is it no line of modprobe.d but a word of a command line, which its argument is? */
bool modprobe_is_word(const struct modprobe_fact *f);

/* Does this line of modprobe.d, or this word, keep the module from being loaded, in a way
 * that ends when it goes? `is_need`: another module needs it, so that "blacklist" does
 * not count.
 */
bool modprobe_forbids(const struct modprobe_fact *f, const char *name, bool is_need);
