/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The segments of an initramfs, as Linux unpacks them (its
 * Documentation/driver-api/early-userspace/buffer-format.rst): plain or compressed cpio
 * archives one behind the other, with zero bytes between them. What Linux would not
 * unpack is ERR_CORRUPT.
 */
#pragma once

#include "cpio.h"

/* What happens next after a part was read. Behind an image Linux reads nothing. */
enum walk_next { WALK_ON = 0, WALK_ENOUGH = 1, WALK_IMAGE = 2 };

/* Who is told what is found, in the order of the bytes. They are given `ctx`, and return
 * a walk_next or an error. */
struct initramfs_visitor {
	/* A segment begins at this byte of the file. */
	int (*segment)(void *ctx, uint64_t offset, enum codec codec, struct err *e);
	/* An archive begins: a segment may hold several. NULL: nobody asks. */
	void (*archive)(void *ctx);
	/* A member of it, but for a trailer; its body may be taken from the stream. */
	int (*member)(void *ctx, struct cpio *c, struct stream *s,
		      const struct cpio_member *m, struct err *e);
	/* All that is left of the stream is an ext2 file system. */
	int (*image)(void *ctx, struct stream *s, struct err *e);
	/* The segment was read whole: where its bytes end in the file, and how many it
	 * unpacked to. NULL: nobody asks. */
	void (*end)(void *ctx, uint64_t offset, uint64_t unpacked);
	void *ctx;
};

/* Walks all that the stream `s` yields. */
int initramfs_walk(struct stream *s, const struct initramfs_visitor *v, struct err *e);

/* The name of a member without empty and "." parts, into `buf`, which holds LIMIT_PATH +
 * 1 bytes. False when it holds "..", which Linux would follow to somewhere else, or when
 * nothing is left. */
bool member_path(struct slice name, char *buf);

/* A path without its "usr/": with /lib a link to /usr/lib, both spellings are one file.
 */
struct slice path_without_usr(struct slice path);
