/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The three compressions of extents. An extent is stored in whole sectors, so zeroes
 * follow the stream.
 */
#include <inttypes.h>

#include "btrfs.h"
#include "codec.h"

enum { ZLIB_HEAD = 2, LZO_LEN = 4 };

/* Its checksum was compared with that of the sectors: only what lies between zlib's own
 * header and sum is unpacked (RFC 1950, 2.2). */
static int unpack_zlib(struct btrfs *x, struct slice in, void *out, size_t len,
		       struct err *e)
{
	struct slice bare;
	struct reader rd = reader_of(in);
	unsigned head = rd_u16be(&rd);

	if (!slice_sub(in, ZLIB_HEAD, in.n - ZLIB_HEAD, &bare) || (head >> 8 & 15) != 8 ||
	    head % 31 || head & 0x20)
		return err_set(e, ERR_CORRUPT, "zlib data has no header");
	return codec_inflate_raw(&x->codec, bare, out, len, e);
}

/* A length of all, then pieces that make a sector each: their length, and a bare block of
 * LZO1X. No length lies across the end of a sector ("lzo.c" in Linux, fs/btrfs). */
static int unpack_lzo(const struct btrfs *x, struct slice in, uint8_t *out, size_t len,
		      struct err *e)
{
	struct reader rd = reader_of(in);
	uint32_t total = rd_u32le(&rd);
	struct slice all;
	size_t done = 0;

	if (!rd_ok(&rd) || !slice_sub(in, 0, total, &all))
		return err_set(e, ERR_CORRUPT, "lzo data of %" PRIu32 " bytes is cut off",
			       total);
	rd = reader_of(all);
	rd_seek(&rd, LZO_LEN);
	while (done < len) {
		size_t room = len - done < x->super.sector ? len - done : x->super.sector;
		size_t left = x->super.sector - rd.pos % x->super.sector, n = 0;
		struct slice piece;
		uint32_t stored;
		int r;

		if (left < LZO_LEN)
			rd_skip(&rd, left);
		stored = rd_u32le(&rd);
		piece = rd_bytes(&rd, stored);
		if (!rd_ok(&rd))
			return err_set(e, ERR_CORRUPT,
				       "lzo data ends after %zu of %zu bytes", done, len);
		r = codec_unpack_lzo(piece, out + done, room, &n, e);
		if (r < 0)
			return r;
		if (n != room)
			return err_set(e, ERR_CORRUPT,
				       "a piece of lzo data makes %zu bytes, not %zu", n,
				       room);
		done += n;
	}
	return 0;
}

int btrfs_unpack(struct btrfs *x, enum btrfs_packing packing, struct slice in, void *out,
		 size_t len, struct err *e)
{
	switch (packing) {
	case BTRFS_ZLIB:
		return unpack_zlib(x, in, out, len, e);
	case BTRFS_LZO:
		return unpack_lzo(x, in, out, len, e);
	case BTRFS_ZSTD:
		return codec_zstd_block(&x->codec, in, out, len, e);
	default:
		return err_set(e, ERR_UNSUPPORTED,
			       "it is compressed in a way that is not known here (%u)",
			       (unsigned)packing);
	}
}
