/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressing a stream into room of a fixed size: whether a large archive fits where it
 * lay before. What is written is read by Linux's own decoders (see encode.c); the same
 * input always gives the same bytes, under one version of the library.
 */
#pragma once

#include "codec.h"

enum encoder_effort { ENCODER_QUICK, ENCODER_BEST };

struct encoder;

/* gzip, xz and zstd; ERR_UNSUPPORTED for others. `out` is borrowed until the end. */
int encoder_new(enum codec c, enum encoder_effort effort, uint8_t *out, size_t room,
		struct encoder **ret, struct err *e);
/* NULL is allowed. */
struct encoder *encoder_free(struct encoder *x);
static inline void encoder_freep(struct encoder **x)
{
	encoder_free(*x);
}

/* ERR_LIMIT as soon as it is known not to fit. */
int encoder_write(struct encoder *x, struct slice in, struct err *e);
/* *ret_n: how much of the room was taken. */
int encoder_finish(struct encoder *x, size_t *ret_n, struct err *e);
