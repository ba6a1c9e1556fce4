/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gzip (RFC 1952) through zlib: one member; what follows it is left to the caller. */
#define ZLIB_CONST
#include <stdlib.h>

#include <zlib.h>

#include "decoder.h"

static int gzip_open(struct decoder *d, struct err *e)
{
	z_stream *z = calloc(1, sizeof(*z));

	/* 16: expect a gzip header, check the CRC and the length at the end. */
	if (!z || inflateInit2(z, MAX_WBITS + 16) != Z_OK) {
		free(z);
		return decoder_nomem(e);
	}
	d->state = z;
	return 0;
}

static int gzip_step(struct decoder *d, struct slice in, uint8_t *out, size_t room,
		     size_t *ret_used, size_t *ret_made, struct err *e)
{
	z_stream *z = d->state;
	uInt given = in.n < UINT32_MAX ? (uInt)in.n : UINT32_MAX;
	int r;

	z->next_in = in.p;
	z->avail_in = given;
	z->next_out = out;
	z->avail_out = (uInt)room;
	r = inflate(z, Z_NO_FLUSH);
	*ret_used = given - z->avail_in;
	*ret_made = room - z->avail_out;
	if (r == Z_STREAM_END)
		return 1;
	if (r == Z_OK || r == Z_BUF_ERROR)
		return 0;
	if (r == Z_MEM_ERROR)
		return decoder_nomem(e);
	return decoder_damaged(d, z->msg ? z->msg : "needs a dictionary", e);
}

static void gzip_close(struct decoder *d)
{
	inflateEnd(d->state);
	free(d->state);
}

const struct codec_ops codec_gzip = {
	.open = gzip_open,
	.step = gzip_step,
	.close = gzip_close,
};
