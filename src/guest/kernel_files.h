/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that belong to a kernel besides its image and its modules. */
#pragma once

#include "guest.h"

/* Sets k->config, and k->initramfs.path where no boot entry starts the kernel. */
int kernel_find_files(struct guest *g, struct kernel_fact *k, struct err *e);
