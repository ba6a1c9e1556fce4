/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the decoders share: the object behind struct decoder and its ways to take input.
 * A compression is one struct codec_ops with either step() (a library that turns any
 * piece of input into any amount of output) or read() (a format of whole blocks).
 */
#pragma once

#include <stdbool.h>

#include "codec.h"

/* How much a stepping decoder puts out at once: ISA-L copies the first 32 KiB of each
 * piece once more, so pieces must not be small. */
enum { DECODER_OUT = 256 * 1024 };

/* The first four bytes of lz4's legacy format, as a number. */
#define LZ4_LEGACY_MAGIC 0x184c2102u

struct decoder {
	const char *name;
	const struct codec_ops *ops;
	struct codec_input in;
	struct slice piece; /* input taken and not used yet */
	bool in_ended;      /* fill() has no more */
	bool ended;         /* all output was given out */
	struct err failure; /* comes up again at each further read */
	void *state;        /* of the decoder */
	uint8_t *out;       /* of DECODER_OUT bytes, for step() */
	uint8_t *rest;      /* owner of `piece` when it had to be joined */
};

struct codec_ops {
	int (*open)(struct decoder *d, struct err *e);
	/* Decodes from `in` into the `room` bytes at `out`. 1 at the end of the stream.
	 */
	int (*step)(struct decoder *d, struct slice in, uint8_t *out, size_t room,
		    size_t *ret_used, size_t *ret_made, struct err *e);
	/* As decoder_read(), in place of step(). */
	int (*read)(struct decoder *d, struct slice *ret, struct err *e);
	/* Frees `state`, which may be NULL. */
	void (*close)(struct decoder *d);
};

extern const struct codec_ops codec_gzip, codec_bzip2, codec_xz, codec_lzma, codec_lzo,
	codec_lz4_legacy, codec_lz4, codec_zstd;

/* Makes sure that `piece` is not empty, unless the input is at its end. */
int decoder_fill(struct decoder *d, struct err *e);

/* Up to `n` bytes into `buf`: fewer only at the end of the input. */
int decoder_take(struct decoder *d, void *buf, size_t n, size_t *ret_n, struct err *e);

/* Exactly `n` bytes: borrowed from the piece where they lie in one, otherwise joined in
 * `buf`. ERR_CORRUPT when the input ends before. */
int decoder_need(struct decoder *d, void *buf, size_t n, struct slice *ret,
		 struct err *e);

/* Gives back the last bytes taken, as the start of the input left. */
int decoder_put_back(struct decoder *d, struct slice bytes, struct err *e);

int decoder_nomem(struct err *e);
int decoder_early(const struct decoder *d, struct err *e);
int decoder_damaged(const struct decoder *d, const char *why, struct err *e);
