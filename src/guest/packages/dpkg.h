/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dpkg's database: which packages own kernels. */
#pragma once

#include "arena.h"
#include "vec.h"

struct dpkg_package {
	const char *name, *version, *arch;
	const char *status; /* "installed", "config-files", ... */
	unsigned line;      /* of its Package field */
};
typedef VEC(struct dpkg_package) dpkg_list;

/* The packages of a status file whose names are those of kernel packages. A damaged file
 * is ERR_CORRUPT; what was read before the damage is in the list then. */
int dpkg_parse(struct slice status, struct arena *a, dpkg_list *list, struct err *e);

/* The kernel releases whose image or modules a package's list of files names. */
int dpkg_kernels(struct slice list, struct arena *a, strs *ret, struct err *e);
