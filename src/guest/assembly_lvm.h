/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logical volumes as volumes of the guest: between assembly.c and the volume layer. */
#pragma once

#include "assembly.h"

/* Remembers a volume that holds no file system which was opened: it may be a physical
 * volume. */
int assembly_add_physical(struct assembly *as, struct guest *g, struct blocks *blocks,
			  size_t volume, struct err *e);

/* Puts the volume groups of all disks together; each logical volume becomes a volume
 * fact, and its file system is opened. */
int assembly_find_logical(struct assembly *as, struct guest *g, struct err *e);
