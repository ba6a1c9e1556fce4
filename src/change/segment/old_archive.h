/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an initramfs, or the image of a file system in its place, holds before something
 * is added to it: every path, the bodies of the files that are asked for, and how its
 * last segment ends.
 */
#pragma once

#include "codec.h"
#include "strmap.h"
#include "tree.h"
#include "vec.h"

struct old_member {
	const char *path; /* as the archive names it, without empty and "." parts */
	uint32_t mode;    /* type and permissions */
	bool linked;      /* a file of several names: one body serves them all */
	bool read;        /* `body` is here */
	struct slice body;
	struct node node; /* of an image of a file system: the file in it */
};

/* A part of the file: an archive, or what is compressed as one. */
struct old_segment {
	uint64_t offset, end;
	enum codec codec;
};

struct old_archive {
	struct strmap
		*members; /* by path without "usr/"; the last one of a name counts */
	uint64_t size;    /* of the file; a file ends in zeros when `end` is less */
	uint64_t end;     /* where its last segment ends */
	enum codec codec; /* of that segment */
	VEC(struct old_segment) segments;
	uint64_t unpacked;  /* bytes that it unpacks to */
	const char *usr;    /* "usr/" when modules lie below usr/lib in it, or would; else
			       "" */
	bool has_packed;    /* some modules are compressed */
	struct slice image; /* all that its only segment unpacks to, when that is a file
			       system; else none. `members` has its root then, as "" */
};

/* Is the body of the member at this path (without "usr/") asked for? */
typedef bool (*old_archive_wants)(const void *ctx, struct slice path);

/* Reads the initramfs in this file. All goes into the arena. ERR_CORRUPT where Linux
 * would not unpack it. */
int old_archive_read(const struct file *file, old_archive_wants wants, const void *ctx,
		     struct arena *a, struct old_archive *ret, struct err *e);

/* The member at this path, with or without "usr/"; NULL: there is none. */
const struct old_member *old_archive_find(const struct old_archive *old,
					  const char *path);
/* Is it a regular file with this body? *ret_body may be NULL. */
bool old_archive_file(const struct old_archive *old, const char *path,
		      struct slice *ret_body);
