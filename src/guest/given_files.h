/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of packages that were given, while they are put in place. */
#pragma once

#include "packages/rpm_file.h"

struct given_files {
	const char *name; /* of the package's file, as the user named it */
	struct rpm_file file;
	struct arena *room; /* that it lives in */
};
typedef VEC(struct given_files) given_files_list;
