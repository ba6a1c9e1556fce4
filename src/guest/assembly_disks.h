/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks as facts, with the volumes on them: between assembly.c and the volume layer. */
#pragma once

#include "assembly.h"

int assembly_read_image(struct assembly *as, struct guest *g,
			const struct assembly_disk *d, struct err *e);
/* A directory of the host, as one volume. */
int assembly_read_directory(struct assembly *as, struct guest *g,
			    const struct assembly_disk *d, struct err *e);
