/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that a module needs, rebuilt from what the modules say themselves. */
#pragma once

#include "module_store.h"

struct module_closure {
	strs order;   /* names, each behind what it needs itself; no built-in ones */
	strs missing; /* those of them that are no file */
};

/* The lists live in the store's scratch arena. ERR_LIMIT where there is no end to them.
 */
int module_closure_find(struct module_store *s, const struct stored_module *m,
			struct module_closure *ret, struct err *e);
