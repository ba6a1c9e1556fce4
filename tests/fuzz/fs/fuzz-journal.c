/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a journal of 1 KiB blocks, which is its own file system: replayed, and the
 * result read whole.
 */
#include "journal.h"
#include "sparse.h"

enum { SIZE = 1 << 20, BLOCK = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *image = sparse_image(slice_of(data, size), SIZE);
	_cleanup_free_ uint8_t *out = malloc(SIZE);
	_cleanup_(blocks_freep) struct blocks *b = NULL, *overlay = NULL;
	struct map_run run = {0, SIZE / BLOCK, 0};
	struct map map = {.runs = &run, .n = 1, .file = 8};
	struct journal_file file = {.map = &map,
				    .count = SIZE / BLOCK,
				    .block_size = BLOCK,
				    .fs_blocks = SIZE / BLOCK};
	struct err e = ERR_INIT;
	uint32_t next;

	if (!image || !out || blocks_memory(slice_of(image, SIZE), &b, &e) < 0)
		return 0;
	file.blocks = b;
	if (journal_replay(&file, &overlay, &next, &e) < 0 || !overlay)
		return 0;
	if (blocks_read(overlay, 0, out, SIZE, &e) < 0)
		abort(); /* all that replay promised lies inside */
	return 0;
}
