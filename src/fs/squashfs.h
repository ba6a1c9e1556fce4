/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SquashFS 4.0, little-endian (Linux, Documentation/filesystems/squashfs.rst, here "the
 * specification"): a file system that is made whole and only read from then on. Inodes
 * and directories lie in tables of metadata blocks, compressed 8 KiB each; files in
 * blocks of their own, and their ends together with those of others in fragments.
 * Extended attributes, owners and the table for NFS are not read.
 */
#pragma once

#include "codec.h"
#include "fs.h"

extern const struct fs_driver fs_squashfs;

/* --- squashfs-super.c --- */

struct squash_super {
	uint32_t block_size,
		fragments; /* bytes of a block of data; number of fragments */
	uint16_t compressor, block_log, major, minor;
	uint64_t root; /* where its inode lies, see squash_inode */
	uint64_t size; /* bytes of the file system */
	/* The bytes at which tables begin; a table that is not there has UINT64_MAX. */
	uint64_t ids, xattrs, inode_table, dir_table, fragment_table, exports;
	/* Of squash_super_check(): */
	uint64_t dir_end;
	codec_unpack_fn unpack;
};

enum { SQUASH_SUPER = 96 };

/* 1 and the fields where version 4 or a later one begins, else 0. */
int squash_super_read(struct blocks *b, struct squash_super *ret, struct err *e);
/* Can this be read here, with tables that lie inside of it? */
int squash_super_check(struct squash_super *s, const struct blocks *b, struct err *e);

/* --- squashfs-meta.c --- */

enum {
	SQUASH_META = 8192, /* what a metadata block holds, at most */
	SQUASH_META_KEPT = 16,
	SQUASH_DATA_KEPT = 2
};

/* A place in a table of metadata blocks. */
struct squash_cursor {
	uint64_t block; /* byte at which the metadata block begins */
	uint64_t end;   /* byte at which its table ends */
	uint32_t off;   /* in what the block holds */
};

/* A metadata block, unpacked. */
struct squash_meta {
	uint64_t at, next; /* bytes at which it and the one behind it begin */
	uint64_t used;     /* 0: nothing is here */
	size_t n;
	uint8_t bytes[SQUASH_META];
};

/* A block of data or a fragment, unpacked. */
struct squash_data {
	uint64_t at, used;
	uint32_t stored;
	size_t n;
	uint8_t *bytes; /* room for a block */
};

/* The blocks of the file that was read last. */
struct squash_map {
	bool known;
	uint64_t file; /* its inode */
	struct squash_piece {
		uint64_t at;
		uint32_t stored; /* as the inode says: 0 a hole, see squash_unpack() */
	} * pieces;
	size_t n;
};

struct squash {
	struct fs fs;
	struct blocks *blocks;
	struct squash_super super;
	uint64_t clock;
	struct squash_meta meta[SQUASH_META_KEPT];
	struct squash_data data[SQUASH_DATA_KEPT];
	struct squash_map map;
	uint8_t *packed; /* room for a block */
};

/* The next `len` bytes of a table, across its blocks; the cursor moves behind them. */
int squash_meta_read(struct squash *x, struct squash_cursor *at, void *buf, size_t len,
		     struct err *e);

/* --- squashfs-inode.c --- */

/* Kinds of inodes, as directories name them, too. */
enum squash_kind {
	SQUASH_DIR = 1,
	SQUASH_FILE,
	SQUASH_SYMLINK,
	SQUASH_BLOCK_DEVICE,
	SQUASH_CHAR_DEVICE,
	SQUASH_FIFO,
	SQUASH_SOCKET,
	SQUASH_EXTENDED = 7 /* is added to each of them in an extended inode */
};

/* No file's end lies in a fragment of this number. */
#define SQUASH_NO_FRAGMENT UINT32_MAX

/* An inode, decoded. Its number `id` says where it lies: in the block at byte id >> 16 of
 * the table of inodes, at byte id & 0xffff of what that holds. */
struct squash_inode {
	uint64_t id;
	enum squash_kind kind;
	uint32_t mode, number;
	uint64_t size;  /* of a file, a link's target, or a directory's list */
	uint64_t start; /* of a file: its blocks; of a directory: a block of the table */
	uint32_t fragment, off; /* of a file's end; of a directory's list in its block */
	uint32_t parent;        /* of a directory: number of the one above it */
	struct squash_cursor rest; /* the sizes of blocks, or a link's target */
};

int squash_inode_read(struct squash *x, uint64_t id, struct squash_inode *ret,
		      struct err *e);
enum node_type squash_node_type(enum squash_kind kind);

/* --- squashfs-dir.c --- */

struct squash_entry {
	uint64_t id; /* of its inode */
	enum squash_kind kind;
	struct slice name;
};
/* A positive return ends the walk, a negative one is passed on. Names are borrowed until
 * the callback returns. */
typedef int (*squash_entry_fn)(void *ctx, const struct squash_entry *entry,
			       struct err *e);
int squash_dir_walk(struct squash *x, const struct squash_inode *dir, squash_entry_fn fn,
		    void *ctx, struct err *e);

/* --- squashfs-data.c --- */

/* Exactly `len` bytes, which the caller has checked to lie inside of the file. */
int squash_file_read(struct squash *x, const struct squash_inode *file, uint64_t off,
		     void *buf, size_t len, struct err *e);
