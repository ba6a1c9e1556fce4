/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks with changes that lie in memory only: what the log of a file system would write
 * is shown in its place, and the disk is as it was.
 */
#pragma once

#include "blocks.h"

/* The result can be written. `parent` is borrowed. ERR_LIMIT of a write: the changes take
 * more than `most` bytes of memory. */
int blocks_patched(struct blocks *parent, size_t most, struct blocks **ret,
		   struct err *e);
/* Was a byte of [off, off + len) written? `b` is of blocks_patched(). */
bool blocks_patched_at(struct blocks *b, uint64_t off, uint64_t len);
