/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bzip2 through libbz2: one stream. */
#include <stdlib.h>

#include <bzlib.h>

#include "decoder.h"

static int bzip2_open(struct decoder *d, struct err *e)
{
	bz_stream *z = calloc(1, sizeof(*z));

	if (!z || BZ2_bzDecompressInit(z, 0, 0) != BZ_OK) {
		free(z);
		return decoder_nomem(e);
	}
	d->state = z;
	return 0;
}

static int bzip2_step(struct decoder *d, struct slice in, uint8_t *out, size_t room,
		      size_t *ret_used, size_t *ret_made, struct err *e)
{
	bz_stream *z = d->state;
	unsigned given = in.n < UINT32_MAX ? (unsigned)in.n : UINT32_MAX;
	int r;

	z->next_in = (char *)in.p; /* only read; libbz2's type lacks the const */
	z->avail_in = given;
	z->next_out = (char *)out;
	z->avail_out = (unsigned)room;
	r = BZ2_bzDecompress(z);
	*ret_used = given - z->avail_in;
	*ret_made = room - z->avail_out;
	switch (r) {
	case BZ_STREAM_END:
		return 1;
	case BZ_OK:
		return 0;
	case BZ_MEM_ERROR:
		return decoder_nomem(e);
	case BZ_DATA_ERROR_MAGIC:
		return decoder_damaged(d, "invalid header", e);
	}
	return decoder_damaged(d, "wrong checksum or invalid block", e);
}

static void bzip2_close(struct decoder *d)
{
	BZ2_bzDecompressEnd(d->state);
	free(d->state);
}

const struct codec_ops codec_bzip2 = {
	.open = bzip2_open,
	.step = bzip2_step,
	.close = bzip2_close,
};
