/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing files on XFS within the blocks that they have. No block is taken or given back
 * and no name is made, so that nothing of the file system changes but the inode's size
 * and times: what else would have to go together (free space, reverse mappings, the log)
 * is left to Linux.
 */
#pragma once

#include "fs_write.h"

/* See fs_writer_open() and fs_writer_capacity(). */
int xfs_writer_open(struct blocks *b, int64_t now, struct fs_writer **ret, struct err *e);
int xfs_writer_capacity(struct fs *fs, const struct node *file, uint64_t *ret,
			struct err *e);
