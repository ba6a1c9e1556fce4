/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of an ext2 file system on a new one with more room, as the image of an initrd
 * needs it that gets more files. libext2fs has no public way to enlarge one in place. All
 * keep their inode numbers, so that a node found in the old one names the same file in
 * the new one.
 */
#pragma once

#include "blocks.h"

/* `to` is all zero and gets the new file system, which may be smaller than these blocks
 * by what is no use as a last group; it has room for at least `inodes` new files. `now`
 * is the time of its making. ERR_UNSUPPORTED for features that Linux 2.4 does not mount,
 * a journal, and extended attributes; ERR_REFUSED where the files do not fit, or the old
 * one is not clean. */
int ext_grow(struct blocks *from, struct blocks *to, uint32_t inodes, int64_t now,
	     struct err *e);
