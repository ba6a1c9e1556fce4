/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where changes go that lie in a copy on write over a disk (cow.h): into a new qcow2
 * overlay, into a raw copy, or into the disk itself. These run in the confined worker
 * that made the changes: they take open files, and leave it to the parent to name, lock
 * and sync folders.
 */
#pragma once

#include "cow.h"
#include "undo/undo.h"

/* The disk that an overlay lies on, as its header is to name it. */
struct change_backing {
	const char *file; /* from the overlay's folder, or absolute; at most 1021 bytes */
	const char *format; /* as qemu-img names it */
};

/* Writes a qcow2 image of version 3 (QEMU docs/interop/qcow2.txt) that holds the changed
 * clusters and has the unchanged disk below it. Its size is the disk's, rounded up to
 * whole sectors. `fd` is an empty file, open for reading and writing, and stays the
 * caller's; on success it is on stable storage. The header comes last: a file that was
 * not finished is no image. ERR_USAGE: a name or format that cannot be stored, or a file
 * that is not empty. */
int change_commit_overlay(struct cow *disk, const struct change_backing *backing, int fd,
			  struct err *e);

/* Writes the whole changed disk as a raw image, with holes where it is zero. `fd` as
 * above. */
int change_commit_copy(struct cow *disk, int fd, struct err *e);

/* A disk that is changed itself. */
struct change_target {
	struct cow *disk;
	struct undo_disk id;
	int fd; /* the file that the cow's source reads, open for writing and locked by
		   change_lock() */
};

/* Writes the changes into `n` disks themselves, at most LIMIT_DISKS, after one record of
 * what was there (undo.h). Where a cow holds the bytes of its source, these are watched.
 * `record_fd` is an empty file whose name is on stable storage.
 * When it returns, all are on stable storage, too. A failure before the first byte of the
 * disks leaves them untouched, a later one is taken back, and the error says where that
 * did not work. ERR_USAGE: a disk is no raw one; ERR_LIMIT: too many pieces; ERR_REFUSED:
 * a disk has other bytes than the source. */
int change_commit_in_place(const struct change_target *disks, size_t n, int record_fd,
			   struct err *e);
