/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A read cache for the metadata of one file system: inodes, directories and small files
 * lie close together, so 32 KiB around each are read once. Long reads pass through.
 * It is read only, and does not see what is written to its parent: who writes to a file
 * system does it below the cache, and opens the file system anew to read it.
 */
#pragma once

#include "blocks.h"

/* `parent` is borrowed and must outlive the cache. */
int blocks_cache(struct blocks *parent, struct blocks **ret, struct err *e);
