/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "old_archive.h"

#include <string.h>

#include "escape.h"
#include "initramfs/pieces.h"
#include "initramfs/walk.h"
#include "limits.h"

struct reading {
	struct old_archive *out;
	struct arena *a;
	old_archive_wants wants;
	const void *ctx;
	bool in_usr, in_lib; /* modules were seen there */
};

static int see_segment(void *ctx, uint64_t offset, enum codec codec, struct err *e)
{
	struct reading *g = ctx;
	struct old_segment segment = {.offset = offset, .codec = codec};

	g->out->codec = codec;
	return vec_push(g->a, &g->out->segments, segment) ? WALK_ON : arena_full(g->a, e);
}

static void see_end(void *ctx, uint64_t offset, uint64_t unpacked)
{
	struct reading *g = ctx;

	g->out->end = offset;
	g->out->unpacked = unpacked;
	g->out->segments.v[g->out->segments.n - 1].end = offset;
}

static int refuse_image(void *ctx, struct stream *s, struct err *e)
{
	(void)ctx;
	(void)s;
	return err_set(
		e, ERR_UNSUPPORTED,
		"it is the image of an ext2 file system, which is not changed yet");
}

/* How the modules in it are kept. */
static void see_module(struct reading *g, struct slice path)
{
	struct slice bare = path_without_usr(path);
	bool plain = slice_ends(bare, ".ko") || slice_ends(bare, ".o");
	bool packed = slice_ends(bare, ".ko.xz") || slice_ends(bare, ".ko.zst") ||
		      slice_ends(bare, ".ko.gz");

	if (slice_starts(bare, "lib/modules/")) {
		g->in_usr = g->in_usr || bare.p != path.p;
		g->in_lib = g->in_lib || bare.p == path.p;
	}
	g->out->has_modules = g->out->has_modules || plain || packed;
	g->out->has_packed = g->out->has_packed || packed;
}

static int read_body(struct reading *g, struct cpio *c, struct stream *s,
		     const struct cpio_member *m, struct old_member *to, struct err *e)
{
	void *body;
	int r;

	if (m->size > LIMIT_TABLE_FILE)
		return err_set(e, ERR_LIMIT, "%s has %u bytes: more than %zu",
			       escape_short(slice_str(to->path)).text, m->size,
			       LIMIT_TABLE_FILE);
	body = arena_alloc(g->a, m->size);
	if (!body)
		return arena_full(g->a, e);
	r = cpio_body(c, s, body, e);
	to->read = r >= 0;
	to->body = slice_of(body, m->size);
	return r;
}

static int see_member(void *ctx, struct cpio *c, struct stream *s,
		      const struct cpio_member *m, struct err *e)
{
	struct reading *g = ctx;
	char path[LIMIT_PATH + 1];
	struct old_member *to;
	struct slice bare;
	bool file = (m->mode & CPIO_TYPE) == CPIO_FILE;
	int r = WALK_ON;

	if (!member_path(m->name, path))
		return WALK_ON;
	to = arena_new_of(g->a, struct old_member);
	if (!to)
		return arena_full(g->a, e);
	to->path = arena_strdup(g->a, path);
	if (!to->path)
		return arena_full(g->a, e);
	to->mode = m->mode;
	to->linked = file && m->nlink > 1;
	bare = path_without_usr(slice_str(to->path));
	see_module(g, slice_str(to->path));
	if (file && !to->linked && g->wants(g->ctx, bare))
		r = read_body(g, c, s, m, to, e);
	if (r < 0)
		return r;
	return strmap_set(g->out->members, bare, to) ? WALK_ON : arena_full(g->a, e);
}

/* Where modules would lie in an archive that has none: /lib may be a link to usr/lib. */
static const char *usr_of(const struct reading *g)
{
	const struct old_member *lib = strmap_get(g->out->members, slice_str("lib"));

	if (g->in_usr || g->in_lib)
		return g->in_usr ? "usr/" : "";
	return lib && (lib->mode & CPIO_TYPE) == CPIO_LINK ? "usr/" : "";
}

int old_archive_read(const struct file *file, old_archive_wants wants, const void *ctx,
		     struct arena *a, struct old_archive *ret, struct err *e)
{
	struct old_archive out = {.members = strmap_new(a), .size = file->node.size};
	struct reading g = {.out = &out, .a = a, .wants = wants, .ctx = ctx};
	struct initramfs_visitor visitor = {
		.segment = see_segment,
		.member = see_member,
		.image = refuse_image,
		.end = see_end,
		.ctx = &g,
	};
	uint64_t got = 0;
	_cleanup_stream_ struct stream s = {.total = &got, .max = UINT64_MAX};
	struct file_pieces pieces;
	int r;

	if (!out.members)
		return arena_full(a, e);
	r = file_pieces_open(file, a, &pieces, &s.in, e);
	if (r >= 0)
		r = initramfs_walk(&s, &visitor, e);
	if (r < 0)
		return r;
	out.usr = usr_of(&g);
	*ret = out;
	return 0;
}

const struct old_member *old_archive_find(const struct old_archive *old, const char *path)
{
	return strmap_get(old->members, path_without_usr(slice_str(path)));
}

bool old_archive_file(const struct old_archive *old, const char *path,
		      struct slice *ret_body)
{
	const struct old_member *m = old_archive_find(old, path);

	if (!m || !m->read)
		return false;
	if (ret_body)
		*ret_body = m->body;
	return true;
}
