/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks of raw deflate (RFC 1951) by ISA-L's igzip. */
#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "block.h"
#include "codec.h"

void block_inflate_free(void *state)
{
	free(state);
}

int codec_inflate_raw(struct codec_blocks *c, struct slice in, void *out, size_t out_len,
		      struct err *e)
{
	struct inflate_state *z;
	int r;

	if (in.n > UINT32_MAX || out_len > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "a deflate block of 4 GiB or more");
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
	/* A writer may leave out the end mark: what counts is that all output came. */
	if (z->avail_out == 0 &&
	    (r == ISAL_DECOMP_OK || r == ISAL_END_INPUT || r == ISAL_OUT_OVERFLOW))
		return 0;
	if (r == ISAL_DECOMP_OK)
		return err_set(e, ERR_CORRUPT, "deflate data ends after %zu of %zu bytes",
			       out_len - z->avail_out, out_len);
	if (r == ISAL_END_INPUT)
		return err_set(e, ERR_CORRUPT, "deflate data ends early");
	return err_set(e, ERR_CORRUPT, "deflate data is damaged (%d)", r);
}
