/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Anything that is bytes at offsets: a raw file, a qcow2 chain, a partition, a logical
 * volume, a buffer in memory. All are this one type, so a file system opens any of them
 * and a test can feed memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "slice.h"
#include "vec.h"

struct blocks;

/* One piece of a range that blocks_where() follows: it lies at `off` of `b`. A negative
 * return ends the walk and is passed on. */
typedef int (*blocks_piece_fn)(void *ctx, struct blocks *b, uint64_t off, uint64_t len,
			       struct err *e);

struct blocks_ops {
	/* Reads [off, off + len), which the caller has checked to lie inside. All or
	 * error. */
	int (*read)(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e);
	/* Writes [off, off + len), which the caller has checked likewise. After an error
	 * the range holds old or new bytes. NULL: read only. */
	int (*write)(struct blocks *b, uint64_t off, const void *buf, size_t len,
		     struct err *e);
	/* Passes a range on to the blocks below it, by blocks_where(). NULL: the bytes
	 * are these blocks' own. */
	int (*where)(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
		     void *ctx, struct err *e);
	/* Frees what the implementation owns; may be NULL. */
	void (*done)(struct blocks *b);
};

struct blocks {
	const struct blocks_ops *ops;
	const char *format;    /* "raw", "qcow2", "partition", ... */
	uint64_t size;         /* bytes */
	uint32_t sector_size;  /* 512 unless stated or found otherwise */
	uint64_t reads, bytes; /* counters of blocks_read() on this object */
};

/* Reads exactly `len` bytes at `off`; a range outside is ERR_CORRUPT ("past the end"). */
_must_check_ int blocks_read(struct blocks *b, uint64_t off, void *buf, size_t len,
			     struct err *e);

/* Writes exactly `len` bytes at `off`; a range outside is ERR_CORRUPT, as with reading.
 * Blocks that cannot be written (a disk image, and what lies on it) are ERR_USAGE: the
 * way to change a disk is a copy on write over it (cow.h). A write does not reach what
 * was read before: a cache or a file system above these blocks has to be opened anew. */
_must_check_ int blocks_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
			      struct err *e);

/* Where [off, off + len) lies on the disks: through partitions and logical volumes, in
 * order. A range outside is ERR_CORRUPT. */
_must_check_ int blocks_where(struct blocks *b, uint64_t off, uint64_t len,
			      blocks_piece_fn fn, void *ctx, struct err *e);

/* NULL is allowed. Windows do not free their parent. */
struct blocks *blocks_free(struct blocks *b);
static inline void blocks_freep(struct blocks **b)
{
	blocks_free(*b);
}

/* An fd of a regular file or block device, read by pread. Takes the fd over on success.
 */
int blocks_raw(int fd, struct blocks **ret, struct err *e);

/* A disk that lies inside another file, as in an archive; size 0: it is the whole file.
 */
struct blocks_part {
	uint64_t at, size;
};
#define BLOCKS_WHOLE ((struct blocks_part){0, 0})
/* The same for a part of the file, which has to lie in it. */
int blocks_raw_part(int fd, struct blocks_part part, struct blocks **ret, struct err *e);

/* Borrowed bytes in memory (tests, fuzzing). */
int blocks_memory(struct slice s, struct blocks **ret, struct err *e);
/* The same, which can be written. */
int blocks_buffer(void *p, size_t n, struct blocks **ret, struct err *e);

/* [off, off + len) of the parent, which must outlive it: how a partition is made. It can
 * be written when the parent can. */
int blocks_window(struct blocks *parent, uint64_t off, uint64_t len, struct blocks **ret,
		  struct err *e);

/* Asks for another file of an image: its backing file or external data file. `from` is
 * the number of the image that names it (0 is the disk itself), `name` the name as
 * stored. Returns an fd, or a negative error code (ERR_REFUSED by policy). `ret_id` is
 * the number of the file given out: the same file gets the same number, which is how
 * loops are seen. */
typedef int blocks_open_fn(void *ctx, unsigned from, const char *name, int *ret_fd,
			   unsigned *ret_id, struct err *e);

struct blocks_opener {
	blocks_open_fn *open;
	void *ctx;
	/* Has the image `from` itself served as NBD's only export by a program that reads
	 * its format, `name`; an fd of the connection. NULL: nobody does that. */
	blocks_open_fn *serve;
};

/* How an image was put together, for the report. */
struct blocks_chain {
	VEC(struct chain_link {
		const char *name;   /* as stored in the image that names it */
		const char *format; /* "raw", "qcow2" */
		const char *role;   /* "backing", "data" */
	})
	links;
};

/* Opens a disk image. `format` is as qemu-img names it, or NULL: then an image is
 * recognised by its header, and everything else is raw. Formats other than raw and qcow2
 * are read through `opener->serve`; without it they are ERR_UNSUPPORTED by name with what
 * to do. Takes the fd over on success. `chain` is filled in the
 * arena. */
int blocks_open(int fd, const char *format, const struct blocks_opener *opener,
		struct arena *a, struct blocks_chain *chain, struct blocks **ret,
		struct err *e);

/* The same for an image that is a part of the file; `opener->serve` knows which part. No
 * further file is opened for it. */
int blocks_open_part(int fd, struct blocks_part part, const char *format,
		     const struct blocks_opener *opener, struct arena *a,
		     struct blocks_chain *chain, struct blocks **ret, struct err *e);

/* A disk that `opener->serve` reaches, as a raw one: the export of that name. */
int blocks_open_export(const struct blocks_opener *opener, const char *export_name,
		       struct blocks **ret, struct err *e);

/* The image in the file `path` of another machine, which `opener->serve` reaches by
 * SFTP (sftp_client.h). `format` and `chain` as with blocks_open(); raw and qcow2 are
 * read, and nothing behind them. */
int blocks_open_sftp(const struct blocks_opener *opener, const char *path,
		     const char *format, struct arena *a, struct blocks_chain *chain,
		     struct blocks **ret, struct err *e);

/* "VMDK" for "vmdk"; NULL when no image of that name is read through another program. */
const char *blocks_served_name(const char *format);

/* qcow2 (its specification: QEMU docs/interop/qcow2.txt). */
int blocks_qcow2(int fd, unsigned id, unsigned depth, const struct blocks_opener *opener,
		 struct arena *a, struct blocks_chain *chain, struct blocks **ret,
		 struct err *e);
