/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ext2, ext3 and ext4. libext2fs reads the superblock, the group descriptors and the
 * inodes and knows the checksums; what walks structures of a size that the image chooses
 * (block maps, directories, inline data, the journal) is done here, with bounds, and in
 * as few reads as the layout allows. The layout is that of Linux,
 * Documentation/filesystems/ ext4.
 */
#pragma once

#include <ext2fs/ext2fs.h>

#include "fs.h"
#include "map.h"

extern const struct fs_driver fs_ext;

/* 1 and the identity when the magic number is there, else 0. */
int ext_identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
		 struct err *e);

/* The fields of a superblock that must make sense before libext2fs may see it. */
struct ext_super {
	uint32_t inodes, first_block, log_block, log_cluster, per_group,
		clusters_per_group;
	uint32_t inodes_per_group, rev, compat, incompat, ro_compat, flags;
	uint32_t journal_inode, journal_device, error_count;
	uint16_t magic, state, inode_size, desc_size, encoding;
	uint64_t blocks;
	uint8_t uuid[16], journal_uuid[16];
	char label[17];
};

int ext_super_read(struct blocks *b, struct ext_super *ret, struct err *e);
/* Is this a file system that can be read here, with sizes that fit these blocks? */
int ext_super_check(const struct ext_super *s, const struct blocks *b, struct err *e);
/* "ext2", "ext3", "ext4" or "jbd", as blkid decides. */
const char *ext_super_type(const struct ext_super *s);
static inline uint32_t ext_block_size(const struct ext_super *s)
{
	return 1024u << s->log_block;
}

/* What libext2fs reads and writes through; `err` is the reason of its last failure. */
struct ext_io {
	struct blocks *blocks;
	struct err err;
	bool writable; /* the reader never sets it */
};

/* Opens the blocks of `io`, read-only unless it is writable. `io` must stay where it is
 * until ext2fs_free(). */
int ext_io_open(struct ext_io *io, ext2_filsys *ret, struct err *e);
/* Makes an empty file system on the blocks of a writable `io`: `params` as
 * ext2fs_initialize(3) takes them. Nothing of it is written before ext2fs_flush(). */
int ext_io_create(struct ext_io *io, struct ext2_super_block *params, ext2_filsys *ret,
		  struct err *e);
/* Turns an error of libext2fs into ours: the io's own reason where it has one. */
int ext_io_error(struct ext_io *io, errcode_t code, struct err *e);

/* An inode, decoded. */
struct ext_inode {
	uint32_t ino, flags, mode, sectors;
	uint64_t size;
	uint32_t acl_block_set;
	uint8_t block[60]; /* i_block as on the disk */
};

/* The names of the directory last searched, once it was searched again and again. */
struct ext_names {
	struct arena *arena;
	struct strmap *map; /* name to struct ext_name */
	uint32_t dir;
	unsigned asked;
};

struct ext {
	struct fs fs;
	struct ext_io io;
	struct ext_super super;
	ext2_filsys lib;
	struct blocks *overlay; /* the replayed journal over the blocks, or NULL */
	uint8_t *inode;         /* the last inode read, whole */
	size_t inode_size;
	struct maps maps; /* of the files last read */
	struct ext_names names;
};

/* Opens without regard to the journal: what replay itself starts from. */
int ext_open_raw(struct blocks *b, struct ext **ret, struct err *e);
static inline void ext_freep(struct ext **x)
{
	if (*x)
		fs_free(&(*x)->fs);
}

/* The log of a file system that needs recovery. */
struct ext_log {
	struct blocks *overlay; /* shows it replayed over the blocks; NULL: it is empty */
	uint32_t next;          /* number of the first transaction after it */
	struct ext *raw;        /* the file system without it */
	const struct map *map;  /* of the journal, borrowed from `raw` */
};

/* `ret` is all zero, and to be freed in any case. `b` must outlive it. */
int ext_log_replay(struct blocks *b, const struct ext_super *s, struct ext_log *ret,
		   struct err *e);
void ext_log_done(struct ext_log *log);
#define _cleanup_ext_log_ _cleanup_(ext_log_done)

int ext_inode_read(struct ext *x, uint64_t ino, struct ext_inode *ret, struct err *e);

/* The map of a file, from the cache or the disk; borrowed until the next call. */
int ext_map_of(struct ext *x, const struct ext_inode *i, const struct map **ret,
	       struct err *e);
/* The blocks that its maps speak of. */
struct map_space ext_space(const struct ext *x);

/* The two pieces of inline data: in i_block and in the attribute "system.data" (empty
 * when there is none). Borrowed from `i` and from x->inode. */
int ext_inline(struct ext *x, const struct ext_inode *i, struct slice *ret_first,
	       struct slice *ret_rest, struct err *e);

/* Bytes [off, off + len) of any inode that has data, inline or mapped. */
int ext_data_read(struct ext *x, const struct ext_inode *i, uint64_t off, void *buf,
		  size_t len, struct err *e);

struct ext_entry {
	uint32_t ino;
	struct slice name;
	uint8_t type; /* as stored: EXT2_FT_*, 0 when unknown */
};
/* A positive return ends the walk, a negative one is passed on. */
typedef int (*ext_entry_fn)(void *ctx, const struct ext_entry *entry, struct err *e);
int ext_dir_walk(struct ext *x, const struct ext_inode *dir, ext_entry_fn fn, void *ctx,
		 struct err *e);
/* The inode that a name of the directory stands for; 0 when there is none. */
int ext_dir_find(struct ext *x, const struct ext_inode *dir, struct slice name,
		 uint32_t *ret, struct err *e);
