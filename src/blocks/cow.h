/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A disk that can be written while its source is only read. What was written lies in a
 * scratch file, block behind block in the order of their first write, so that the file
 * never grows beyond the limit, wherever on the disk the blocks are.
 */
#pragma once

#include "blocks.h"

enum { COW_BLOCK = 4096, COW_COMPARED = 1 << 20 };

/* A file without a name, which goes with its last descriptor: in `dir`, or in memory
 * where the file system of `dir` has no such files. NULL: $TMPDIR, else /var/tmp. */
int cow_scratch(const char *dir, int *ret_fd, struct err *e);

struct cow;

/* The size that the scratch file may reach, and the memory that remembering its blocks
 * may take; a limit that is too large is ERR_USAGE. */
int cow_needs(uint64_t limit, uint64_t *ret_file, uint64_t *ret_memory, struct err *e);

/* Borrows the source and the fd of an empty file. `limit` is on the bytes that differ
 * from the source, counted in blocks. */
int cow_new(struct blocks *source, int scratch_fd, uint64_t limit, struct cow **ret,
	    struct err *e);
/* NULL is allowed. */
struct cow *cow_free(struct cow *c);
static inline void cow_freep(struct cow **c)
{
	cow_free(*c);
}

uint64_t cow_size(const struct cow *c);

/* The changed disk as blocks that can be written, for volumes and file systems on it.
 * They are freed with the cow. */
struct blocks *cow_blocks(struct cow *c);
/* What lies below, unchanged: the caller's of cow_new(). */
struct blocks *cow_source(const struct cow *c);

/* A range outside the disk is ERR_USAGE. What is beyond the limit is ERR_LIMIT, and
 * nothing of it is written; after another error the range holds old or new bytes. */
int cow_read(struct cow *c, uint64_t off, void *buf, size_t len, struct err *e);
int cow_write(struct cow *c, uint64_t off, const void *buf, size_t len, struct err *e);
int cow_zero(struct cow *c, uint64_t off, uint64_t len, struct err *e);

/* A range of the disk that was changed: whole blocks, but for the disk's end. `zero`: it
 * was zeroed and not written since. A negative return ends the walk and is passed on. */
typedef int (*cow_run_fn)(void *ctx, uint64_t off, uint64_t len, bool zero,
			  struct err *e);

/* All changed ranges by ascending offset; neighbours of one kind are one range. Takes 16
 * bytes of memory a changed block meanwhile; `fn` must not write to the disk. */
int cow_walk(const struct cow *c, cow_run_fn fn, void *ctx, struct err *e);

/* Whole blocks that were written, at most COW_COMPARED bytes, borrowed until the return:
 * each of them differs from what was there, or none does. */
struct cow_change {
	uint64_t off;
	struct slice old, new;
	bool differs;
};
typedef int (*cow_change_fn)(void *ctx, const struct cow_change *change, struct err *e);

/* Tells all that was written beside what was there, by ascending offset; as cow_walk()
 * otherwise. */
int cow_compare(struct cow *c, cow_change_fn fn, void *ctx, struct err *e);
