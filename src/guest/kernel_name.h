/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the names of kernels say. */
#pragma once

#include "arena.h"

/* The part behind "vmlinuz-" and its kin of a kernel image's base name; false when the
 * name is none of a kernel (checksums, old copies, memory testers). */
bool kernel_name_of_image(struct slice base, struct slice *ret_suffix);

/* Which variant of a distribution's kernel a release is: "cloud-amd64", "generic", "PAE",
 * "smp", "default"; NULL when it does not say (or the arena is full). */
const char *kernel_flavour(const char *release, struct arena *a);
