/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as an index of depmod. */
#include "kmod_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *ctx, struct slice key, uint32_t priority, struct slice value,
		 struct err *e)
{
	size_t *bytes = ctx;

	(void)priority;
	*bytes += key.n + value.n;
	return *bytes > 1000000 ? err_set(e, ERR_LIMIT, "enough") : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kmod_index x;
	struct slice value;
	size_t bytes = 0;
	struct err e = ERR_INIT;

	if (kmod_index_open(slice_of(data, size), &x, &e) >= 0) {
		(void)kmod_index_find(&x, "virtio_blk", &value, &e);
		(void)kmod_index_has(&x, "virtio:d00000002v*", "virtio_blk", &e);
		(void)kmod_index_each(&x, count, &bytes, &e);
	}
	return 0;
}
