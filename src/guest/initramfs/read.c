/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The segments of an initramfs, as Linux unpacks them (its
 * Documentation/driver-api/early-userspace/buffer-format.rst): plain or compressed cpio
 * archives one behind the other, with zero bytes between them. What Linux would not
 * unpack makes the initramfs "broken".
 */
#include "initramfs.h"

#include <string.h>

#include "escape.h"
#include "reading.h"

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

/* What happens next after a part was read. Behind an image Linux reads nothing. */
enum { READ_ON = 0, READ_ENOUGH = 1, READ_IMAGE = 2 };

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

/* Do the files below this path come before the archive proper? */
static bool is_early(const char *path)
{
	struct slice s = slice_str(path);

	return slice_eq(s, "early_cpio") || slice_starts(s, "kernel/x86/microcode/") ||
	       slice_starts(s, "kernel/firmware/acpi/");
}

/* What this member makes of its segment. Folders alone are nothing. */
static void segment_see(struct segment_fact *at, const char *path, uint32_t mode)
{
	at->files++;
	if ((mode & CPIO_TYPE) == CPIO_DIR)
		return;
	if (!is_early(path))
		at->kind = "cpio";
	else if (slice_eq(slice_str(at->kind), "empty"))
		at->kind = "early-cpio";
}

/* One archive up to its trailer. */
static int read_archive(struct reading *g, struct stream *s, size_t segment,
			struct err *e)
{
	struct segment_fact *at = &g->out->segments.v[segment];
	struct cpio c = {0};
	struct cpio_member m;
	int r;

	if (s->offset % 4)
		return err_set(e, ERR_CORRUPT,
			       "a cpio archive at byte %llu, which is no multiple of 4: "
			       "Linux does not unpack it",
			       (unsigned long long)s->offset);
	g->sorted = true;
	g->last[0] = '\0';
	for (;;) {
		r = cpio_next(&c, s, &m, e);
		if (r < 0 && at->files)
			return err_wrap(e, "cpio archive after \"%s\"",
					escape_short(slice_str(g->last)).text);
		if (r < 0)
			return err_wrap(e, "cpio archive");
		if (m.is_end)
			return READ_ON;
		r = member_read(g, &c, s, &m, e);
		if (r < 0)
			return r;
		segment_see(at, g->last, m.mode);
		if (reading_is_enough(g))
			return READ_ENOUGH;
	}
}

static int decoder_fill_stream(void *ctx, struct slice *ret, struct err *e)
{
	return decoder_read(ctx, ret, e);
}

/* The archives inside one compressed segment. */
static int read_unpacked(struct reading *g, struct decoder *d, enum codec codec,
			 size_t segment, struct err *e)
{
	_cleanup_stream_ struct stream s = {
		.in = {decoder_fill_stream, d},
		.total = &g->unpacked,
		.max = LIMIT_INITRAMFS_BYTES,
	};
	int r;

	r = check_image(&s, codec, e);
	if (r > 0 && segment > 0)
		return err_set(e, ERR_CORRUPT,
			       "a file system behind an archive, which Linux does not "
			       "read");
	if (r > 0) {
		r = image_read(g, &s, &g->out->segments.v[segment], e);
		return r < 0 ? r : READ_IMAGE;
	}
	while (r >= 0) {
		r = stream_skip_zeros(&s, e);
		if (r <= 0)
			break;
		r = read_archive(g, &s, segment, e);
		if (r == READ_ENOUGH)
			return READ_ENOUGH;
	}
	return r;
}

static int read_compressed(struct reading *g, struct stream *s, enum codec codec,
			   size_t segment, struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	struct slice pending = s->piece;
	int r;

	r = decoder_new(codec, stream_source(s), pending, &d, e);
	if (r >= 0)
		r = read_unpacked(g, d, codec, segment, e);
	/* What is inside is told all the same, damaged or not; but no kernel gets at it.
	 */
	if ((r >= 0 || r == -ERR_CORRUPT) && codec == CODEC_LZ4)
		return err_set(e, ERR_CORRUPT,
			       "lz4 data in the frame format, which Linux does not "
			       "unpack (it needs lz4 -l)");
	if (r == READ_IMAGE)
		s->piece = SLICE_NONE; /* the decoder has it */
	if (r != READ_ON)
		return r;
	return stream_resume(s, decoder_rest(d), e);
}

static int segment_new(struct reading *g, uint64_t offset, enum codec codec,
		       size_t *ret_at, struct err *e)
{
	struct segment_fact *at;

	if (g->out->segments.n >= LIMIT_INITRAMFS_SEGMENTS)
		return err_set(e, ERR_LIMIT, "more than %d segments",
			       LIMIT_INITRAMFS_SEGMENTS);
	at = vec_add(g->arena, &g->out->segments);
	if (!at)
		return arena_full(g->arena, e);
	at->offset = offset;
	at->codec = codec_name(codec);
	at->kind = "empty";
	*ret_at = g->out->segments.n - 1;
	return 0;
}

/* The segment that begins with the next byte, which is no zero. */
static int read_segment(struct reading *g, struct stream *s, struct err *e)
{
	uint64_t offset = s->offset;
	enum codec codec;
	struct slice head;
	size_t at = 0;
	int r;

	r = stream_peek(s, 8, &head, e);
	if (r < 0)
		return r;
	codec = codec_detect(head);
	if (codec == CODEC_NONE && !slice_starts(head, "07070"))
		return err_set(e, ERR_CORRUPT,
			       "byte %llu: neither a cpio archive nor compressed data",
			       (unsigned long long)offset);
	r = segment_new(g, offset, codec, &at, e);
	if (r < 0)
		return r;
	r = codec == CODEC_NONE ? read_archive(g, s, at, e)
				: read_compressed(g, s, codec, at, e);
	if (r < 0 && offset)
		return err_wrap(e, "segment at byte %llu", (unsigned long long)offset);
	return r;
}

static int read_plain_image(struct reading *g, struct stream *s, struct err *e)
{
	size_t at;
	int r = segment_new(g, 0, CODEC_NONE, &at, e);

	if (r >= 0)
		r = image_read(g, s, &g->out->segments.v[at], e);
	return r < 0 ? r : READ_IMAGE;
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

static int read_segments(struct reading *g, struct stream *s, struct err *e)
{
	int r;

	r = check_image(s, CODEC_NONE, e);
	if (r > 0)
		r = read_plain_image(g, s, e);
	while (r == READ_ON) {
		r = stream_skip_zeros(s, e);
		if (r <= 0)
			break;
		r = read_segment(g, s, e);
	}
	return r == READ_IMAGE ? pass_over_rest(s, e) : r;
}

/* Everything was read without an error: is there an archive in it? */
static int judge_content(struct reading *g, uint64_t size, uint64_t got, struct err *e)
{
	bool early = false;

	g->out->state = "read";
	if (got < size)
		return err_set(e, ERR_CORRUPT, "has %llu bytes instead of %llu",
			       (unsigned long long)got, (unsigned long long)size);
	for (size_t i = 0; i < g->out->segments.n; i++) {
		struct slice kind = slice_str(g->out->segments.v[i].kind);

		if (slice_eq(kind, "cpio") || slice_eq(kind, "ext2"))
			return 0;
		early = early || slice_eq(kind, "early-cpio");
	}
	g->out->state = "empty";
	g->out->problem = got == 0 ? "an empty file"
			  : early  ? "holds only early microcode or ACPI tables"
			  : g->out->segments.n ? "holds no files"
					       : "holds nothing but zero bytes";
	return 0;
}

static int reading_start(struct reading *g, struct arena *lasting, const strs *wanted,
			 struct err *e)
{
	g->wanted = strmap_new(lasting);
	g->names = strmap_new(lasting);
	g->listed = strmap_new(lasting);
	g->built_in = strmap_new(lasting);
	if (!g->wanted || !g->names || !g->listed || !g->built_in)
		return arena_full(lasting, e);
	return modules_start(g, wanted, e);
}

/* Damage becomes part of the facts; what was read before it stays in the lists. */
static int broken(struct reading *g, struct err *e)
{
	if (e->code == ERR_NOMEM || e->code == ERR_IO || e->code == ERR_BUG)
		return -(int)e->code;
	g->out->state = "broken";
	g->out->problem = arena_strdup(g->arena, e->text);
	if (!g->out->problem)
		g->out->problem = "needs more memory for facts than is allowed";
	err_clear(e);
	return 0;
}

int initramfs_read(struct codec_input in, uint64_t size, const strs *wanted,
		   bool complete, struct arena *arena, struct arena *scratch,
		   struct initramfs_fact *ret, struct foreign_copies *foreign,
		   struct err *e)
{
	_cleanup_arena_ struct arena *lasting = arena_new(LIMIT_SCRATCH);
	struct initramfs_fact out = {.size = size};
	struct reading g = {
		.arena = arena,
		.scratch = scratch,
		.lasting = lasting,
		.complete = complete,
		.out = &out,
		.foreign = foreign,
	};
	uint64_t got = 0;
	_cleanup_stream_ struct stream s = {
		.in = in,
		.total = &got,
		.max = UINT64_MAX,
	};
	int r;

	if (!lasting)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = reading_start(&g, lasting, wanted, e);
	if (r >= 0)
		r = read_segments(&g, &s, e);
	if (r == READ_ENOUGH)
		out.state = "partly";
	else if (r >= 0)
		r = judge_content(&g, size, got, e);
	if (r >= 0)
		r = modules_finish(&g, e);
	if (r >= 0)
		r = indexes_finish(&g, e);
	if (r >= 0)
		r = generators_finish(&g, e);
	if (r < 0)
		r = broken(&g, e);
	if (r < 0)
		return r;
	out.path = ret->path;
	out.source = ret->source;
	*ret = out;
	return 0;
}
