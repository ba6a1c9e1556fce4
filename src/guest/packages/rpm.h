/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where rpm databases lie in a guest, and which kernel a package owns. */
#pragma once

#include "guest.h"
#include "packages/rpm_db.h"

/* Finds and reads the database in a directory of the guest: only the packages whose name
 * is wanted (NULL: all). ERR_ABSENT when there is none. Everything lives in the guest's
 * facts and scratch arenas. */
int rpm_read_directory(struct guest *g, const char *dir, bool (*want)(struct slice name),
		       struct rpmdb *ret, struct file *ret_file, struct err *e);

/* The kernel release of a package that has no files: what its name says; NULL when it
 * owns none or that cannot be known. */
int rpm_kernel_by_name(const struct rpm_package *p, struct arena *a, const char **ret,
		       struct err *e);
