/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes the cpio archives that Linux unpacks as initramfs (its
 * Documentation/driver-api/early-userspace/buffer-format.rst): "newc", magic 070701.
 */
#pragma once

#include "strbuf.h"
#include "vec.h"

/* A file, or a folder without a body. A folder is only to be written where none is: an
 * entry of another type takes the place of what was there. */
struct new_member {
	const char *path; /* without a leading slash */
	uint32_t mode;    /* type and permissions; owner and group are root */
	struct slice body;
};
typedef VEC(struct new_member) new_members;

/* Appends one whole archive with its trailer to `out`. It has to come to lie at a
 * multiple of 4, counted as Linux counts: from the start of the file, or of what a
 * compressed segment unpacks to. Times are zero: the same members give the same bytes.
 * ERR_LIMIT when `out` cannot take it. */
int cpio_write(const new_members *list, struct strbuf *out, struct err *e);
