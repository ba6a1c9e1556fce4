/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing files of a guest: blocks that can be written in, changed files out. Files are
 * named by the node that the reader (fs.h) found; a writer reads the file once more by
 * its own means and refuses where the two do not see the same. A node stays good while
 * the writer itself changes the file (a directory grows with its names).
 *
 * Nothing is safe half-way: the blocks are a copy on write (cow.h) that is thrown away
 * unless fs_writer_finish() and every call before it succeeded. So after a failure only
 * fs_writer_free() is left, the others are ERR_USAGE. A reader of the same blocks has to
 * be opened anew after fs_writer_finish().
 *
 * One row of fs_writers[] in fs_write.c per file system; for the others fs_writer_open()
 * is ERR_UNSUPPORTED by name.
 */
#pragma once

#include "fs.h"

struct fs_writer;

/* What the person who asked for a change should hear of it. */
enum fs_note {
	FS_NOTE_LINKS = 1u << 0,     /* the file has other names: they show it, too */
	FS_NOTE_IMMUTABLE = 1u << 1, /* chattr +i or +a: it was changed all the same, and
				      * the flag is still set */
	FS_NOTE_UNLABELLED = 1u
			     << 2 /* a new file without a security.selinux label: it was
				   * made like a file that has none, or like none */
};

struct fs_wrote {
	struct node node; /* as a reader would see it now */
	unsigned notes;   /* of enum fs_note */
	uint32_t links;   /* names that the file has */
};

/* What a new file is; fs_writer_create() makes them all. */
enum fs_new_kind {
	FS_NEW_FILE,
	FS_NEW_LINK,  /* its bytes are where it leads to */
	FS_NEW_DEVICE /* a block device; it has no bytes */
};

/* A file or directory to be made. `name` is one component. Owner, group and SELinux label
 * are those of `like`, a regular file or directory that is there; NULL: root's, and no
 * label. A default ACL of the directory is not handed on. FAT has none of these, nor
 * modes. */
struct fs_new {
	struct slice name;
	uint32_t mode; /* permission bits, or FS_MODE_LIKE */
	const struct node *like;
	enum fs_new_kind kind;
	uint8_t major, minor; /* of FS_NEW_DEVICE */
	uint16_t group;       /* its number; 0: as `like` has it */
};
#define FS_MODE_LIKE UINT32_MAX

/* One change of the set that fs_writer_room() asks about. */
struct fs_step {
	enum { FS_STEP_REPLACE, FS_STEP_APPEND, FS_STEP_CREATE, FS_STEP_MKDIR } kind;
	/* The file, or the directory that gets a new name; NULL: a directory that is to
	 * be made, too. */
	const struct node *node;
	uint64_t bytes; /* that are written */
};

/* How many bytes a file of this file system, which was opened for reading, can have: on
 * some a file is changed only within the blocks that it has. UINT64_MAX: as many as there
 * is room for. ERR_REFUSED where it cannot be changed at all. */
int fs_writer_capacity(struct fs *fs, const struct node *file, uint64_t *ret,
		       struct err *e);
/* Can names be made there? A file system that is not changed at all says so later. */
bool fs_writer_makes_names(const struct fs *fs);

/* Where the file system was not unmounted cleanly and has a journal that is written back
 * here (ext3, ext4), that is done as a kernel does it: 1, and fs_writer_open() finds it
 * clean. 0: there is nothing to do, or nothing is done here. Not for a file system that
 * may be in use: what is asked for must be another file than the guest's. Readers that
 * are open meanwhile see the same as before. `now` as below. */
int fs_writer_replay(struct blocks *b, int64_t now, struct err *e);

/* Refuses, by ERR_REFUSED with what to do: a file system that was not unmounted cleanly,
 * has errors recorded, numbers of free space that contradict each other, or files that
 * share what is theirs; by ERR_UNSUPPORTED one with features that are not written here.
 * `b` is borrowed. `now` (seconds since 1970) becomes the time of every change. *ret_name
 * is what was found there, also in case of a failure, or NULL; in the arena. */
int fs_writer_open(struct blocks *b, struct arena *a, int64_t now, struct fs_writer **ret,
		   const char **ret_name, struct err *e);
/* Drops what was not finished. NULL is allowed. */
struct fs_writer *fs_writer_free(struct fs_writer *w);
static inline void fs_writer_freep(struct fs_writer **w)
{
	fs_writer_free(*w);
}

/* Is there room for all of these, as root of the guest could use it? ERR_REFUSED when
 * not, with how much is missing. Asked before the first change: what is said to fit does
 * fit, if the steps are then taken in any order. */
int fs_writer_room(struct fs_writer *w, const struct fs_step *steps, size_t n,
		   struct err *e);

/* New bytes for a file. Number, names, mode, owner, extended attributes and, where the
 * new bytes need no more than the old, the blocks stay what they are; mtime and ctime
 * are set. */
int fs_writer_replace(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e);
/* More bytes behind the last one; those before are not written again. */
int fs_writer_append(struct fs_writer *w, const struct node *file, struct slice bytes,
		     struct fs_wrote *ret, struct err *e);
/* A name that is there is ERR_USAGE; links and devices on a file system without such
 * are ERR_UNSUPPORTED. */
int fs_writer_create(struct fs_writer *w, const struct node *dir,
		     const struct fs_new *new, struct slice bytes, struct fs_wrote *ret,
		     struct err *e);
/* The directory of that name, made unless it is there. */
int fs_writer_mkdir(struct fs_writer *w, const struct node *dir, const struct fs_new *new,
		    struct fs_wrote *ret, struct err *e);
/* Every directory of `path`, which is relative to `dir` and has no "..": new->name is
 * not used. */
int fs_writer_mkdirs(struct fs_writer *w, const struct node *dir, const char *path,
		     const struct fs_new *new, struct fs_wrote *ret, struct err *e);
/* Takes the name away, and the file when it was the last one. Directories are refused. */
int fs_writer_unlink(struct fs_writer *w, const struct node *dir, struct slice name,
		     const struct node *file, struct err *e);

/* Writes what is still in memory (bitmaps, counts, superblock). Nothing can be changed
 * afterwards. Where there is a log, what shows that it was used since is written, too. */
int fs_writer_finish(struct fs_writer *w, struct err *e);

/* For file systems with a log, when they are finished: writes the sector at `at`, which
 * every use of the file system changes, as it is. Undo watches it then (undo/undo.h): a
 * log that was begun since would be written over what it restores. */
enum { FS_WRITE_SECTOR = 512 };
int fs_write_watched(struct blocks *b, uint64_t at, struct err *e);

/* What a file system provides; called with checked arguments only. */
struct fs_writer_ops {
	bool has_special; /* links and devices can be made */
	int (*room)(struct fs_writer *w, const struct fs_step *steps, size_t n,
		    struct err *e);
	int (*replace)(struct fs_writer *w, const struct node *file, struct slice bytes,
		       struct fs_wrote *ret, struct err *e);
	int (*append)(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e);
	int (*create)(struct fs_writer *w, const struct node *dir,
		      const struct fs_new *new, struct slice bytes, struct fs_wrote *ret,
		      struct err *e);
	int (*mkdir)(struct fs_writer *w, const struct node *dir,
		     const struct fs_new *new, struct fs_wrote *ret, struct err *e);
	int (*unlink)(struct fs_writer *w, const struct node *dir, struct slice name,
		      const struct node *file, struct err *e);
	int (*finish)(struct fs_writer *w, struct err *e);
	void (*done)(struct fs_writer *w);
};

struct fs_writer {
	const struct fs_writer_ops *ops;
	bool closed; /* finished, or a call failed */
};
