/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks of raw deflate (RFC 1951) by zlib. */
#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>

#include "block.h"

void block_inflate_free(void *state)
{
	if (state)
		inflateEnd(state);
	free(state);
}

static int prepare(struct codec_blocks *c, struct err *e)
{
	z_stream *z = c->inflate;

	if (z)
		return inflateReset(z) == Z_OK ? 0 : err_set(e, ERR_BUG, "inflateReset");
	z = calloc(1, sizeof(*z));
	if (z && inflateInit2(z, -MAX_WBITS) == Z_OK) {
		c->inflate = z;
		return 0;
	}
	free(z);
	return err_set(e, ERR_NOMEM, "out of memory");
}

int block_inflate(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		  size_t *ret_made, struct err *e)
{
	z_stream *z;
	int r;

	if (prepare(c, e) < 0)
		return -(int)e->code;
	z = c->inflate;
	z->next_in = in.p;
	z->avail_in = (uInt)in.n;
	z->next_out = out;
	z->avail_out = (uInt)out_len;
	r = inflate(z, Z_FINISH);
	if (r == Z_MEM_ERROR)
		return err_set(e, ERR_NOMEM, "out of memory");
	*ret_made = out_len - z->avail_out;
	if (r == Z_STREAM_END)
		return BLOCK_ENDED;
	if (r == Z_BUF_ERROR || r == Z_OK)
		return BLOCK_UNFINISHED;
	return err_set(e, ERR_CORRUPT, "deflate data is damaged (%s)",
		       z->msg ? z->msg : "no reason given");
}
