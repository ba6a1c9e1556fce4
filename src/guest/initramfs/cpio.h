/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cpio archives that Linux unpacks as initramfs (its
 * Documentation/driver-api/early-userspace/buffer-format.rst): "newc", magic 070701, and
 * the same with sums of the files' bytes, 070702.
 */
#pragma once

#include "limits.h"
#include "stream.h"

struct cpio_member {
	struct slice name; /* as stored, without the zero; borrowed until the next one */
	uint32_t mode, size, nlink;
	uint32_t ino, dev_major, dev_minor; /* together: which file, for hard links */
	bool is_end;                        /* the trailer */
};

enum {
	CPIO_DIR = 0040000,
	CPIO_FILE = 0100000,
	CPIO_LINK = 0120000,
	CPIO_TYPE = 0170000,
	CPIO_PERMISSIONS = 07777
};

/* The state between members; all zero at the start of an archive. */
struct cpio {
	uint64_t left; /* of the member's body */
	uint32_t pad;  /* bytes behind it */
	bool has_sum;
	uint32_t want_sum, sum;
	char name[LIMIT_PATH + 4];
};

/* The next member; what is left of the body of the one before is passed over. */
int cpio_next(struct cpio *c, struct stream *s, struct cpio_member *ret, struct err *e);

/* The whole body (`size` bytes) of the member just returned, into `buf`. */
int cpio_body(struct cpio *c, struct stream *s, void *buf, struct err *e);
