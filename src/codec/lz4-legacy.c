/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lz4 legacy format, the one that Linux unpacks: a magic, then blocks of a 32-bit
 * length and that much lz4 data, each of up to 8 MiB of output. It has no end mark and no
 * checksum. As Linux does, a repeated magic (joined files) is passed over and a length of
 * zero (padding) ends the stream; so does a length that no block can have, which then is
 * the start of something else.
 */
#include <lz4.h>
#include <stdlib.h>

#include "decoder.h"

enum {
	LEGACY_BLOCK = 8 * 1024 * 1024,
	LEGACY_PACKED_MAX = LZ4_COMPRESSBOUND(LEGACY_BLOCK),
};

struct legacy {
	bool begun;
	uint8_t *out;    /* LEGACY_BLOCK bytes */
	uint8_t *packed; /* LEGACY_PACKED_MAX bytes, made when a block must be joined */
};

static int legacy_open(struct decoder *d, struct err *e)
{
	struct legacy *l = calloc(1, sizeof(*l));

	d->state = l;
	if (!l)
		return decoder_nomem(e);
	l->out = malloc(LEGACY_BLOCK);
	l->packed = malloc(LEGACY_PACKED_MAX);
	return l->out && l->packed ? 0 : decoder_nomem(e);
}

/* 1 and the length of the next block, or 0 at the end of the stream. */
static int legacy_next(struct decoder *d, uint32_t *ret_len, struct err *e)
{
	struct legacy *l = d->state;
	uint8_t head[4];
	size_t n;
	int r;

	for (;;) {
		struct reader rd;
		uint32_t len;

		r = decoder_take(d, head, sizeof(head), &n, e);
		if (r < 0)
			return r;
		rd = reader_of(slice_of(head, n));
		len = rd_u32le(&rd);
		if (!l->begun && (!rd_ok(&rd) || len != LZ4_LEGACY_MAGIC))
			return decoder_damaged(d, "invalid header", e);
		l->begun = true;
		if (rd_ok(&rd) && len == LZ4_LEGACY_MAGIC)
			continue;
		if (!rd_ok(&rd) || len == 0 || len > LEGACY_PACKED_MAX)
			return decoder_put_back(d, slice_of(head, n), e);
		*ret_len = len;
		return 1;
	}
}

static int legacy_read(struct decoder *d, struct slice *ret, struct err *e)
{
	struct legacy *l = d->state;
	struct slice packed;
	uint32_t len = 0;
	int made, r;

	r = legacy_next(d, &len, e);
	if (r <= 0)
		return r;
	r = decoder_need(d, l->packed, len, &packed, e);
	if (r < 0)
		return r;
	made = LZ4_decompress_safe((const char *)packed.p, (char *)l->out, (int)packed.n,
				   LEGACY_BLOCK);
	if (made <= 0)
		return decoder_damaged(d, "invalid block", e);
	*ret = slice_of(l->out, (size_t)made);
	return 0;
}

static void legacy_close(struct decoder *d)
{
	struct legacy *l = d->state;

	free(l->out);
	free(l->packed);
	free(l);
}

const struct codec_ops codec_lz4_legacy = {
	.open = legacy_open,
	.read = legacy_read,
	.close = legacy_close,
};
