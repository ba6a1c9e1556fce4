/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The facts of a whole initramfs. What Linux would not unpack makes it "broken". */
#include "initramfs.h"

#include "reading.h"
#include "walk.h"

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

static int see_segment(void *ctx, uint64_t offset, enum codec codec, struct err *e)
{
	struct reading *g = ctx;
	struct segment_fact *at = vec_add(g->arena, &g->out->segments);

	if (!at)
		return arena_full(g->arena, e);
	at->offset = offset;
	at->codec = codec_name(codec);
	at->kind = "empty";
	return WALK_ON;
}

static void see_archive(void *ctx)
{
	struct reading *g = ctx;

	g->sorted = true;
	g->last[0] = '\0';
}

static struct segment_fact *this_segment(struct reading *g)
{
	return &g->out->segments.v[g->out->segments.n - 1];
}

static int see_member(void *ctx, struct cpio *c, struct stream *s,
		      const struct cpio_member *m, struct err *e)
{
	struct reading *g = ctx;
	int r;

	r = member_read(g, c, s, m, e);
	if (r < 0)
		return r;
	segment_see(this_segment(g), g->last, m->mode);
	return reading_is_enough(g) ? WALK_ENOUGH : WALK_ON;
}

static int see_image(void *ctx, struct stream *s, struct err *e)
{
	struct reading *g = ctx;

	return image_read(g, s, this_segment(g), e);
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

int initramfs_read(struct codec_input in, uint64_t size,
		   const struct initramfs_order *order, struct arena *arena,
		   struct arena *scratch, struct initramfs_fact *ret,
		   struct foreign_copies *foreign, struct err *e)
{
	_cleanup_arena_ struct arena *lasting = arena_new(LIMIT_SCRATCH);
	struct initramfs_fact out = {.size = size};
	struct reading g = {
		.arena = arena,
		.scratch = scratch,
		.lasting = lasting,
		.complete = order->complete,
		.packed = order->packed,
		.out = &out,
		.foreign = foreign,
	};
	struct initramfs_visitor visitor = {
		.segment = see_segment,
		.archive = see_archive,
		.member = see_member,
		.image = see_image,
		.ctx = &g,
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
	r = reading_start(&g, lasting, order->wanted, e);
	if (r >= 0)
		r = initramfs_walk(&s, &visitor, e);
	if (r == WALK_ENOUGH)
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
