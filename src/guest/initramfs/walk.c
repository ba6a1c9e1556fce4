/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walk.h"

#include <string.h>

#include "escape.h"
#include "text.h"

struct walk {
	const struct initramfs_visitor *v;
	uint64_t unpacked; /* bytes of all compressed segments, for the cap */
	size_t segments;
};

/* Old initrds are images of file systems. Those of ext2 are read. */
static const struct {
	const char *name;
	size_t offset;
	const char *magic;
	size_t n;
} images[] = {
	{"cramfs", 0, "\x45\x3d\xcd\x28", 4}, {"cramfs", 0, "\x28\xcd\x3d\x45", 4},
	{"romfs", 0, "-rom1fs-", 8},          {"squashfs", 0, "hsqs", 4},
	{"squashfs", 0, "sqsh", 4},           {"ext2", 1080, "\x53\xef", 2},
	{"minix", 1040, "\x7f\x13", 2},       {"minix", 1040, "\x8f\x13", 2},
};
enum { IMAGE_HEAD = 1082 };

static const char *image_at(struct slice head)
{
	for (size_t i = 0; i < ARRAY_LEN(images); i++)
		if (slice_has(head, images[i].offset, images[i].magic, images[i].n))
			return images[i].name;
	return NULL;
}

/* At the very start of the file, or of what its first segment unpacks to: an image? 1: of
 * a file system that is read here. */
static int check_image(struct stream *s, enum codec codec, struct err *e)
{
	struct slice head;
	const char *name;
	int r;

	r = stream_peek(s, 8, &head, e);
	if (r < 0)
		return r;
	/* A boot block of zeros comes before some superblocks; no archive begins so. */
	if (slice_at(head, 0) == 0)
		r = stream_peek(s, IMAGE_HEAD, &head, e);
	if (r < 0)
		return r;
	name = image_at(head);
	if (!name)
		return 0;
	if (strcmp(name, "ext2") == 0)
		return 1;
	if (codec == CODEC_NONE)
		return err_set(e, ERR_UNSUPPORTED,
			       "an initrd in the form of a %s file system: not read yet",
			       name);
	return err_set(e, ERR_UNSUPPORTED,
		       "an initrd in the form of a %s-compressed %s file system: not "
		       "read yet",
		       codec_name(codec), name);
}

/* One archive up to its trailer. */
static int read_archive(struct walk *w, struct stream *s, struct err *e)
{
	char last[LIMIT_PATH + 1] = "";
	struct cpio c = {0};
	struct cpio_member m;
	int r = WALK_ON;
	size_t n;

	if (s->offset % 4)
		return err_set(e, ERR_CORRUPT,
			       "a cpio archive at byte %llu, which is no multiple of 4: "
			       "Linux does not unpack it",
			       (unsigned long long)s->offset);
	if (w->v->archive)
		w->v->archive(w->v->ctx);
	while (r == WALK_ON) {
		r = cpio_next(&c, s, &m, e);
		if (r < 0 && *last)
			return err_wrap(e, "cpio archive after \"%s\"",
					escape_short(slice_str(last)).text);
		if (r < 0)
			return err_wrap(e, "cpio archive");
		if (m.is_end)
			return WALK_ON;
		n = m.name.n < LIMIT_PATH ? m.name.n : LIMIT_PATH;
		memcpy(last, m.name.p, n);
		last[n] = '\0';
		r = w->v->member(w->v->ctx, &c, s, &m, e);
	}
	return r;
}

static int segment_begin(struct walk *w, uint64_t offset, enum codec codec, struct err *e)
{
	if (w->segments++ >= LIMIT_INITRAMFS_SEGMENTS)
		return err_set(e, ERR_LIMIT, "more than %d segments",
			       LIMIT_INITRAMFS_SEGMENTS);
	return w->v->segment(w->v->ctx, offset, codec, e);
}

static void segment_end(struct walk *w, uint64_t offset, uint64_t unpacked)
{
	if (w->v->end)
		w->v->end(w->v->ctx, offset, unpacked);
}

static int decoder_fill_stream(void *ctx, struct slice *ret, struct err *e)
{
	return decoder_read(ctx, ret, e);
}

/* The archives inside one compressed segment. */
static int read_unpacked(struct walk *w, struct decoder *d, enum codec codec,
			 uint64_t *ret_unpacked, struct err *e)
{
	_cleanup_stream_ struct stream s = {
		.in = {decoder_fill_stream, d},
		.total = &w->unpacked,
		.max = LIMIT_INITRAMFS_BYTES,
	};
	int r;

	r = check_image(&s, codec, e);
	if (r > 0 && w->segments > 1)
		return err_set(e, ERR_CORRUPT,
			       "a file system behind an archive, which Linux does not "
			       "read");
	if (r > 0) {
		r = w->v->image(w->v->ctx, &s, e);
		return r < 0 ? r : WALK_IMAGE;
	}
	while (r >= 0) {
		r = stream_skip_zeros(&s, e);
		if (r <= 0)
			break;
		r = read_archive(w, &s, e);
		if (r == WALK_ENOUGH)
			return r;
	}
	*ret_unpacked = s.offset;
	return r;
}

static int read_compressed(struct walk *w, struct stream *s, enum codec codec,
			   struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	struct slice pending = s->piece;
	uint64_t unpacked = 0;
	int r;

	r = decoder_new(codec, stream_source(s), pending, &d, e);
	if (r >= 0)
		r = read_unpacked(w, d, codec, &unpacked, e);
	/* What is inside is told all the same, damaged or not; but no kernel gets at it.
	 */
	if ((r >= 0 || r == -ERR_CORRUPT) && codec == CODEC_LZ4)
		return err_set(e, ERR_CORRUPT,
			       "lz4 data in the frame format, which Linux does not "
			       "unpack (it needs lz4 -l)");
	if (r == WALK_IMAGE)
		s->piece = SLICE_NONE; /* the decoder has it */
	if (r != WALK_ON)
		return r;
	r = stream_resume(s, decoder_rest(d), e);
	if (r >= 0)
		segment_end(w, s->offset, unpacked);
	return r;
}

/* The segment that begins with the next byte, which is no zero. */
static int read_segment(struct walk *w, struct stream *s, struct err *e)
{
	uint64_t offset = s->offset;
	enum codec codec;
	struct slice head;
	int r;

	r = stream_peek(s, 8, &head, e);
	if (r < 0)
		return r;
	codec = codec_detect(head);
	if (codec == CODEC_NONE && !slice_starts(head, "07070"))
		return err_set(e, ERR_CORRUPT,
			       "byte %llu: neither a cpio archive nor compressed data",
			       (unsigned long long)offset);
	r = segment_begin(w, offset, codec, e);
	if (r < 0)
		return r;
	if (codec != CODEC_NONE)
		r = read_compressed(w, s, codec, e);
	else
		r = read_archive(w, s, e);
	if (r == WALK_ON && codec == CODEC_NONE)
		segment_end(w, s->offset, s->offset - offset);
	if (r < 0 && offset)
		return err_wrap(e, "segment at byte %llu", (unsigned long long)offset);
	return r;
}

static int read_plain_image(struct walk *w, struct stream *s, struct err *e)
{
	int r = segment_begin(w, 0, CODEC_NONE, e);

	if (r >= 0)
		r = w->v->image(w->v->ctx, s, e);
	return r < 0 ? r : WALK_IMAGE;
}

/* To the end of the file, so that one that cannot be read whole is noticed. */
static int pass_over_rest(struct stream *s, struct err *e)
{
	struct slice part = SLICE_NONE;
	int r;

	do {
		r = stream_some(s, UINT64_MAX, &part, e);
	} while (r >= 0 && part.n);
	return r;
}

int initramfs_walk(struct stream *s, const struct initramfs_visitor *v, struct err *e)
{
	struct walk w = {.v = v};
	int r;

	r = check_image(s, CODEC_NONE, e);
	if (r > 0)
		r = read_plain_image(&w, s, e);
	while (r == WALK_ON) {
		r = stream_skip_zeros(s, e);
		if (r <= 0)
			break;
		r = read_segment(&w, s, e);
	}
	return r == WALK_IMAGE ? pass_over_rest(s, e) : r;
}

bool member_path(struct slice name, char *buf)
{
	struct slice rest = name, part;
	bool more = true;
	size_t n = 0;

	while (more) {
		more = text_split(rest, '/', &part, &rest);
		if (!more)
			part = rest;
		if (part.n == 0 || slice_eq(part, "."))
			continue;
		if (slice_eq(part, "..") || n + part.n + 1 > LIMIT_PATH)
			return false;
		if (n)
			buf[n++] = '/';
		memcpy(buf + n, part.p, part.n);
		n += part.n;
	}
	buf[n] = '\0';
	return n > 0;
}

struct slice path_without_usr(struct slice path)
{
	struct slice rest = path;

	if (slice_starts(path, "usr/lib/") || slice_starts(path, "usr/sbin/") ||
	    slice_starts(path, "usr/bin/"))
		rest = slice_of(path.p + 4, path.n - 4);
	return rest;
}
