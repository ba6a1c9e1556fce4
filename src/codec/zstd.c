/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zstd (RFC 8878) through libzstd: one frame. */
#include <zstd.h>
#include <zstd_errors.h>

#include "decoder.h"
#include "limits.h"

/* The base-2 logarithm of LIMIT_CODEC_WINDOW, as libzstd wants it. */
enum { WINDOW_LOG_MAX = 27 };
_Static_assert(LIMIT_CODEC_WINDOW == (size_t)1 << WINDOW_LOG_MAX,
	       "the window cap is a power of 2");

static int zstd_open(struct decoder *d, struct err *e)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();

	if (!z)
		return decoder_nomem(e);
	d->state = z;
	if (ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return err_set(e, ERR_BUG, "zstd takes no window cap");
	return 0;
}

static int zstd_failed(const struct decoder *d, size_t code, struct err *e)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_memory_allocation:
		return decoder_nomem(e);
	case ZSTD_error_frameParameter_windowTooLarge:
		return err_set(e, ERR_LIMIT,
			       "zstd data declares a window above the %zu MiB allowed",
			       LIMIT_CODEC_WINDOW >> 20);
	case ZSTD_error_dictionary_wrong:
		return err_set(e, ERR_UNSUPPORTED, "zstd data needs a dictionary");
	default:
		return decoder_damaged(d, ZSTD_getErrorName(code), e);
	}
}

static int zstd_step(struct decoder *d, struct slice in, uint8_t *out, size_t room,
		     size_t *ret_used, size_t *ret_made, struct err *e)
{
	ZSTD_inBuffer from = {in.p, in.n, 0};
	ZSTD_outBuffer to = {out, room, 0};
	size_t left = ZSTD_decompressStream(d->state, &to, &from);

	*ret_used = from.pos;
	*ret_made = to.pos;
	if (ZSTD_isError(left))
		return zstd_failed(d, left, e);
	return left == 0;
}

static void zstd_close(struct decoder *d)
{
	ZSTD_freeDCtx(d->state);
}

const struct codec_ops codec_zstd = {
	.open = zstd_open,
	.step = zstd_step,
	.close = zstd_close,
};
