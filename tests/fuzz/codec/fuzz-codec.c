/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stream decoders. Anyone who can write an initramfs, a module or a disk image makes
 * this input. The first byte selects the codec and the size of the input pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUTPUT_MAX = 4 * 1024 * 1024 };

struct feed {
	struct slice left;
	size_t step;
	uint8_t *piece;
};

static int fill(void *ctx, struct slice *ret, struct err *e)
{
	struct feed *f = ctx;
	size_t n = f->left.n < f->step ? f->left.n : f->step;

	free(f->piece);
	f->piece = malloc(n ? n : 1);
	if (!f->piece)
		return err_set(e, ERR_NOMEM, "out of memory");
	memcpy(f->piece, f->left.p, n);
	*ret = slice_of(f->piece, n);
	f->left = slice_of(f->left.p + n, f->left.n - n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = {0};
	struct codec_input in = {fill, &f};
	struct err e = ERR_INIT;
	struct decoder *d = NULL;
	struct slice piece;
	size_t total = 0;
	enum codec c;
	int r;

	if (size < 1)
		return 0;
	c = 1 + (data[0] & 15) % (CODEC_COUNT - 1);
	f.step = data[0] & 0x80 ? 5 : 4096;
	f.left = slice_of(data + 1, size - 1);
	r = decoder_new(c, in, SLICE_NONE, &d, &e);
	while (r >= 0 && total < OUTPUT_MAX) {
		r = decoder_read(d, &piece, &e);
		if (r < 0 || piece.n == 0)
			break;
		total += piece.n;
	}
	if (r >= 0 && d && decoder_rest(d).n > size)
		abort();
	decoder_free(d);
	free(f.piece);
	return 0;
}
