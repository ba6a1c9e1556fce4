/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File systems: blocks in, files out. A driver reads one directory entry, one link, one
 * run of bytes at a time; walking paths, mounts and links is done once for all of them in
 * tree.h. One row of fs_drivers[] in fs.c per file system.
 */
#pragma once

#include <sys/stat.h>

#include "blocks.h"

enum node_type { NODE_FILE, NODE_DIR, NODE_SYMLINK, NODE_OTHER };

/* The type in a mode as POSIX has it. */
static inline enum node_type node_type_of_mode(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NODE_FILE;
	case S_IFDIR:
		return NODE_DIR;
	case S_IFLNK:
		return NODE_SYMLINK;
	default:
		return NODE_OTHER;
	}
}

/* One file as its file system sees it. */
struct node {
	uint64_t id; /* inode number or what serves as one */
	enum node_type type;
	uint64_t size;
	uint32_t mode; /* permission bits */
};

struct fs;

/* Called for each entry of a directory except "." and ".."; a negative return stops and
 * is passed on, a positive one stops the walk as success. `type` is NODE_OTHER when the
 * directory does not store it. */
typedef int (*fs_entry_fn)(void *ctx, struct slice name, enum node_type type,
			   struct err *e);

/* Called for one of several trees of files; a negative return ends the walk. */
typedef int (*fs_system_fn)(void *ctx, struct fs *fs, struct err *e);

struct fs_ops {
	int (*root)(struct fs *fs, struct node *ret, struct err *e);
	/* ERR_ABSENT when the directory has no such name. */
	int (*lookup)(struct fs *fs, const struct node *dir, struct slice name,
		      struct node *ret, struct err *e);
	int (*list)(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		    struct err *e);
	/* The link's target, in the arena. */
	int (*readlink)(struct fs *fs, const struct node *link, struct arena *a,
			struct slice *ret, struct err *e);
	/* Exactly `len` bytes; the caller has checked that they lie inside the file.
	 * Holes read as zeroes. */
	int (*read)(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		    size_t len, struct err *e);
	/* Where the file's bytes lie, in order; holes are left out. NULL: they lie on no
	 * disk that is known. */
	int (*where)(struct fs *fs, const struct node *file, blocks_piece_fn fn,
		     void *ctx, struct err *e);
	/* For file systems that hold several trees of files; NULL: there is one. */
	int (*choose)(struct fs *fs, const char *options, struct fs **ret, struct err *e);
	int (*systems)(struct fs *fs, fs_system_fn fn, void *ctx, struct err *e);
	/* See fs_as_stored(). NULL: it has no journal that could have been replayed. */
	int (*as_stored)(struct fs *fs, struct blocks *b, struct fs **ret, struct err *e);
	void (*done)(struct fs *fs);
};

struct fs {
	const struct fs_ops *ops;
	const char *type;    /* "ext4", "directory", ... */
	const char *uuid;    /* as blkid prints it, or NULL */
	const char *label;   /* or NULL */
	const char *journal; /* "clean", "replayed" (in memory), "not replayed" (what was
				written last is not shown), or NULL without one */
	const char *unmountable; /* why Linux does not mount it as it is; or NULL */
	bool fold_case;          /* names compare without case (FAT) */
	const char *subvolume; /* path of this tree of files among several ("@/home", "/"
				  of the topmost), or NULL */
	strs remarks; /* what a reader should know, e.g. errors recorded in the fs */
	strs missing; /* devices of it that are not here */
	struct blocks *blocks; /* that fs_open() opened it on, borrowed; NULL: none */
	struct blocks *cache;  /* of fs_open(): freed with the file system, or NULL */
	struct fs *stored;     /* of fs_as_stored(), owned, or NULL */
};

/* What the magic bytes and the superblock say, for naming and for UUID= and LABEL=. */
struct fs_identity {
	const char *name;  /* as blkid names it: "ext4", "swap", "crypto_LUKS", ... */
	const char *uuid;  /* as blkid prints it, or NULL */
	const char *label; /* bytes as stored, or NULL */
};

/* One device of a file system that lies on several. */
struct fs_member {
	const char *type;
	const char *uuid;         /* of the file system */
	uint64_t device, devices; /* its number there, and how many there are */
};

struct fs_driver {
	const char *name;
	const char *doc; /* one line for the manual */
	uint64_t min_size;
	/* Does a file system of this kind start here? 1 yes, 0 no, negative: could not
	 * read. */
	int (*probe)(struct blocks *b, struct err *e);
	int (*open)(struct blocks *b, struct arena *a, struct fs **ret, struct err *e);
	/* 1 and the identity where probe() says 1, though it may be damaged. */
	int (*identify)(struct blocks *b, struct arena *a, struct fs_identity *ret,
			struct err *e);
	/* See fs_member() and fs_open_members(). NULL: it lies on one device. */
	int (*member)(struct blocks *b, struct arena *a, struct fs_member *ret,
		      struct err *e);
	int (*open_members)(struct blocks *const *members, size_t n, struct arena *a,
			    struct fs **ret, struct err *e);
};

/* What is on these blocks, readable or not; ERR_ABSENT when nothing known is. Strings
 * live in the arena. */
int fs_identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
		struct err *e);

/* What is on these blocks: asks every driver; two that say yes are ERR_AMBIGUOUS. A file
 * system known by its magic but without a reader (ntfs, swap, LUKS, LVM2 ...)
 * is ERR_UNSUPPORTED with its name in *ret_name; nothing known is ERR_ABSENT. On success
 * the file system is opened. `ret_name` may be set in either case. */
int fs_open(struct blocks *b, struct arena *a, struct fs **ret, const char **ret_name,
	    struct err *e);

/* 1: these blocks are a device of a file system that says to lie on several; 0: not. Such
 * a device can be opened by fs_open(), too, as far as it holds what is asked for. `type`
 * is what fs_open() or fs_identify() named, or NULL. */
int fs_member(struct blocks *b, const char *type, struct arena *a, struct fs_member *ret,
	      struct err *e);
/* Opens a file system over all of its devices that are here, in any order. They are
 * borrowed. Those that are not here are listed in (*ret)->missing; what only they hold
 * cannot be read. Two that have the same number are ERR_AMBIGUOUS. */
int fs_open_members(struct blocks *const *members, size_t n, const char *type,
		    struct arena *a, struct fs **ret, struct err *e);

/* The tree of files that options of mount(8) ("subvol=@home,compress=zstd") choose, as a
 * file system that belongs to `fs` and ends with it; `fs` itself where there is one only,
 * or the options name none. The same tree is the same pointer. ERR_ABSENT: it is not
 * there. */
int fs_choose(struct fs *fs, const char *options, struct fs **ret, struct err *e);
/* Every tree of files in which an operating system may lie: `fs` first, then those at the
 * top of it. One inside of another one is no system of its own: it is a snapshot or a
 * container. */
int fs_systems(struct fs *fs, fs_system_fn fn, void *ctx, struct err *e);

/* The same files as the blocks have them, without what the journal would change: what a
 * boot loader sees, since none replays one. `fs` itself where nothing was replayed; what
 * is returned belongs to `fs` and ends with it. It need not make sense as a whole. */
int fs_as_stored(struct fs *fs, struct fs **ret, struct err *e);

/* A directory of the host, opened by the parent (O_PATH or O_RDONLY | O_DIRECTORY). Takes
 * the fd over. Never follows a link out of it: links are resolved by the tree. */
int fs_open_directory(int fd, struct arena *a, struct fs **ret, struct err *e);

/* A tar archive, as GRUB reads one that lies inside of its image; no system has one as a
 * file system of a disk, so fs_open() does not know it. ERR_ABSENT when there is none. */
int fs_open_tar(struct blocks *b, struct fs **ret, struct err *e);

/* Calls done() and frees `fs` itself, which a driver allocates by malloc. NULL is
 * allowed.
 */
struct fs *fs_free(struct fs *fs);
static inline void fs_freep(struct fs **fs)
{
	fs_free(*fs);
}
