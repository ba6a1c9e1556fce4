/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each compression as Linux's lib/decompress_*.c wants it: xz with CRC32 (its decoder
 * knows no CRC64), lz4 in the legacy format, gzip without a time.
 */
#include "encode.h"

#include <lz4hc.h>
#include <lzma.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "decoder.h"
#include "put.h"

enum {
	GZIP_MORE = 18,  /* header and trailer around the deflate data */
	ZSTD_LEVEL = 12, /* a window of 4 MiB, which every kernel reads */
	XZ_LEVEL = 6,    /* a dictionary of 8 MiB */
	LZ4_BLOCK = 8 * 1024 * 1024,
	LZ4_HEAD = 4,
};

/* An encoder writes at most bound() bytes to `out`; it returns how many, 0 on failure. */
struct whole_encoder {
	size_t (*bound)(size_t n);
	size_t (*encode)(struct slice in, uint8_t *out, size_t room);
};

static size_t gzip_bound(size_t n)
{
	return compressBound((uLong)n) + GZIP_MORE;
}

static size_t gzip_encode(struct slice in, uint8_t *out, size_t room)
{
	z_stream z = {
		.next_in = in.p,
		.avail_in = (uInt)in.n,
		.next_out = out,
		.avail_out = (uInt)room,
	};
	int r;

	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 9,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	r = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return r == Z_STREAM_END ? room - z.avail_out : 0;
}

static size_t xz_encode(struct slice in, uint8_t *out, size_t room)
{
	size_t n = 0;

	return lzma_easy_buffer_encode(XZ_LEVEL, LZMA_CHECK_CRC32, NULL, in.p, in.n, out,
				       &n, room) == LZMA_OK
		       ? n
		       : 0;
}

static size_t zstd_encode(struct slice in, uint8_t *out, size_t room)
{
	size_t n = ZSTD_compress(out, room, in.p, in.n, ZSTD_LEVEL);

	return ZSTD_isError(n) ? 0 : n;
}

static size_t lz4_bound(size_t n)
{
	size_t whole = LZ4_HEAD + (size_t)LZ4_compressBound(LZ4_BLOCK);

	return LZ4_HEAD + n / LZ4_BLOCK * whole + LZ4_HEAD +
	       (size_t)LZ4_compressBound((int)(n % LZ4_BLOCK));
}

static size_t lz4_encode(struct slice in, uint8_t *out, size_t room)
{
	size_t n = LZ4_HEAD;

	put_le(out, 4, LZ4_LEGACY_MAGIC);
	for (size_t at = 0; at < in.n; at += LZ4_BLOCK) {
		size_t left = in.n - at;
		int made = LZ4_compress_HC((const char *)in.p + at,
					   (char *)out + n + LZ4_HEAD,
					   left < LZ4_BLOCK ? (int)left : LZ4_BLOCK,
					   (int)(room - n - LZ4_HEAD), LZ4HC_CLEVEL_MAX);

		if (made <= 0)
			return 0;
		put_le(out + n, 4, (uint32_t)made);
		n += LZ4_HEAD + (size_t)made;
	}
	return n;
}

static const struct whole_encoder encoders[CODEC_COUNT] = {
	[CODEC_GZIP] = {gzip_bound, gzip_encode},
	[CODEC_XZ] = {lzma_stream_buffer_bound, xz_encode},
	[CODEC_LZ4_LEGACY] = {lz4_bound, lz4_encode},
	[CODEC_ZSTD] = {ZSTD_compressBound, zstd_encode},
};

bool codec_encodes(enum codec c)
{
	return c == CODEC_NONE || (c < CODEC_COUNT && encoders[c].encode);
}

int codec_encode_all(enum codec c, struct slice in, struct arena *a, struct slice *ret,
		     struct err *e)
{
	uint8_t *out;
	size_t room, n;

	if (!codec_encodes(c))
		return err_set(e, ERR_UNSUPPORTED, "%s is not written here",
			       codec_name(c));
	if (c == CODEC_NONE) {
		*ret = in;
		return 0;
	}
	if (in.n > INT32_MAX / 2)
		return err_set(e, ERR_LIMIT, "more than 1 GiB to compress");
	room = encoders[c].bound(in.n);
	out = arena_alloc(a, room);
	if (!out)
		return arena_full(a, e);
	n = encoders[c].encode(in, out, room);
	if (n == 0)
		return err_set(e, ERR_NOMEM, "%s: out of memory", codec_name(c));
	*ret = slice_of(out, n);
	return 0;
}
