/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a kernel's image that may have its configuration inside. */
#include <string.h>

#include "kernel_inside.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice memory;

static int read_memory(_unused_ struct fs *fs, _unused_ const struct node *file,
		       uint64_t off, void *buf, size_t len, struct err *e)
{
	struct reader r = reader_of(memory);

	rd_seek(&r, off);
	rd_copy(&r, buf, len);
	return rd_ok(&r) ? 0 : err_set(e, ERR_BUG, "a read past the end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fs_ops ops = {.read = read_memory};
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_SCRATCH);
	struct fs fs = {.ops = &ops};
	struct file f = {.fs = &fs,
			 .node = {.type = NODE_FILE, .size = size},
			 .path = "/boot/vmlinuz"};
	struct err e = ERR_INIT;
	struct slice text;

	memory = slice_of(data, size);
	if (arena && kernel_inside_config(&f, arena, &text, &e) < 0 && e.code == ERR_BUG)
		__builtin_trap();
	return 0;
}
