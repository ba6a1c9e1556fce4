/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An initrd as Linux before 2.6 had it (its Documentation/initrd.txt): the image of an
 * ext2 file system, copied to a RAM disk and mounted, whose /linuxrc is run.
 */
#pragma once

#include "strbuf.h"
#include "stream.h"
#include "tree.h"

/* All that is left of the stream, of which no more than LIMIT_INITRD_IMAGE is taken. */
int image_bytes(struct stream *s, struct strbuf *ret, struct err *e);

/* One name in it, `path` without a leading slash, "" for the root: the file itself, and
 * what it leads to when it is a link; NULL: to nothing. All is borrowed. */
typedef int (*image_entry_fn)(void *ctx, const char *path, const struct file *self,
			      const struct file *target, struct err *e);

/* Tells every name once, folders before what is in them. */
int image_walk(struct slice bytes, struct arena *room, image_entry_fn fn, void *ctx,
	       struct err *e);
