/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A boot without firmware and boot loader: the machine is given the kernel and the
 * initramfs that the guest's own boot would take.
 */
#pragma once

#include "facts.h"

struct direct {
	const char *not_provable; /* why nothing can be taken; NULL: it can */
	/* Paths in the guest. Several initramfs come one behind the other. */
	const char *kernel;
	strs initramfs;
	const char *cmdline;
	const char *from; /* where these were found, for people; escaped */

	/* The files' bytes, which QEMU inherits; the caller's. -1: none. */
	int kernel_fd, initramfs_fd;
};

#define DIRECT_NONE \
	{ \
		.kernel_fd = -1, .initramfs_fd = -1 \
	}

/* Those of the default boot entry; without any entry the only kernel, its initramfs, and
 * root= of the facts. Fills all but the descriptors; texts live in the arena. */
int direct_choose(const struct facts *f, struct arena *a, struct direct *ret,
		  struct err *e);

/* What was taken, one sentence in the arena; NULL when it is full. */
const char *direct_text(const struct direct *d, struct arena *a);
