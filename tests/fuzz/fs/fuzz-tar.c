/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a tar archive. The maker of GRUB's image controls all of the input; so
 * that mutations get past the checksums, these are made right before.
 */
#include <stdio.h>
#include <string.h>

#include "visit.h"

enum { BLOCK = 512, MAGIC = 257, CHECKSUM = 148, CHECKSUM_LEN = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend_head(uint8_t *head)
{
	unsigned sum = 0;

	if (memcmp(head + MAGIC, "ustar", 5) != 0)
		return;
	memset(head + CHECKSUM, ' ', CHECKSUM_LEN);
	for (size_t i = 0; i < BLOCK; i++)
		sum += head[i];
	snprintf((char *)head + CHECKSUM, CHECKSUM_LEN, "%06o", sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	_cleanup_free_ uint8_t *copy = malloc(size + 1);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct reader r = reader_of(slice_of(data, size));
	struct err e = ERR_INIT;

	if (!arena || !copy)
		return 0;
	rd_copy(&r, copy, size);
	for (size_t at = 0; at + BLOCK <= size; at += BLOCK)
		mend_head(copy + at);
	if (blocks_memory(slice_of(copy, size), &b, &e) >= 0 &&
	    fs_open_tar(b, &fs, &e) >= 0)
		visit_fs(fs, arena);
	return 0;
}
