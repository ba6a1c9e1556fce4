/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of compressions: their names, magics and decoders.
 */
#include "codec.h"

#include <stdlib.h>

#include "cleanup.h"
#include "decoder.h"
#include "strbuf.h"

static const struct {
	const char *name;
	const char *magic;
	size_t magic_len;
	const struct codec_ops *ops;
} codecs[CODEC_COUNT] = {
	[CODEC_NONE] = {"none", "", 0, NULL},
	[CODEC_GZIP] = {"gzip", "\x1f\x8b", 2, &codec_gzip},
	[CODEC_BZIP2] = {"bzip2", "BZh", 3, &codec_bzip2},
	[CODEC_XZ] = {"xz", "\xfd\x37zXZ\0", 6, &codec_xz},
	[CODEC_LZMA] = {"lzma", "\x5d\0\0", 3, &codec_lzma},
	[CODEC_LZO] = {"lzo", "\x89LZO\0", 5, &codec_lzo},
	[CODEC_LZ4_LEGACY] = {"lz4-legacy", "\x02\x21\x4c\x18", 4, &codec_lz4_legacy},
	[CODEC_LZ4] = {"lz4", "\x04\x22\x4d\x18", 4, &codec_lz4},
	[CODEC_ZSTD] = {"zstd", "\x28\xb5\x2f\xfd", 4, &codec_zstd},
};

const char *codec_name(enum codec c)
{
	return c < CODEC_COUNT ? codecs[c].name : "unknown";
}

enum codec codec_detect(struct slice head)
{
	for (enum codec c = CODEC_NONE + 1; c < CODEC_COUNT; c++)
		if (slice_has(head, 0, codecs[c].magic, codecs[c].magic_len))
			return c;
	return CODEC_NONE;
}

int decoder_new(enum codec c, struct codec_input in, struct slice pending,
		struct decoder **ret, struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	int r;

	if (c >= CODEC_COUNT || !codecs[c].ops)
		return err_set(e, ERR_BUG, "no decoder for \"%s\"", codec_name(c));
	d = calloc(1, sizeof(*d));
	if (!d)
		return decoder_nomem(e);
	d->name = codecs[c].name;
	d->ops = codecs[c].ops;
	d->in = in;
	d->piece = pending;
	if (d->ops->step) {
		d->out = malloc(DECODER_OUT);
		if (!d->out)
			return decoder_nomem(e);
	}
	r = d->ops->open(d, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(d);
	return 0;
}

int codec_decode_all(enum codec c, struct slice in, size_t max, struct arena *a,
		     struct slice *ret, struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT(max);
	struct slice piece;
	void *copy;
	int r;

	r = decoder_new(c, (struct codec_input){NULL, NULL}, in, &d, e);
	if (r < 0)
		return r;
	do {
		r = decoder_read(d, &piece, e);
		if (r < 0)
			return r;
		if (piece.n > max - all.n)
			return err_set(e, ERR_LIMIT, "unpacks to more than %zu bytes",
				       max);
		strbuf_add(&all, piece.p, piece.n);
		if (!strbuf_ok(&all))
			return decoder_nomem(e);
	} while (piece.n);
	copy = arena_memdup(a, strbuf_text(&all), all.n);
	if (!copy)
		return arena_full(a, e);
	*ret = slice_of(copy, all.n);
	return 0;
}
