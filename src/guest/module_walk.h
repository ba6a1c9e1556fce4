/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking through a modules directory for module files. */
#pragma once

#include "guest.h"
#include "strmap.h"

/* Names (dashes as underscores) to paths. `all`: every directory; otherwise only those
 * that are filled beside the kernel's own (updates, extra, weak-updates, misc).
 * *ret_whole is false when a directory could not be read: a name that is not found may be
 * there. */
int module_walk(struct guest *g, const char *dir, bool all, struct strmap **ret,
		bool *ret_whole, struct err *e);
