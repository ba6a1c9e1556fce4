/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks of raw deflate (RFC 1951) by ISA-L's igzip. */
#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "block.h"

void block_inflate_free(void *state)
{
	free(state);
}

int block_inflate(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		  size_t *ret_made, struct err *e)
{
	struct inflate_state *z;
	int r;

	if (!c->inflate)
		c->inflate = calloc(1, sizeof(*z));
	z = c->inflate;
	if (!z)
		return err_set(e, ERR_NOMEM, "out of memory");
	isal_inflate_init(z);
	z->next_in = (uint8_t *)in.p; /* only read; igzip's type lacks the const */
	z->avail_in = (uint32_t)in.n;
	z->next_out = out;
	z->avail_out = (uint32_t)out_len;
	r = isal_inflate_stateless(z);
	*ret_made = out_len - z->avail_out;
	if (r == ISAL_DECOMP_OK)
		return BLOCK_ENDED;
	if (r == ISAL_END_INPUT || r == ISAL_OUT_OVERFLOW)
		return BLOCK_UNFINISHED;
	return err_set(e, ERR_CORRUPT, "deflate data is damaged (%d)", r);
}
