/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed streams, as they occur in an initramfs, in kernel modules, in kernel images,
 * in qcow2 clusters and in SquashFS. One row of codecs[] in codec.c per compression; each
 * decoder works in bounded memory and says how many input bytes it used, because an
 * initramfs goes on after the end of one stream.
 */
#pragma once

#include "arena.h"
#include "err.h"
#include "slice.h"

enum codec {
	CODEC_NONE,
	CODEC_GZIP,
	CODEC_BZIP2,
	CODEC_XZ,
	CODEC_LZMA,       /* lzma "alone" */
	CODEC_LZO,        /* lzop container, LZO1X */
	CODEC_LZ4_LEGACY, /* as the Linux kernel reads: lz4 -l */
	CODEC_LZ4,        /* lz4 frame */
	CODEC_ZSTD,
	CODEC_COUNT
};

/* "gzip", "lz4-legacy", ...: the word shown to users and used in JSON. */
const char *codec_name(enum codec c);

/* Which compression starts with these bytes (6 suffice); CODEC_NONE when none does. */
enum codec codec_detect(struct slice head);

/* Where a decoder gets its input: fill() gives the next piece, borrowed until the next
 * call; a piece of 0 bytes is the end. */
struct codec_input {
	int (*fill)(void *ctx, struct slice *ret_piece, struct err *e);
	void *ctx;
};

struct decoder;

/* Starts decoding one stream that begins with `pending` (borrowed bytes already taken
 * from the input; may be empty) and goes on with `in`. ERR_UNSUPPORTED where this build
 * lacks the compression; ERR_LIMIT where the stream declares a window above 128 MiB. */
int decoder_new(enum codec c, struct codec_input in, struct slice pending,
		struct decoder **ret, struct err *e);
struct decoder *decoder_free(struct decoder *d);
static inline void decoder_freep(struct decoder **d)
{
	decoder_free(*d);
}

/* The next piece of output, borrowed until the next call; 0 bytes at the stream's end. */
int decoder_read(struct decoder *d, struct slice *ret_piece, struct err *e);

/* After the end: the input bytes behind the stream that fill() had already given out. */
struct slice decoder_rest(const struct decoder *d);

/* A whole small stream at once (a module): into the arena, at most `max` bytes of output.
 * Trailing bytes are ignored. */
int codec_decode_all(enum codec c, struct slice in, size_t max, struct arena *a,
		     struct slice *ret, struct err *e);

/* What blocks of known output size are unpacked with, one after the other: all zero at
 * first. (To make what zstd needs takes as long as to unpack 16 KiB: it asks which
 * processor this is, which a virtual one answers late.) */
struct codec_blocks {
	void *zstd, *inflate;
};

/* One such block, of exactly `out_len` bytes: a qcow2 cluster. The zlib form is raw
 * deflate without header; the zstd form is one frame. */
int codec_inflate_raw(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		      struct err *e);
int codec_zstd_block(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		     struct err *e);
void codec_blocks_done(struct codec_blocks *c);

/* One block that takes all of `in` and makes at most `room` bytes, as in SquashFS; *ret_n
 * is how many it made. zlib: with its header and checksum (RFC 1950); lz4 and lzo: bare
 * blocks; xz and zstd: one stream, one frame. ERR_CORRUPT where it makes more than that.
 */
typedef int (*codec_unpack_fn)(struct slice in, void *out, size_t room, size_t *ret_n,
			       struct err *e);
int codec_unpack_zlib(struct slice in, void *out, size_t room, size_t *ret_n,
		      struct err *e);
int codec_unpack_lzo(struct slice in, void *out, size_t room, size_t *ret_n,
		     struct err *e);
int codec_unpack_xz(struct slice in, void *out, size_t room, size_t *ret_n,
		    struct err *e);
int codec_unpack_lz4(struct slice in, void *out, size_t room, size_t *ret_n,
		     struct err *e);
int codec_unpack_zstd(struct slice in, void *out, size_t room, size_t *ret_n,
		      struct err *e);
