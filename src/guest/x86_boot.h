/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The setup header of an x86 boot image: Documentation/arch/x86/boot.rst of Linux. */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "slice.h"

/* Offsets are from the file's start; 0: the image does not say. */
struct x86_boot {
	uint64_t setup;   /* bytes of the boot sector and the setup code */
	uint64_t size;    /* of the whole image */
	uint64_t release; /* where the text of its release is, within the setup code */
	uint64_t payload, payload_size; /* the kernel proper, most often compressed */
	const char *arch;
};

/* Does a file that begins so have one? */
bool x86_boot_is(struct slice head);
/* Of such a file. ERR_CORRUPT: it ends within its setup header. */
int x86_boot_read(struct slice head, struct x86_boot *ret, struct err *e);
