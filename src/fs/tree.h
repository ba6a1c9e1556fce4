/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's files as one tree: several file systems mounted over each other, links
 * confined to the guest (an absolute link restarts at the guest's root, ".." stops there,
 * 40 hops). The tree owns neither the file systems nor the arena it is made in.
 */
#pragma once

#include "fs.h"

struct tree;

/* Where a file was found, for evidence. Strings are borrowed from tree_mount(). */
struct place {
	const char *disk;   /* "web01.qcow2", or the directory given with --root */
	const char *volume; /* "partition 2", or "" */
};

int tree_new(struct arena *a, struct tree **ret, struct err *e);
/* Puts a file system at a path of the guest ("/", "/boot"). Mount outer paths first. */
int tree_mount(struct tree *t, const char *path, struct fs *fs, struct place place,
	       struct err *e);

/* Another tree of the same mounts, of file systems as they are without their journals
 * replayed, see fs_as_stored(). */
int tree_as_stored(const struct tree *t, struct tree **ret, struct err *e);
/* Was a journal replayed for one of them? */
bool tree_is_replayed(const struct tree *t);

/* A found file: opaque but for what a reader needs. */
struct file {
	struct fs *fs;
	struct node node;
	struct place place;
	const char
		*path; /* the path that was really opened, links resolved; in the arena */
	bool is_part;  /* of what lies there: then node.size is the part's, */
	uint64_t start, behind; /* with so many bytes before it, and behind it */
};

/* Follows links. ERR_ABSENT when it is not there; ERR_CORRUPT on a link loop. */
int tree_find(struct tree *t, const char *path, struct file *ret, struct err *e);
/* The same, but a final link is returned itself. */
int tree_find_link(struct tree *t, const char *path, struct file *ret, struct err *e);
/* The target of a link found by tree_find_link(), in the arena. */
int tree_readlink(struct tree *t, const struct file *link, const char **ret,
		  struct err *e);

/* Names in a directory, sorted bytewise, in the arena. */
struct dir_entry {
	const char *name;
	enum node_type type;
};
typedef VEC(struct dir_entry) dir_list;
int tree_list(struct tree *t, const char *path, dir_list *ret, struct err *e);

/* A whole regular file of at most `max` bytes into the arena `a`. */
int tree_read(struct tree *t, const char *path, size_t max, struct arena *a,
	      struct file *ret_file, struct slice *ret, struct err *e);

/* [off, off + len) of a file found before. */
int file_read(const struct file *f, uint64_t off, void *buf, size_t len, struct err *e);
/* The part [off, off + len) of a file, to be read as a file. ERR_CORRUPT ("cut short")
 * when the file ends before. */
int file_part(const struct file *f, uint64_t off, uint64_t len, struct file *ret,
	      struct err *e);
/* Where the bytes of a file found before lie on the disks, see blocks_where(); rounded up
 * to whole blocks. ERR_UNSUPPORTED where that is not known. */
int file_where(const struct file *f, blocks_piece_fn fn, void *ctx, struct err *e);
/* The same as a list in the arena, where pieces that follow each other are one; ERR_LIMIT
 * when there are more than `max`. */
struct file_place {
	struct blocks *blocks;
	uint64_t off, len;
};
typedef VEC(struct file_place) file_places;
int file_where_list(const struct file *f, size_t max, struct arena *a, file_places *ret,
		    struct err *e);
/* The whole of a file found before, at most `max` bytes, into the arena. */
int file_read_all(const struct file *f, size_t max, struct arena *a, struct slice *ret,
		  struct err *e);
