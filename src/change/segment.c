/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packing what is added, so that the guest's kernel unpacks it behind what is there
 * (init/initramfs.c and lib/decompress_*.c of Linux): zeros between segments are passed
 * over, and a segment may have another compression than the one before it.
 *
 * But behind lz4's legacy format, which has no end mark, kernels take whatever follows
 * for the length of a further block. Newer ones (5.10) end at four zeros, older ones
 * fail. All of them pass over a repeated magic: a second lz4 stream right behind the
 * first one is read as the rest of it.
 */
#include <string.h>

#include "adding.h"

#include "encode.h"
#include "limits.h"
#include "text.h"

enum { ALIGNMENT = 4 };

static enum codec choose_codec(const struct adding *g)
{
	enum codec old = g->old.codec;

	if (old == CODEC_LZ4_LEGACY)
		return old;
	if (strs_has(&g->configs, "CONFIG_RD_GZIP=y"))
		return CODEC_GZIP;
	/* What is there already is read by this kernel, or it would not start. */
	return codec_encodes(old) ? old : CODEC_NONE;
}

/* How many bytes bring `n` to a multiple of four. */
static size_t padding(uint64_t n)
{
	return (size_t)(-n % ALIGNMENT);
}

static void add_zeros(struct strbuf *out, size_t n)
{
	while (n-- > 0)
		strbuf_char(out, '\0');
}

int segment_pack(struct adding *g, struct initramfs_segment *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf plain = STRBUF_INIT(LIMIT_ADDED);
	struct initramfs_segment s = {.at = g->old.size, .added = g->out};
	struct slice packed;
	uint8_t *bytes;
	size_t zeros;
	int r;

	s.codec = choose_codec(g);
	zeros = padding(s.at);
	if (s.codec == CODEC_LZ4_LEGACY) {
		s.at = g->old.end;
		zeros = 0;
		/* Linux counts on from what the first stream unpacked to. */
		add_zeros(&plain, padding(g->old.unpacked));
	}
	r = cpio_write(&g->out.members, &plain, e);
	if (r >= 0)
		r = codec_encode_all(s.codec, slice_of(plain.s, plain.n), g->a, &packed,
				     e);
	if (r < 0)
		return r;
	bytes = arena_alloc(g->a, zeros + packed.n);
	if (!bytes)
		return arena_full(g->a, e);
	memcpy(bytes + zeros, packed.p, packed.n);
	s.bytes = slice_of(bytes, zeros + packed.n);
	*ret = s;
	return 0;
}
