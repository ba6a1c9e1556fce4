/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds a package of drivers that somebody gives against the kernels of a guest. */
#pragma once

#include "given.h"
#include "guest.h"
#include "loading_read.h"
#include "packages/rpm_file.h"

/* Appends what is known of the package to g->facts->given_packages: the kernels are those
 * of g->facts. *ret_file holds its files afterwards; strings and bytes of it live in
 * `a`. A package that cannot be read is told as one, and has no files. */
int given_read(struct guest *g, const struct loading_file *from, struct arena *a,
	       struct rpm_file *ret_file, struct err *e);
