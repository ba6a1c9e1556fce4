/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "old_archive.h"

#include <string.h>

#include "escape.h"
#include "initramfs/image.h"
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

/* How the modules in it are kept. */
static void see_module(struct reading *g, struct slice path)
{
	struct slice bare = path_without_usr(path);
	bool packed = slice_ends(bare, ".ko.xz") || slice_ends(bare, ".ko.zst") ||
		      slice_ends(bare, ".ko.gz");

	if (slice_starts(bare, "lib/modules/")) {
		g->in_usr = g->in_usr || bare.p != path.p;
		g->in_lib = g->in_lib || bare.p == path.p;
	}
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

static struct old_member *new_member(struct reading *g, const char *path, struct err *e)
{
	struct old_member *m = arena_new_of(g->a, struct old_member);

	if (m)
		m->path = arena_strdup(g->a, path);
	if (!m || !m->path)
		arena_full(g->a, e);
	return m && m->path ? m : NULL;
}

static int put_member(struct reading *g, struct old_member *m, struct err *e)
{
	struct slice bare = path_without_usr(slice_str(m->path));

	return strmap_set(g->out->members, bare, m) ? 0 : arena_full(g->a, e);
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
	to = new_member(g, path, e);
	if (!to)
		return -(int)e->code;
	to->mode = m->mode;
	to->linked = file && m->nlink > 1;
	bare = path_without_usr(slice_str(to->path));
	see_module(g, slice_str(to->path));
	if (file && !to->linked && g->wants(g->ctx, bare))
		r = read_body(g, c, s, m, to, e);
	return r < 0 ? r : put_member(g, to, e);
}

/* A link of an image is only named: what it leads to is changed by its own name. */
static int see_file(void *ctx, const char *path, const struct file *self,
		    const struct file *target, struct err *e)
{
	static const uint32_t types[] = {[NODE_FILE] = CPIO_FILE,
					 [NODE_DIR] = CPIO_DIR,
					 [NODE_SYMLINK] = CPIO_LINK};
	struct reading *g = ctx;
	struct old_member *to = new_member(g, path, e);
	enum node_type type = self->node.type;
	int r = 0;

	(void)target;
	if (!to)
		return -(int)e->code;
	to->node = self->node;
	to->mode = self->node.mode | (type < ARRAY_LEN(types) ? types[type] : 0);
	see_module(g, slice_str(path));
	if (type == NODE_FILE && g->wants(g->ctx, slice_str(path))) {
		r = file_read_all(self, LIMIT_TABLE_FILE, g->a, &to->body, e);
		to->read = r >= 0;
	}
	return r < 0 ? r : put_member(g, to, e);
}

static int see_image(void *ctx, struct stream *s, struct err *e)
{
	_cleanup_strbuf_ struct strbuf bytes = STRBUF_INIT(LIMIT_INITRD_IMAGE + 1);
	_cleanup_arena_ struct arena *room = arena_new(LIMIT_SCRATCH);
	struct reading *g = ctx;
	const void *copy;
	int r = room ? image_bytes(s, &bytes, e) : err_set(e, ERR_NOMEM, "out of memory");

	if (r < 0)
		return r;
	copy = arena_memdup(g->a, strbuf_text(&bytes), bytes.n);
	if (!copy)
		return arena_full(g->a, e);
	g->out->image = slice_of(copy, bytes.n);
	return image_walk(g->out->image, room, see_file, g, e);
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
		.image = see_image,
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
