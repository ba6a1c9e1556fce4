/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packing an initramfs anew, where it may not become longer: plain archives at its start
 * (microcode, tables of the firmware), which the kernel looks for there, stay as they
 * are; all that follows is unpacked, gets what is to be added behind it, and becomes one
 * stream in a compression that the guest's kernel reads and that makes it small enough.
 */
#include <string.h>

#include "adding.h"
#include "encoder.h"
#include "initramfs/pieces.h"
#include "limits.h"

enum { ALIGNMENT = 4 };

/* In the order in which they are tried: the quick ones first. */
static const struct way {
	enum codec codec;
	enum encoder_effort effort;
	const char *config;
} ways[] = {
	{CODEC_ZSTD, ENCODER_QUICK, "CONFIG_RD_ZSTD=y"},
	{CODEC_GZIP, ENCODER_BEST, "CONFIG_RD_GZIP=y"},
	{CODEC_ZSTD, ENCODER_BEST, "CONFIG_RD_ZSTD=y"},
	{CODEC_XZ, ENCODER_BEST, "CONFIG_RD_XZ=y"},
};

/* What the new stream is made of goes through here. */
struct repacking {
	struct adding *g;
	struct encoder *encoder;
	struct arena *a;
	uint64_t unpacked; /* bytes so far, for the alignment of what follows */
};

static int put(struct repacking *p, struct slice piece, struct err *e)
{
	p->unpacked += piece.n;
	return encoder_write(p->encoder, piece, e);
}

static int align(struct repacking *p, struct err *e)
{
	static const uint8_t zeros[ALIGNMENT];

	return put(p, slice_of(zeros, (size_t)(-p->unpacked % ALIGNMENT)), e);
}

static int put_plain(struct repacking *p, const struct old_segment *s, struct err *e)
{
	struct arena_mark mark = arena_mark(p->a);
	struct codec_input in;
	struct file_pieces pieces;
	struct slice piece;
	uint64_t left = s->end - s->offset;
	int r = file_pieces_open(&p->g->file, p->a, &pieces, &in, e);

	pieces.off = s->offset;
	while (r >= 0 && left) {
		r = in.fill(in.ctx, &piece, e);
		if (r < 0 || piece.n == 0)
			break;
		if (piece.n > left && !slice_sub(piece, 0, left, &piece))
			return err_set(e, ERR_BUG, "a piece shorter than itself");
		left -= piece.n;
		r = put(p, piece, e);
	}
	arena_rewind(p->a, mark);
	return r;
}

static int put_packed(struct repacking *p, const struct old_segment *s, struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	struct arena_mark mark = arena_mark(p->a);
	struct codec_input in;
	struct file_pieces pieces;
	struct slice piece;
	int r = file_pieces_open(&p->g->file, p->a, &pieces, &in, e);

	pieces.off = s->offset;
	if (r >= 0)
		r = decoder_new(s->codec, in, SLICE_NONE, &d, e);
	while (r >= 0) {
		r = decoder_read(d, &piece, e);
		if (r < 0 || piece.n == 0)
			break;
		r = put(p, piece, e);
	}
	arena_rewind(p->a, mark);
	return r;
}

/* The first segment that is packed: what lies before it stays. */
static int find_packed(const struct old_archive *old, size_t *ret, struct err *e)
{
	for (*ret = 0; *ret < old->segments.n; ++*ret)
		if (old->segments.v[*ret].codec != CODEC_NONE)
			return 0;
	return err_set(e, ERR_UNSUPPORTED,
		       "it is not compressed, and its file cannot become longer: "
		       "rebuild it in the guest");
}

static int put_all(struct repacking *p, size_t first, struct slice added, struct err *e)
{
	const struct old_archive *old = &p->g->old;
	int r = 0;

	for (size_t i = first; r >= 0 && i < old->segments.n; i++) {
		const struct old_segment *s = &old->segments.v[i];

		r = align(p, e);
		if (r >= 0)
			r = s->codec == CODEC_NONE ? put_plain(p, s, e)
						   : put_packed(p, s, e);
	}
	if (r >= 0)
		r = align(p, e);
	return r < 0 ? r : put(p, added, e);
}

/* One attempt; ERR_LIMIT when it does not fit behind the `head` bytes that stay. */
static int try_way(struct adding *g, const struct way *way, size_t first,
		   struct slice added, uint8_t *out, size_t room, size_t *ret_n,
		   struct err *e)
{
	_cleanup_(encoder_freep) struct encoder *encoder = NULL;
	struct repacking p = {.g = g, .a = g->a};
	int r = encoder_new(way->codec, way->effort, out, room, &encoder, e);

	p.encoder = encoder;
	if (r >= 0)
		r = put_all(&p, first, added, e);
	return r < 0 ? r : encoder_finish(encoder, ret_n, e);
}

/* What was packed as hard as that, and had less in it, need not be tried. */
static bool is_worth_it(const struct adding *g, const struct way *way)
{
	return strs_has(&g->configs, way->config) &&
	       (way->effort == ENCODER_BEST || g->old.codec != way->codec) &&
	       !(way->codec == CODEC_GZIP &&
		 (g->old.codec == CODEC_ZSTD || g->old.codec == CODEC_XZ ||
		  g->old.codec == CODEC_LZMA));
}

/* All ways, until one fits. */
static int try_all(struct adding *g, size_t first, struct slice added, uint8_t *out,
		   size_t room, struct initramfs_segment *ret, size_t *ret_n,
		   struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct err why = ERR_INIT;
		int r;

		if (!is_worth_it(g, &ways[i]))
			continue;
		r = try_way(g, &ways[i], first, added, out, room, ret_n, &why);
		if (r >= 0) {
			ret->codec = ways[i].codec;
			return 0;
		}
		if (why.code != ERR_LIMIT) {
			*e = why;
			return r;
		}
	}
	return err_set(
		e, ERR_LIMIT,
		"with the drivers it does not fit into the %zu bytes that its "
		"file has, in any compression that its kernel reads: rebuild it in "
		"the guest",
		room);
}

int segment_repack(struct adding *g, uint64_t room, struct initramfs_segment *ret,
		   struct err *e)
{
	_cleanup_strbuf_ struct strbuf plain = STRBUF_INIT(LIMIT_ADDED);
	struct initramfs_segment s = {.whole = true, .added = g->out};
	size_t first, head, n;
	uint8_t *out;
	int r = find_packed(&g->old, &first, e);

	if (r >= 0)
		r = cpio_write(&g->out.members, &plain, e);
	if (r < 0)
		return r;
	head = (size_t)g->old.segments.v[first].offset;
	out = arena_alloc(g->a, (size_t)room);
	if (!out)
		return arena_full(g->a, e);
	r = file_read(&g->file, 0, out, head, e);
	if (r >= 0)
		r = try_all(g, first, slice_of(plain.s, plain.n), out + head,
			    (size_t)room - head, &s, &n, e);
	if (r < 0)
		return r;
	s.bytes = slice_of(out, head + n);
	*ret = s;
	return 0;
}
