/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* modules.dep of Linux 2.4, as modutils wrote it. */
#pragma once

#include "adding.h"
#include "own_indexes.h"

/* Makes the entries of these modules anew, which have to be of packages that were given:
 * a module of Linux 2.4 does not say what it needs, and of those it was found out.
 * ERR_UNSUPPORTED for others. */
int old_index_make(struct adding *g, const strs *modules, own_indexes *ret,
		   struct err *e);
