/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pieces.h"

enum { PIECE = 256 * 1024 };

static int next_piece(void *ctx, struct slice *ret_piece, struct err *e)
{
	struct file_pieces *in = ctx;
	uint64_t left = in->file->node.size - in->off;
	size_t n = left < PIECE ? (size_t)left : PIECE;
	int r;

	*ret_piece = SLICE_NONE;
	if (n == 0)
		return 0;
	r = file_read(in->file, in->off, in->buf, n, e);
	if (r < 0)
		return r;
	in->off += n;
	*ret_piece = slice_of(in->buf, n);
	return 0;
}

int file_pieces_open(const struct file *file, struct arena *a, struct file_pieces *ret,
		     struct codec_input *ret_input, struct err *e)
{
	uint8_t *buf = arena_alloc(a, PIECE);

	if (!buf)
		return arena_full(a, e);
	*ret = (struct file_pieces){file, 0, buf};
	*ret_input = (struct codec_input){next_piece, ret};
	return 0;
}
