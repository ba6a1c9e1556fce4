/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays of MD as volumes of the guest: between assembly.c and the volume layer. */
#pragma once

#include "assembly.h"

/* Remembers a volume that begins, or ends, like a member of an array. */
int assembly_add_raid_member(struct assembly *as, struct guest *g, struct blocks *blocks,
			     size_t volume, struct err *e);

/* Puts the arrays of all disks together, and those on arrays; each becomes a volume fact,
 * and what is on it is opened: a file system, or a table of partitions. */
int assembly_find_arrays(struct assembly *as, struct guest *g, struct err *e);

/* How the guest's own mdadm.conf calls them. */
int assembly_name_arrays(const struct assembly *as, struct guest *g, struct tree *tree,
			 struct err *e);
void assembly_free_arrays(struct assembly *as);
