/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing the root file system among those that were opened. */
#pragma once

#include "assembly.h"

/* What was opened on a volume, or on another device of the same file system; NULL:
 * nothing. */
const struct mountable *assembly_mountable(const struct assembly *as,
					   const struct guest *g, size_t volume);

/* The root of the guest; of a file system with subvolumes the tree of files that it is.
 * ERR_ABSENT when there is none, ERR_AMBIGUOUS when it is not known which of several,
 * ERR_USAGE when there is none that is asked for. */
int assembly_choose_root(const struct assembly *as, struct guest *g,
			 struct mountable *ret, struct err *e);

/* assembly.c: the tree of that root, with what its fstab mounts, as g->tree. */
int assembly_mount(const struct assembly *as, struct guest *g,
		   const struct mountable *root, struct err *e);
