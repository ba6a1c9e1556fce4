/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single blocks whose output size is known beforehand, as in compressed qcow2 clusters
 * (QEMU docs/interop/qcow2.txt): raw deflate (RFC 1951) or one zstd frame (RFC 8878). The
 * input may go on behind the stream, because qcow2 counts it in whole sectors.
 */
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "cleanup.h"
#include "codec.h"

static void inflate_donep(z_stream **z)
{
	if (*z)
		inflateEnd(*z);
}

int codec_inflate_raw(struct slice in, void *out, size_t out_len, struct err *e)
{
	z_stream z = {
		.next_in = in.p,
		.avail_in = (uInt)in.n,
		.next_out = out,
		.avail_out = (uInt)out_len,
	};
	_cleanup_(inflate_donep) z_stream *owner = NULL;
	int r;

	if (in.n > UINT32_MAX || out_len > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "a deflate block of 4 GiB or more");
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return err_set(e, ERR_NOMEM, "out of memory");
	owner = &z;
	r = inflate(&z, Z_FINISH);
	if (r == Z_MEM_ERROR)
		return err_set(e, ERR_NOMEM, "out of memory");
	/* A writer may leave out the end mark: what counts is that all output came. */
	if (z.avail_out == 0 && (r == Z_STREAM_END || r == Z_BUF_ERROR || r == Z_OK))
		return 0;
	if (r == Z_STREAM_END)
		return err_set(e, ERR_CORRUPT, "deflate data ends after %zu of %zu bytes",
			       out_len - z.avail_out, out_len);
	if (r == Z_BUF_ERROR || r == Z_OK)
		return err_set(e, ERR_CORRUPT, "deflate data ends early");
	return err_set(e, ERR_CORRUPT, "deflate data is damaged (%s)",
		       z.msg ? z.msg : "no reason given");
}

DEFINE_CLEANUP(ZSTD_DCtx, ZSTD_freeDCtx)

int codec_zstd_block(struct slice in, void *out, size_t out_len, struct err *e)
{
	_cleanup_(ZSTD_freeDCtxp) ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer from = {in.p, in.n, 0};
	ZSTD_outBuffer to = {out, out_len, 0};
	size_t left;

	if (!z)
		return err_set(e, ERR_NOMEM, "out of memory");
	do {
		size_t before = from.pos + to.pos;

		left = ZSTD_decompressStream(z, &to, &from);
		if (ZSTD_isError(left))
			return err_set(e, ERR_CORRUPT, "zstd data is damaged (%s)",
				       ZSTD_getErrorName(left));
		if (left && from.pos + to.pos == before)
			return err_set(e, ERR_CORRUPT, "zstd data %s",
				       to.pos == out_len ? "is longer than its block"
							 : "ends early");
	} while (left);
	if (to.pos != out_len)
		return err_set(e, ERR_CORRUPT, "zstd data ends after %zu of %zu bytes",
			       to.pos, out_len);
	return 0;
}
