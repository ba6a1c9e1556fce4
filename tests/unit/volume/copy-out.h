/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a volume to standard output, in pieces that fit no block. */
#pragma once

#include <stdio.h>

#include "blocks.h"

static int copy_out(struct blocks *b, struct err *e)
{
	enum { PIECE = 12345 };
	uint8_t piece[PIECE];
	int r = 0;

	for (uint64_t off = 0; r == 0 && off < b->size; off += PIECE) {
		size_t n = b->size - off < PIECE ? (size_t)(b->size - off) : PIECE;

		r = blocks_read(b, off, piece, n, e);
		if (r == 0 && fwrite(piece, 1, n, stdout) != n)
			r = err_set(e, ERR_IO, "write");
	}
	return r;
}
