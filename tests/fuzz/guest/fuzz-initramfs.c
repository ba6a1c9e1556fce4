/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole initramfs. Anyone who is root in the guest makes this input. The lowest bits of
 * its length choose how it is read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "initramfs.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct feed {
	struct slice left;
	size_t step;
};

static int fill(void *ctx, struct slice *ret, struct err *e)
{
	struct feed *f = ctx;
	size_t n = f->left.n < f->step ? f->left.n : f->step;

	(void)e;
	*ret = slice_of(f->left.p, n);
	f->left = slice_of(f->left.p + n, f->left.n - n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"virtio_blk", "xen-blkfront", "virtio_pci"};
	struct feed f = {slice_of(data, size), size & 1 ? 11 : 65536};
	struct arena *arena = arena_new(LIMIT_FACTS), *scratch = arena_new(LIMIT_SCRATCH);
	struct foreign_copies foreign = {0};
	struct initramfs_fact fact = {0};
	struct err e = ERR_INIT;
	strs wanted = {0};
	int r;

	if (!arena || !scratch)
		abort();
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!vec_push(arena, &wanted, names[i]))
			abort();
	r = initramfs_read((struct codec_input){fill, &f}, size,
			   &(struct initramfs_order){&wanted, size & 2, NULL}, arena,
			   scratch, &fact, &foreign, &e);
	if (r < 0 ? e.code == ERR_NONE || e.code == ERR_BUG : !fact.state)
		abort();
	arena_free(arena);
	arena_free(scratch);
	return 0;
}
