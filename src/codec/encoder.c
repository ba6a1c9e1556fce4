/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The three libraries behind one shape: input and output advance until one is used up. */
#include "encoder.h"

#include <lzma.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "cleanup.h"

enum {
	/* Windows of at most 8 MiB, which every kernel reads. */
	ZSTD_QUICK = 12,
	ZSTD_BEST = 19,
	ZSTD_WINDOW_LOG = 23,
	XZ_QUICK = 1,
	XZ_BEST = 6,
};

struct coder {
	enum codec codec;
	int (*start)(struct encoder *x, enum encoder_effort effort);
	/* Takes from `in`; with `last`, until all is out. 0, or 1 when the room is full,
	 * negative on failure. */
	int (*step)(struct encoder *x, struct slice in, bool last);
	void (*done)(struct encoder *x);
};

struct encoder {
	const struct coder *coder;
	uint8_t *out;
	size_t room, n;
	z_stream gzip;
	lzma_stream xz;
	ZSTD_CCtx *zstd;
};

/* --- gzip --- */

static int gzip_start(struct encoder *x, enum encoder_effort effort)
{
	int level = effort == ENCODER_BEST ? Z_BEST_COMPRESSION : Z_DEFAULT_COMPRESSION;

	return deflateInit2(&x->gzip, level, Z_DEFLATED, MAX_WBITS + 16, 9,
			    Z_DEFAULT_STRATEGY) == Z_OK
		       ? 0
		       : -1;
}

/* zlib counts in 32 bits. */
static size_t portion(size_t n)
{
	const size_t most = 1 << 30;

	return n < most ? n : most;
}

static int gzip_step(struct encoder *x, struct slice in, bool last)
{
	size_t left = in.n;
	int r = Z_OK;

	x->gzip.next_in = in.p;
	while (r == Z_OK) {
		size_t give = portion(left), room = portion(x->room - x->n);

		if (!last && left == 0)
			return 0;
		if (room == 0)
			return 1;
		x->gzip.avail_in = (uInt)give;
		x->gzip.next_out = x->out + x->n;
		x->gzip.avail_out = (uInt)room;
		r = deflate(&x->gzip, last ? Z_FINISH : Z_NO_FLUSH);
		left -= give - x->gzip.avail_in;
		x->n += room - x->gzip.avail_out;
	}
	return r == Z_STREAM_END ? 0 : r == Z_BUF_ERROR ? 1 : -1;
}

static void gzip_done(struct encoder *x)
{
	deflateEnd(&x->gzip);
}

/* --- xz --- */

static int xz_start(struct encoder *x, enum encoder_effort effort)
{
	uint32_t preset = effort == ENCODER_BEST ? XZ_BEST : XZ_QUICK;

	x->xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_easy_encoder(&x->xz, preset, LZMA_CHECK_CRC32) == LZMA_OK ? 0 : -1;
}

static int xz_step(struct encoder *x, struct slice in, bool last)
{
	lzma_ret r = LZMA_OK;

	x->xz.next_in = in.p;
	x->xz.avail_in = in.n;
	while (r == LZMA_OK && (last || x->xz.avail_in)) {
		if (x->n == x->room)
			return 1;
		x->xz.next_out = x->out + x->n;
		x->xz.avail_out = x->room - x->n;
		r = lzma_code(&x->xz, last ? LZMA_FINISH : LZMA_RUN);
		x->n = x->room - x->xz.avail_out;
	}
	return r == LZMA_OK || r == LZMA_STREAM_END ? 0 : -1;
}

static void xz_done(struct encoder *x)
{
	lzma_end(&x->xz);
}

/* --- zstd --- */

static int zstd_start(struct encoder *x, enum encoder_effort effort)
{
	int level = effort == ENCODER_BEST ? ZSTD_BEST : ZSTD_QUICK;

	x->zstd = ZSTD_createCCtx();
	return x->zstd &&
			       !ZSTD_isError(ZSTD_CCtx_setParameter(
				       x->zstd, ZSTD_c_compressionLevel, level)) &&
			       !ZSTD_isError(ZSTD_CCtx_setParameter(
				       x->zstd, ZSTD_c_windowLog,
				       effort == ENCODER_BEST ? ZSTD_WINDOW_LOG : 0))
		       ? 0
		       : -1;
}

static int zstd_step(struct encoder *x, struct slice in, bool last)
{
	ZSTD_inBuffer from = {in.p, in.n, 0};
	ZSTD_outBuffer to = {x->out, x->room, x->n};
	size_t left = 1;

	while (last ? left != 0 : from.pos < from.size) {
		if (to.pos == to.size)
			return 1;
		left = ZSTD_compressStream2(x->zstd, &to, &from,
					    last ? ZSTD_e_end : ZSTD_e_continue);
		x->n = to.pos;
		if (ZSTD_isError(left))
			return -1;
	}
	return 0;
}

static void zstd_done(struct encoder *x)
{
	ZSTD_freeCCtx(x->zstd);
}

/* --- all --- */

static const struct coder coders[] = {
	{CODEC_GZIP, gzip_start, gzip_step, gzip_done},
	{CODEC_XZ, xz_start, xz_step, xz_done},
	{CODEC_ZSTD, zstd_start, zstd_step, zstd_done},
};

int encoder_new(enum codec c, enum encoder_effort effort, uint8_t *out, size_t room,
		struct encoder **ret, struct err *e)
{
	_cleanup_free_ struct encoder *x = calloc(1, sizeof(*x));

	if (!x)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_LEN(coders); i++)
		if (coders[i].codec == c)
			x->coder = &coders[i];
	if (!x->coder)
		return err_set(e, ERR_UNSUPPORTED, "%s is not written here",
			       codec_name(c));
	x->out = out;
	x->room = room;
	if (x->coder->start(x, effort) < 0) {
		x->coder->done(x);
		return err_set(e, ERR_NOMEM, "%s: out of memory", codec_name(c));
	}
	*ret = TAKE_PTR(x);
	return 0;
}

struct encoder *encoder_free(struct encoder *x)
{
	if (x) {
		x->coder->done(x);
		free(x);
	}
	return NULL;
}

static int step(struct encoder *x, struct slice in, bool last, struct err *e)
{
	int r = x->coder->step(x, in, last);

	if (r < 0)
		return err_set(e, ERR_NOMEM, "%s: out of memory",
			       codec_name(x->coder->codec));
	return r > 0 ? err_set(e, ERR_LIMIT,
			       "packed with %s it needs more than %zu bytes",
			       codec_name(x->coder->codec), x->room)
		     : 0;
}

int encoder_write(struct encoder *x, struct slice in, struct err *e)
{
	return in.n ? step(x, in, false, e) : 0;
}

int encoder_finish(struct encoder *x, size_t *ret_n, struct err *e)
{
	int r = step(x, slice_of("", 0), true, e);

	if (r >= 0)
		*ret_n = x->n;
	return r;
}
