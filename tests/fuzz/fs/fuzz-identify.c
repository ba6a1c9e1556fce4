/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a disk of which the kind, the UUID and the label are wanted.
 */
#include "fs.h"
#include "limits.h"
#include "sparse.h"

enum { SIZE = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *image = sparse_image(slice_of(data, size), SIZE);
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	struct fs_identity id;
	struct err e = ERR_INIT;

	if (image && arena && blocks_memory(slice_of(image, SIZE), &b, &e) >= 0)
		fs_identify(b, arena, &id, &e);
	return 0;
}
