/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which images a description names as the disks of its machine, for opening them. A pure
 * function: what is there, and what may be opened, the caller finds out.
 */
#pragma once

#include "machine.h"

struct machine_image {
	const char *file;   /* as written */
	const char *format; /* as qemu-img names it; NULL: not stated */
	const char *pool;   /* `file` is a volume of this storage pool; NULL: it is not */
	uint64_t line;      /* of the description */
	const char *disk;   /* by which name it was opened; NULL until then */
};
typedef VEC(struct machine_image) machine_image_list;

/* The images in the order in which the machine tries to boot from them, each once; what
 * the description says nothing of follows in its own order. Drives for removable media
 * and empty disks are passed over. ERR_UNSUPPORTED: a disk that is no file, with its
 * line. ERR_ABSENT: there is none. */
int machine_images(const struct machine *m, struct arena *a, machine_image_list *ret,
		   struct err *e);

/* Sets `disk` of the machine's disks to that of the image that they name. */
void machine_match_images(struct machine *m, const machine_image_list *list);
