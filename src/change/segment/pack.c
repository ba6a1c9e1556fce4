/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packing what is added, so that the guest's kernel unpacks it behind what is there
 * (init/initramfs.c and lib/decompress_*.c of Linux): zeros between segments are passed
 * over, and a segment may have another compression than the one before it.
 *
 * But behind lz4's legacy format, which has no end mark, kernels take whatever follows
 * for the length of a further block. All of them pass over a repeated magic: a second lz4
 * stream right behind the first one is read as the rest of it. Zeros, a block of no
 * bytes, are an error to older kernels; newer ones, all from 6.0 on, end there and go on
 * as usual.
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

/* Does a kernel of this release pass over zeros behind lz4 data? */
static bool skips_zeros(const char *release)
{
	struct slice major, rest;
	uint64_t number;

	return text_split(slice_str(release), '.', &major, &rest) &&
	       text_u64(major, UINT32_MAX, &number) && number >= 6;
}

/* Zeros before the segment, and before the archive in it. */
struct gaps {
	size_t outer, inner;
};

static int find_gaps(const struct adding *g, struct gaps *ret, struct err *e)
{
	uint64_t zeros = g->old.size - g->old.end;

	*ret = (struct gaps){.outer = padding(g->old.size)};
	if (g->old.codec != CODEC_LZ4_LEGACY)
		return 0;
	if (zeros == 0) {
		/* Linux counts on from what the first stream unpacked to. */
		*ret = (struct gaps){.inner = padding(g->old.unpacked)};
		return 0;
	}
	if (!skips_zeros(g->kernel->release))
		return err_set(e, ERR_UNSUPPORTED,
			       "zeros follow its lz4 data, behind which this kernel may "
			       "read nothing: rebuild it");
	if (zeros + ret->outer < ALIGNMENT)
		ret->outer += ALIGNMENT;
	return 0;
}

int segment_pack(struct adding *g, struct initramfs_segment *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf plain = STRBUF_INIT(LIMIT_ADDED);
	struct initramfs_segment s = {.codec = choose_codec(g), .added = g->out};
	struct gaps gaps = {0};
	struct slice packed;
	uint8_t *bytes;
	int r = find_gaps(g, &gaps, e);

	for (size_t i = 0; i < gaps.inner; i++)
		strbuf_char(&plain, '\0');
	if (r >= 0)
		r = cpio_write(&g->out.members, &plain, e);
	if (r >= 0)
		r = codec_encode_all(s.codec, slice_of(plain.s, plain.n), g->a, &packed,
				     e);
	if (r < 0)
		return r;
	bytes = arena_alloc(g->a, gaps.outer + packed.n);
	if (!bytes)
		return arena_full(g->a, e);
	memcpy(bytes + gaps.outer, packed.p, packed.n);
	s.bytes = slice_of(bytes, gaps.outer + packed.n);
	*ret = s;
	return 0;
}
