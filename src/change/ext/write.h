/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing to ext2, ext3 and ext4. libext2fs makes the changes; what it trusts and an
 * image chooses (bitmaps, block lists, directories and their hash index) is checked
 * before, by our own reader where that reads the same.
 */
#pragma once

#include "ext.h"
#include "fs_write.h"

struct ext_writer {
	struct fs_writer writer;
	struct ext_io io;
	struct ext_super super;
	ext2_filsys lib;
	ext2fs_inode_bitmap changed; /* inodes that are no longer what the caller saw */
	int64_t now;
};

int ext_writer_open(struct blocks *b, int64_t now, struct fs_writer **ret, struct err *e);
/* See fs_writer_replay(). */
int ext_writer_replay(struct blocks *b, int64_t now, struct err *e);

/* An error of libext2fs as ours. */
static inline int ext_writer_error(struct ext_writer *w, errcode_t code, struct err *e)
{
	return ext_io_error(&w->io, code, e);
}

/* Are the bitmaps and the numbers of free blocks and inodes what they have to be? */
int ext_write_check_groups(struct ext_writer *w, struct err *e);
/* ERR_CORRUPT unless all these blocks are in use. */
int ext_write_check_used(struct ext_writer *w, uint64_t block, uint64_t count,
			 struct err *e);

/* A file that both our reader and libext2fs read, and which they see alike. */
struct ext_taken {
	struct ext *reader; /* opened for this file alone: it remembers what it read */
	struct ext_inode seen;
	const struct map *map; /* of the reader; NULL where the data lies in the inode */
	struct ext2_inode_large inode;
};
static inline void ext_taken_done(struct ext_taken *t)
{
	ext_freep(&t->reader);
}
#define _cleanup_taken_ _cleanup_(ext_taken_done)

/* `node` is what the caller's reader saw of it; `want` is NODE_FILE or NODE_DIR. */
int ext_take(struct ext_writer *w, const struct node *node, enum node_type want,
	     struct ext_taken *ret, struct err *e);
/* What can be said of a file's flags and names once it was changed. */
void ext_wrote(uint32_t ino, const struct ext2_inode_large *inode, struct fs_wrote *ret);

/* The whole inode as libext2fs knows it, and back. */
int ext_inode_get(struct ext_writer *w, uint32_t ino, struct ext2_inode_large *ret,
		  struct err *e);
int ext_inode_put(struct ext_writer *w, uint32_t ino, struct ext2_inode_large *inode,
		  struct err *e);
/* Sets mtime and ctime to the time of the change, and writes the inode. */
int ext_inode_touch(struct ext_writer *w, uint32_t ino, struct err *e);

/* The data of an inode from `off` on becomes `bytes`, and its size ends there. */
int ext_write_data(struct ext_writer *w, uint32_t ino, uint64_t off, struct slice bytes,
		   struct err *e);

/* ERR_CORRUPT unless every block that the directory's hash index leads to is one of the
 * directory's. */
int ext_check_index(struct ext_taken *dir, struct err *e);
/* May a directory that was taken get this name for a file of `type` (EXT2_FT_*)? The
 * inode that has the name already is *ret_there, else 0. */
int ext_link_check(struct ext_writer *w, struct ext_taken *dir, struct slice name,
		   int type, uint32_t *ret_there, struct err *e);
/* Puts the name there; a directory is made with it, as a new inode `ino`. */
int ext_link(struct ext_writer *w, struct ext_taken *dir, struct slice name, uint32_t ino,
	     int type, struct err *e);

int ext_write_room(struct fs_writer *w, const struct fs_step *steps, size_t n,
		   struct err *e);
int ext_write_replace(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e);
int ext_write_append(struct fs_writer *w, const struct node *file, struct slice bytes,
		     struct fs_wrote *ret, struct err *e);
int ext_write_create(struct fs_writer *w, const struct node *dir,
		     const struct fs_new *new, struct slice bytes, struct fs_wrote *ret,
		     struct err *e);
int ext_write_mkdir(struct fs_writer *w, const struct node *dir, const struct fs_new *new,
		    struct fs_wrote *ret, struct err *e);
int ext_write_unlink(struct fs_writer *w, const struct node *dir, struct slice name,
		     const struct node *file, struct err *e);
