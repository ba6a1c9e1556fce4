/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* apk's database: which packages of Alpine Linux own kernels (apk-installed(5)). */
#pragma once

#include "guest.h"

/* One package of the database. Slices are of its text. */
struct apk_package {
	struct slice name, version, arch;
	unsigned line; /* of its name */
};

/* Called for each file, its path beginning with a slash; ends a package with NULL. */
typedef int (*apk_file_fn)(void *ctx, const struct apk_package *p, const char *path,
			   struct err *e);

/* Reads a database. What comes before damage (ERR_CORRUPT) was called for. */
int apk_parse(struct slice text, apk_file_fn fn, void *ctx, struct err *e);
