/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressing what is written into a guest: small archives, whole in memory. The same
 * input always gives the same bytes, under one version of the library.
 */
#pragma once

#include "codec.h"

/* Can this build write the compression (CODEC_NONE: always)? */
bool codec_encodes(enum codec c);

/* `in` as one stream that Linux's own decoders read, into the arena. CODEC_NONE borrows
 * `in`. ERR_UNSUPPORTED where codec_encodes() is false. */
int codec_encode_all(enum codec c, struct slice in, struct arena *a, struct slice *ret,
		     struct err *e);
