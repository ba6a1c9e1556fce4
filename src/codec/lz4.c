/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lz4 frame format through liblz4: one frame. */
#include <lz4frame.h>

#include "decoder.h"

static int lz4_open(struct decoder *d, struct err *e)
{
	LZ4F_dctx *z;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)))
		return decoder_nomem(e);
	d->state = z;
	return 0;
}

static int lz4_step(struct decoder *d, struct slice in, uint8_t *out, size_t room,
		    size_t *ret_used, size_t *ret_made, struct err *e)
{
	size_t left;

	*ret_used = in.n;
	*ret_made = room;
	left = LZ4F_decompress(d->state, out, ret_made, in.p, ret_used, NULL);
	if (LZ4F_isError(left)) {
		*ret_used = *ret_made = 0;
		return decoder_damaged(d, LZ4F_getErrorName(left), e);
	}
	return left == 0;
}

static void lz4_close(struct decoder *d)
{
	LZ4F_freeDecompressionContext(d->state);
}

const struct codec_ops codec_lz4 = {
	.open = lz4_open,
	.step = lz4_step,
	.close = lz4_close,
};
