/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gzip (RFC 1952) through ISA-L's igzip, about twice as fast as zlib: one member; what
 * follows it is left to the caller.
 */
#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "decoder.h"

static int gzip_open(struct decoder *d, struct err *e)
{
	struct inflate_state *z = calloc(1, sizeof(*z));

	if (!z)
		return decoder_nomem(e);
	isal_inflate_init(z);
	/* Expect a gzip header, check the CRC and the length at the end. */
	z->crc_flag = ISAL_GZIP;
	d->state = z;
	return 0;
}

static const char *gzip_reason(int r)
{
	switch (r) {
	case ISAL_INVALID_BLOCK:
		return "invalid deflate block";
	case ISAL_INVALID_SYMBOL:
		return "invalid deflate symbol";
	case ISAL_INVALID_LOOKBACK:
		return "invalid distance too far back";
	case ISAL_INVALID_WRAPPER:
		return "invalid header";
	case ISAL_UNSUPPORTED_METHOD:
		return "unknown compression method";
	case ISAL_INCORRECT_CHECKSUM:
		return "incorrect checksum or length";
	}
	return "no reason given";
}

static int gzip_step(struct decoder *d, struct slice in, uint8_t *out, size_t room,
		     size_t *ret_used, size_t *ret_made, struct err *e)
{
	struct inflate_state *z = d->state;
	uint32_t given = in.n < UINT32_MAX ? (uint32_t)in.n : UINT32_MAX;
	int r;

	z->next_in = (uint8_t *)in.p; /* only read; igzip's type lacks the const */
	z->avail_in = given;
	z->next_out = out;
	z->avail_out = (uint32_t)room;
	r = isal_inflate(z);
	/* first: in damaged data it may count more bytes left than it was given */
	if (r != ISAL_DECOMP_OK)
		return decoder_damaged(d, gzip_reason(r), e);
	if (z->avail_in > given)
		return err_set(e, ERR_BUG, "igzip gave back more than it was given");
	*ret_used = given - z->avail_in;
	*ret_made = room - z->avail_out;
	return z->block_state == ISAL_BLOCK_FINISH;
}

static void gzip_close(struct decoder *d)
{
	free(d->state);
}

const struct codec_ops codec_gzip = {
	.open = gzip_open,
	.step = gzip_step,
	.close = gzip_close,
};
