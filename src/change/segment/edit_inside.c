/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text files inside the initramfs, copies of the guest's own, with edits made in them. */
#include "adding.h"

#include "escape.h"
#include "initramfs/walk.h"
#include "limits.h"
#include "text.h"

bool is_edited(const struct adding *g, struct slice path)
{
	for (size_t i = 0; i < g->edits->n; i++) {
		struct slice bare = path_without_usr(slice_str(g->edits->v[i]->file));

		if (slice_same(path, bare))
			return true;
	}
	return false;
}

/* It as it is written already, without what forbids modules; NULL: it is not. */
static struct new_member *find_allowed(struct adding *g, const struct old_member *old)
{
	for (size_t i = 0; i < g->out.members.n; i++)
		if (text_same(g->out.members.v[i].path, old->path))
			return &g->out.members.v[i];
	return NULL;
}

static int edit_file(struct adding *g, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_CONFIG_FILE);
	const struct old_member *old = old_archive_find(&g->old, path);
	struct new_member *written;
	edit_refs own = {0};
	struct slice body;
	const void *copy;
	int r;

	if (!old || !old_archive_file(&g->old, path, &body))
		return err_set(e, ERR_UNSUPPORTED,
			       "%s in it cannot be changed: rebuild it",
			       escape_short(slice_str(path)).text);
	written = find_allowed(g, old);
	body = written ? written->body : body;
	for (size_t i = 0; i < g->edits->n; i++)
		if (text_same(g->edits->v[i]->file, path) &&
		    !vec_push(g->a, &own, g->edits->v[i]))
			return arena_full(g->a, e);
	r = text_edit(body, &own, &out, e);
	if (r < 0)
		return r;
	copy = arena_memdup(g->a, out.s ? out.s : "", out.n);
	if (!copy)
		return arena_full(g->a, e);
	if (!written)
		return add_file(g, path, old->mode & 07777, slice_of(copy, out.n), e);
	written->body = slice_of(copy, out.n);
	return 0;
}

int add_edited(struct adding *g, struct err *e)
{
	strs done = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < g->edits->n; i++) {
		const char *path = g->edits->v[i]->file;

		if (strs_has(&done, path))
			continue;
		if (!vec_push(g->a, &done, path))
			return arena_full(g->a, e);
		r = edit_file(g, path, e);
	}
	return r;
}
