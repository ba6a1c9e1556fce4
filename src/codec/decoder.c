/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from input pieces to output pieces that all decoders share. */
#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

int decoder_nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

int decoder_early(const struct decoder *d, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s data ends early", d->name);
}

int decoder_damaged(const struct decoder *d, const char *why, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s data is damaged (%s)", d->name, why);
}

static void decoder_used(struct decoder *d, size_t n)
{
	d->piece = slice_of(d->piece.p + n, d->piece.n - n);
}

int decoder_fill(struct decoder *d, struct err *e)
{
	struct slice piece = SLICE_NONE;
	int r;

	if (d->piece.n || d->in_ended)
		return 0;
	if (d->in.fill) {
		r = d->in.fill(d->in.ctx, &piece, e);
		if (r < 0)
			return r;
	}
	d->piece = piece;
	d->in_ended = piece.n == 0;
	return 0;
}

int decoder_take(struct decoder *d, void *buf, size_t n, size_t *ret_n, struct err *e)
{
	size_t got = 0, part;
	int r;

	while (got < n) {
		r = decoder_fill(d, e);
		if (r < 0)
			return r;
		if (d->piece.n == 0)
			break;
		part = n - got < d->piece.n ? n - got : d->piece.n;
		memcpy((uint8_t *)buf + got, d->piece.p, part);
		decoder_used(d, part);
		got += part;
	}
	*ret_n = got;
	return 0;
}

int decoder_need(struct decoder *d, void *buf, size_t n, struct slice *ret, struct err *e)
{
	size_t got;
	int r;

	if (slice_sub(d->piece, 0, n, ret)) {
		decoder_used(d, n);
		return 0;
	}
	r = decoder_take(d, buf, n, &got, e);
	if (r < 0)
		return r;
	if (got < n)
		return decoder_early(d, e);
	*ret = slice_of(buf, n);
	return 0;
}

int decoder_put_back(struct decoder *d, struct slice bytes, struct err *e)
{
	size_t n = bytes.n + d->piece.n;
	uint8_t *joined;

	if (bytes.n == 0)
		return 0;
	joined = malloc(n);
	if (!joined)
		return decoder_nomem(e);
	memcpy(joined, bytes.p, bytes.n);
	if (d->piece.n)
		memcpy(joined + bytes.n, d->piece.p, d->piece.n);
	free(d->rest);
	d->rest = joined;
	d->piece = slice_of(joined, n);
	return 0;
}

/* Output that came before an error is given out first: whatever the size of the input
 * pieces, the caller sees the same bytes. */
static int decoder_step_read(struct decoder *d, struct slice *ret, struct err *e)
{
	size_t made = 0;
	int r = 0;

	while (made < DECODER_OUT && !d->ended) {
		size_t used = 0, more = 0;

		r = decoder_fill(d, e);
		if (r < 0)
			break;
		r = d->ops->step(d, d->piece, d->out + made, DECODER_OUT - made, &used,
				 &more, e);
		if (r < 0)
			break;
		decoder_used(d, used);
		made += more;
		d->ended = r > 0;
		if (!d->ended && used == 0 && more == 0) {
			r = d->in_ended ? decoder_early(d, e)
					: decoder_damaged(d, "no progress", e);
			break;
		}
	}
	if (r < 0) {
		d->failure = *e;
		if (made == 0)
			return r;
		err_clear(e);
	}
	*ret = slice_of(d->out, made);
	return 0;
}

int decoder_read(struct decoder *d, struct slice *ret, struct err *e)
{
	struct slice piece = SLICE_NONE;
	int r = 0;

	if (d->failure.code) {
		*e = d->failure;
		return -(int)e->code;
	}
	if (!d->ended) {
		r = d->ops->step ? decoder_step_read(d, &piece, e)
				 : d->ops->read(d, &piece, e);
		if (r < 0) {
			d->failure = *e;
			return r;
		}
		d->ended = d->ended || piece.n == 0;
	}
	*ret = piece;
	return 0;
}

struct slice decoder_rest(const struct decoder *d)
{
	return d->piece;
}

struct decoder *decoder_free(struct decoder *d)
{
	if (!d)
		return NULL;
	if (d->state)
		d->ops->close(d);
	free(d->out);
	free(d->rest);
	free(d);
	return NULL;
}
