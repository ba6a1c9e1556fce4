/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What block.c shares with the file that inflates, of which there is one for each
 * library.
 */
#pragma once

#include "codec.h"

/* How raw deflate (RFC 1951) went: to its end, or until the input or the room for the
 * output was used up. */
enum { BLOCK_ENDED, BLOCK_UNFINISHED };

/* Inflates `in` to up to `out_len` bytes, each of less than 4 GiB. One of the above, with
 * how many bytes came; ERR_CORRUPT says what is damaged. c->inflate is that file's. */
int block_inflate(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		  size_t *ret_made, struct err *e);
/* NULL is allowed. */
void block_inflate_free(void *state);
