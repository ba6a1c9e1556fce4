/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of one file, read where they are needed: of a guest's file, so that a module
 * or a kernel is not read whole, or of memory.
 */
#pragma once

#include "arena.h"
#include "tree.h"

struct file_bytes {
	uint64_t size;
	/* [off, off + len), which lies inside `size`: borrowed, or put into the arena. */
	int (*read)(void *ctx, uint64_t off, uint64_t len, struct arena *a,
		    struct slice *ret, struct err *e);
	void *ctx;
};

/* Both borrow what they are given. */
struct file_bytes file_bytes_of(const struct file *f);
struct file_bytes file_bytes_in(struct slice *memory);

/* [off, off + len). ERR_CORRUPT ("cut short") when the file ends before. */
int file_bytes_read(const struct file_bytes *b, uint64_t off, uint64_t len,
		    struct arena *a, struct slice *ret, struct err *e);
/* The first `len` bytes, or the whole file when it is shorter. */
int file_bytes_head(const struct file_bytes *b, uint64_t len, struct arena *a,
		    struct slice *ret, struct err *e);
