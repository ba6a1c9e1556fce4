/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rule that names in directories follow on every file system. */
#pragma once

#include "limits.h"
#include "slice.h"

/* Can a file have that name? One component of a path, as POSIX has it (definitions
 * 3.170, 4.13), but for "." and "..". */
static inline bool fs_is_name(struct slice name)
{
	return name.n > 0 && name.n <= LIMIT_NAME && !slice_eq(name, ".") &&
	       !slice_eq(name, "..") && slice_find(name, 0, '/') == name.n &&
	       slice_find(name, 0, 0) == name.n;
}
