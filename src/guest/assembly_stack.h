/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What volumes that lie on other volumes share: logical volumes and arrays. */
#pragma once

#include "assembly.h"

/* Lists the disks of another volume for this one. */
int assembly_add_disks(struct guest *g, struct volume_fact *f,
		       const struct volume_fact *below, struct err *e);
/* Says that a new volume lies on the one with that index, and so on its disks. */
int assembly_lies_on(struct guest *g, struct volume_fact *f, size_t below, struct err *e);
/* Tells what was found out about a volume: a remark (ERR_NONE) or a problem. */
int assembly_tell(struct guest *g, const struct volume_fact *v, enum err_code code,
		  const char *text, struct err *e);
