/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stream of bytes taken in pieces, of which only the current piece is in memory: the
 * initramfs file itself, or what one of its compressed segments unpacks to.
 */
#pragma once

#include "codec.h"

struct stream {
	struct codec_input in;
	struct slice piece; /* taken and not used yet */
	uint64_t offset;    /* of the piece's first byte */
	uint64_t *total;    /* bytes taken, by several streams together ... */
	uint64_t max;       /* ... and how many there may be */
	bool ended;
	uint8_t *joined; /* owner of the piece when it had to be joined */
};

void stream_done(struct stream *s);
#define _cleanup_stream_ _cleanup_(stream_done)

/* Makes sure that `piece` is not empty, unless the stream is at its end. */
int stream_fill(struct stream *s, struct err *e);

/* The next `n` bytes, without using them: fewer only at the end of the stream. Borrowed
 * until the next call. */
int stream_peek(struct stream *s, size_t n, struct slice *ret, struct err *e);

/* The next bytes, from 1 to `max` as they lie in the piece; 0 at the end. */
int stream_some(struct stream *s, uint64_t max, struct slice *ret, struct err *e);

/* Exactly `n` bytes into `buf`, or past. ERR_CORRUPT when the stream ends before. */
int stream_take(struct stream *s, void *buf, size_t n, struct err *e);
int stream_skip(struct stream *s, uint64_t n, struct err *e);

/* Past all zero bytes. 1 when there is something behind them, 0 at the end. */
int stream_skip_zeros(struct stream *s, struct err *e);

/* For a decoder that goes on with this stream's input: its source, and, when it is done,
 * what it left. */
struct codec_input stream_source(struct stream *s);
int stream_resume(struct stream *s, struct slice rest, struct err *e);
