/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks of raw deflate (RFC 1951) by zlib. */
#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>

#include "block.h"
#include "codec.h"

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

int codec_inflate_raw(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		      struct err *e)
{
	z_stream *z;
	int r;

	if (in.n > UINT32_MAX || out_len > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "a deflate block of 4 GiB or more");
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
	/* A writer may leave out the end mark: what counts is that all output came. */
	if (z->avail_out == 0 && (r == Z_STREAM_END || r == Z_BUF_ERROR || r == Z_OK))
		return 0;
	if (r == Z_STREAM_END)
		return err_set(e, ERR_CORRUPT, "deflate data ends after %zu of %zu bytes",
			       out_len - z->avail_out, out_len);
	if (r == Z_BUF_ERROR || r == Z_OK)
		return err_set(e, ERR_CORRUPT, "deflate data ends early");
	return err_set(e, ERR_CORRUPT, "deflate data is damaged (%s)",
		       z->msg ? z->msg : "no reason given");
}
