/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XFS, versions 4 and 5 of its format, as "XFS Algorithms & Data Structures" (here "the
 * specification") and Linux, fs/xfs/libxfs/xfs_format.h and xfs_da_format.h, give it. All
 * numbers on the disk are big-endian but for checksums. What version 5 has a checksum for
 * is believed only when that is right, and when it says that it belongs to this place.
 */
#pragma once

#include "fs.h"
#include "map.h"

extern const struct fs_driver fs_xfs;

/* --- xfs-super.c --- */

struct xfs_super {
	uint64_t blocks, log_start, root; /* of the file system; a block; an inode */
	uint64_t lsn;
	uint32_t block_size, group_blocks, groups, log_blocks, log_unit;
	uint32_t features2, compat, ro_compat, incompat, log_incompat;
	uint16_t version, sector_size, inode_size, inodes_per_block, log_sector_size;
	uint8_t block_log, sector_log, inode_log, per_block_log, group_log, dir_log,
		log_sector_log, in_progress;
	uint8_t uuid[16], meta_uuid[16], label[12];
	/* Of xfs_super_check(): */
	bool v5, typed, fold, wide_log; /* entries of directories tell types; names are
					 * compared without case; the log has version 2 */
	uint32_t dir_size;              /* bytes of a block of a directory */
	/* Where the log was replayed: what it wrote has checksums of before. NULL: it was
	 * empty. */
	struct blocks *replayed;
};

enum {
	XFS_INCOMPAT_BIGTIME = 8,
	XFS_INCOMPAT_NREXT64 = 32,
	XFS_RO_COMPAT_REFLINK = 4,
	XFS_SUPER_CRC = 224
};

/* 1 and the fields where an XFS begins, else 0. */
int xfs_super_read(struct blocks *b, struct xfs_super *ret, struct err *e);
/* Can this be read here, with sizes that fit these blocks? */
int xfs_super_check(struct xfs_super *s, struct blocks *b, struct err *e);

/* A block's number on the disk says in which group it lies: *ret counts the blocks from
 * the start of the disk. All `count` have to lie in one group. */
_must_check_ bool xfs_block_linear(const struct xfs_super *s, uint64_t block,
				   uint64_t count, uint64_t *ret);
/* The byte at which an inode lies; false where there is no room for it. */
_must_check_ bool xfs_inode_place(const struct xfs_super *s, uint64_t ino, uint64_t *ret);

/* --- xfs-meta.c --- */

/* Where a kind of metadata block of version 5 says what it is. */
struct xfs_meta {
	const char *what;
	uint32_t crc, place, uuid, owner;
};

/* CRC-32C of the bytes, which lie at byte `at` of the disk, with those of the checksum
 * itself as zeroes. Right is what the log wrote, too. */
bool xfs_crc_right(const struct xfs_super *s, struct slice block, uint64_t at,
		   size_t crc_at);
/* Is a block, which lies at byte `at` of the disk, of that kind, and of inode `owner`? */
int xfs_meta_check(const struct xfs_super *s, const struct xfs_meta *kind,
		   struct slice block, uint64_t at, uint64_t owner, struct err *e);

/* --- xfs-inode.c --- */

enum xfs_format { XFS_DEVICE, XFS_LOCAL, XFS_EXTENTS, XFS_BTREE };

enum { XFS_INODE_MAX = 2048, XFS_DIR_KEPT = 6 };

/* An inode, decoded. */
struct xfs_inode {
	uint64_t ino, size, extents; /* number of extents of its data */
	uint16_t mode, fork_at, fork_len;
	enum xfs_format format;
	bool realtime;                /* its data lie on another device */
	bool shared;                  /* it may share blocks with other files */
	uint8_t bytes[XFS_INODE_MAX]; /* as on the disk */
};

/* The fork of its data: the data themselves, or what leads to them. */
static inline struct slice xfs_fork(const struct xfs_inode *i)
{
	return slice_of(i->bytes + i->fork_at, i->fork_len);
}

/* A block of a directory that was read and found whole. */
struct xfs_dir_block {
	uint64_t ino, at, used; /* used 0: nothing is here */
	uint8_t *bytes;
};

struct xfs {
	struct fs fs;
	struct blocks *blocks;   /* with the log replayed where that was needed */
	struct blocks *replayed; /* owned, or NULL */
	struct xfs_super super;
	struct maps maps; /* of the files last read */
	struct xfs_dir_block dir[XFS_DIR_KEPT];
	uint64_t clock;
};

int xfs_inode_read(struct xfs *x, uint64_t ino, struct xfs_inode *ret, struct err *e);

/* --- xfs-map.c --- */

/* Where the data of a file lie, from the cache or the disk; borrowed until the next call.
 * What is allocated and not written is a hole. */
int xfs_map_of(struct xfs *x, const struct xfs_inode *i, const struct map **ret,
	       struct err *e);
/* The blocks that its maps speak of. */
struct map_space xfs_space(const struct xfs *x);

/* --- xfs-link.c --- */

int xfs_link_read(struct xfs *x, const struct xfs_inode *i, struct arena *a,
		  struct slice *ret, struct err *e);

/* --- xfs-dir-block.c --- */

/* The first blocks of a directory's hash index, and of its table of free room. */
#define XFS_DIR_LEAF ((uint64_t)32 << 30)
#define XFS_DIR_FREE ((uint64_t)64 << 30)

/* The magic number of one, in the order of versions 4 and 5. */
enum xfs_dir_kind { XFS_DIR_DATA, XFS_DIR_LEAF1, XFS_DIR_LEAFN, XFS_DIR_NODE };

struct xfs_dir_view {
	enum xfs_dir_kind kind;
	bool single; /* data, with the hash index at its end */
	struct slice all;
	struct slice records; /* of data: the entries; else 8 bytes each */
	struct slice hashes;  /* at the end of a single block: 8 bytes each */
	uint64_t next;        /* of a leaf: the block that follows, or 0 */
	unsigned level;       /* of a node */
};

/* The block of the directory that begins at byte `at` of it. Borrowed until XFS_DIR_KEPT
 * - 1 others were read. */
int xfs_dir_block(struct xfs *x, const struct xfs_inode *dir, uint64_t at,
		  struct xfs_dir_view *ret, struct err *e);

/* --- xfs-dir.c --- */

struct xfs_entry {
	uint64_t ino;
	struct slice name;
	uint8_t type; /* XFS_DIR3_FT_*, 0 when it is not told */
};
/* A positive return ends the walk, a negative one is passed on. Names are borrowed until
 * the callback returns. */
typedef int (*xfs_entry_fn)(void *ctx, const struct xfs_entry *entry, struct err *e);
int xfs_dir_walk(struct xfs *x, const struct xfs_inode *dir, xfs_entry_fn fn, void *ctx,
		 struct err *e);
/* The record at byte `off` of a block's records; *ret_len its length. *ret has inode 0
 * where it is free room. */
int xfs_dir_record(const struct xfs_super *s, const struct xfs_dir_view *block,
		   size_t off, struct xfs_entry *ret, size_t *ret_len, struct err *e);

/* --- xfs-find.c --- */

/* The inode that a name of the directory stands for; 0 when there is none. */
int xfs_dir_find(struct xfs *x, const struct xfs_inode *dir, struct slice name,
		 uint64_t *ret, struct err *e);
