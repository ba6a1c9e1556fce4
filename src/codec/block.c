/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single blocks whose output size is known beforehand, as in compressed qcow2 clusters
 * (QEMU docs/interop/qcow2.txt): one zstd frame (RFC 8878) or raw deflate (block-isal.c,
 * block-zlib.c). The input may go on behind the stream, because qcow2 counts it in whole
 * sectors.
 */
#include "block.h"

#include <zstd.h>
#include <zstd_errors.h>

static int zstd_failure(size_t result, struct err *e)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_srcSize_wrong:
		return err_set(e, ERR_CORRUPT, "zstd data ends early");
	case ZSTD_error_dstSize_tooSmall:
		return err_set(e, ERR_CORRUPT, "zstd data is longer than its block");
	default:
		return err_set(e, ERR_CORRUPT, "zstd data is damaged (%s)",
			       ZSTD_getErrorName(result));
	}
}

/* All at once, straight to where it is wanted: as a stream it would be unpacked into a
 * window first. */
int codec_zstd_block(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		     struct err *e)
{
	size_t n;

	if (!c->zstd)
		c->zstd = ZSTD_createDCtx();
	if (!c->zstd)
		return err_set(e, ERR_NOMEM, "out of memory");
	n = ZSTD_findFrameCompressedSize(in.p, in.n);
	if (!ZSTD_isError(n))
		n = ZSTD_decompressDCtx(c->zstd, out, out_len, in.p, n);
	if (ZSTD_isError(n))
		return zstd_failure(n, e);
	return n == out_len
		       ? 0
		       : err_set(e, ERR_CORRUPT, "zstd data ends after %zu of %zu bytes",
				 n, out_len);
}

int codec_inflate_raw(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		      struct err *e)
{
	size_t made;
	int r;

	if (in.n > UINT32_MAX || out_len > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "a deflate block of 4 GiB or more");
	r = block_inflate(c, in, out, out_len, &made, e);
	/* A writer may leave out the end mark: what counts is that all output came. */
	if (r < 0 || made == out_len)
		return r < 0 ? r : 0;
	if (r == BLOCK_ENDED)
		return err_set(e, ERR_CORRUPT, "deflate data ends after %zu of %zu bytes",
			       made, out_len);
	return err_set(e, ERR_CORRUPT, "deflate data ends early");
}

void codec_blocks_done(struct codec_blocks *c)
{
	ZSTD_freeDCtx(c->zstd);
	block_inflate_free(c->inflate);
	*c = (struct codec_blocks){0};
}
