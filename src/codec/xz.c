/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xz and the older lzma "alone" form through liblzma: one stream. */
#include <stdlib.h>

#include <lzma.h>

#include "decoder.h"
#include "limits.h"

/* liblzma's own tables beside the dictionary take some 40 KiB. */
enum { LZMA_OVERHEAD = 1024 * 1024 };

static int lzma_any_open(struct decoder *d, bool alone, struct err *e)
{
	const uint64_t limit = LIMIT_CODEC_WINDOW + LZMA_OVERHEAD;
	lzma_stream *z = calloc(1, sizeof(*z));
	lzma_ret r;

	if (!z)
		return decoder_nomem(e);
	r = alone ? lzma_alone_decoder(z, limit) : lzma_stream_decoder(z, limit, 0);
	if (r != LZMA_OK) {
		free(z);
		return decoder_nomem(e);
	}
	d->state = z;
	return 0;
}

static int xz_open(struct decoder *d, struct err *e)
{
	return lzma_any_open(d, false, e);
}

static int lzma_open(struct decoder *d, struct err *e)
{
	return lzma_any_open(d, true, e);
}

static int lzma_failed(const struct decoder *d, lzma_ret r, struct err *e)
{
	const lzma_stream *z = d->state;

	switch (r) {
	case LZMA_MEM_ERROR:
		return decoder_nomem(e);
	case LZMA_MEMLIMIT_ERROR:
		return err_set(e, ERR_LIMIT,
			       "%s data declares a dictionary of about %llu MiB: more "
			       "than the %zu MiB allowed",
			       d->name, (unsigned long long)(lzma_memusage(z) >> 20),
			       LIMIT_CODEC_WINDOW >> 20);
	case LZMA_OPTIONS_ERROR:
		return err_set(e, ERR_UNSUPPORTED,
			       "%s data uses options or filters not known here", d->name);
	case LZMA_FORMAT_ERROR:
		return decoder_damaged(d, "invalid header", e);
	default:
		return decoder_damaged(d, "wrong checksum or invalid block", e);
	}
}

static int lzma_step(struct decoder *d, struct slice in, uint8_t *out, size_t room,
		     size_t *ret_used, size_t *ret_made, struct err *e)
{
	lzma_stream *z = d->state;
	lzma_ret r;

	z->next_in = in.p;
	z->avail_in = in.n;
	z->next_out = out;
	z->avail_out = room;
	r = lzma_code(z, LZMA_RUN);
	*ret_used = in.n - z->avail_in;
	*ret_made = room - z->avail_out;
	switch (r) {
	case LZMA_STREAM_END:
		return 1;
	case LZMA_OK:
	case LZMA_BUF_ERROR: /* no progress: the caller sees that */
		return 0;
	default:
		return lzma_failed(d, r, e);
	}
}

static void lzma_close(struct decoder *d)
{
	lzma_end(d->state);
	free(d->state);
}

const struct codec_ops codec_xz = {
	.open = xz_open,
	.step = lzma_step,
	.close = lzma_close,
};

const struct codec_ops codec_lzma = {
	.open = lzma_open,
	.step = lzma_step,
	.close = lzma_close,
};
