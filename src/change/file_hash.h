/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 of files and bytes, as text (FIPS 180-4; libmd does the work). */
#pragma once

#include <sha2.h>

#include "tree.h"

/* The first `size` bytes of a file join the sum. */
int file_hash_update(SHA2_CTX *sum, const struct file *f, uint64_t size, struct err *e);

/* Ends a sum; 64 hexadecimal digits, in the arena. NULL when that is full. */
const char *file_hash_text(SHA2_CTX *sum, struct arena *a);
