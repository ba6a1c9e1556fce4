/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single blocks of which only the most that they may unpack to is known, as in SquashFS:
 * each by one call of its library.
 */
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "codec.h"
#include "limits.h"
#include "lzo1x.h"

/* liblzma's own tables beside the dictionary take some 40 KiB. */
enum { XZ_OVERHEAD = 1024 * 1024 };

static int damaged(const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s data is damaged (%s)", name, why);
}

int codec_unpack_zlib(struct slice in, void *out, size_t room, size_t *ret_n,
		      struct err *e)
{
	uLong used = in.n;
	uLongf made = room;
	int r = uncompress2(out, &made, in.p, &used);

	if (r == Z_MEM_ERROR)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (r != Z_OK)
		return damaged("zlib",
			       r == Z_BUF_ERROR ? "longer than its block" : zError(r), e);
	if (used != in.n)
		return damaged("zlib", "bytes behind its end", e);
	*ret_n = made;
	return 0;
}

int codec_unpack_lzo(struct slice in, void *out, size_t room, size_t *ret_n,
		     struct err *e)
{
	return lzo1x_unpack(in, out, room, ret_n) ? 0
						  : damaged("lzo", "invalid block", e);
}

int codec_unpack_xz(struct slice in, void *out, size_t room, size_t *ret_n, struct err *e)
{
	uint64_t memory = LIMIT_CODEC_WINDOW + XZ_OVERHEAD;
	size_t used = 0, made = 0;
	lzma_ret r = lzma_stream_buffer_decode(&memory, 0, NULL, in.p, &used, in.n, out,
					       &made, room);

	switch (r) {
	case LZMA_OK:
		break;
	case LZMA_MEM_ERROR:
		return err_set(e, ERR_NOMEM, "out of memory");
	case LZMA_MEMLIMIT_ERROR:
		return err_set(e, ERR_LIMIT,
			       "xz data declares a dictionary above the %zu MiB allowed",
			       LIMIT_CODEC_WINDOW >> 20);
	case LZMA_OPTIONS_ERROR:
		return err_set(e, ERR_UNSUPPORTED,
			       "xz data uses options or filters not known here");
	case LZMA_BUF_ERROR:
		return damaged("xz", "longer than its block", e);
	default:
		return damaged("xz", "wrong checksum or invalid block", e);
	}
	if (used != in.n)
		return damaged("xz", "more than one stream", e);
	*ret_n = made;
	return 0;
}

int codec_unpack_lz4(struct slice in, void *out, size_t room, size_t *ret_n,
		     struct err *e)
{
	int made = -1;

	if (in.n <= INT32_MAX)
		made = LZ4_decompress_safe((const char *)in.p, out, (int)in.n,
					   room < INT32_MAX ? (int)room : INT32_MAX);
	if (made < 0)
		return damaged("lz4", "invalid block", e);
	*ret_n = (size_t)made;
	return 0;
}

int codec_unpack_zstd(struct slice in, void *out, size_t room, size_t *ret_n,
		      struct err *e)
{
	size_t made = ZSTD_decompress(out, room, in.p, in.n);

	if (ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (ZSTD_isError(made))
		return damaged("zstd", ZSTD_getErrorName(made), e);
	*ret_n = made;
	return 0;
}
