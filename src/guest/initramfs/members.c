/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a member of the archive is, and whether its body is read. */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "reading.h"
#include "walk.h"

/* The last folder, in bytewise order, with settings that could change an answer. */
static const char settings_end[] = "usr/lib/modprobe.d/\xff";

bool reading_is_enough(const struct reading *g)
{
	return !g->complete && g->wanted_open == 0 && g->links.n == 0 && g->sorted &&
	       strcmp(g->last, settings_end) > 0 && generators_which(g) < GEN_COUNT &&
	       g->udev && indexes_are_complete(g) && !disk_names_may_change(g);
}

/* Gives the body to whoever it is for. */
static int body_read(struct reading *g, struct slice path, struct slice body,
		     struct err *e)
{
	const struct setting *row = setting_at(path);
	int r = 0;

	if (modules_is_wanted(g, path))
		r = modules_body(g, path, body, e);
	if (r >= 0 && row)
		r = setting_body(g, row, path, body, e);
	return r;
}

static bool link_is_of(const struct hard_link *link, const struct cpio_member *m)
{
	return link->ino == m->ino && link->dev_major == m->dev_major &&
	       link->dev_minor == m->dev_minor;
}

static int link_remember(struct reading *g, const struct cpio_member *m, struct err *e)
{
	struct hard_link link = {m->ino, m->dev_major, m->dev_minor, NULL};

	if (g->links.n >= LIMIT_INITRAMFS_LINKS)
		return err_set(e, ERR_LIMIT, "more than %d hard links without their data",
			       LIMIT_INITRAMFS_LINKS);
	link.path = arena_strdup(g->lasting, g->path);
	if (!link.path || !vec_push(g->lasting, &g->links, link))
		return arena_full(g->lasting, e);
	return 0;
}

/* The names of before whose bytes these are. */
static int links_read(struct reading *g, const struct cpio_member *m, struct slice body,
		      struct err *e)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < g->links.n; i++) {
		if (!link_is_of(&g->links.v[i], m))
			g->links.v[kept++] = g->links.v[i];
		else if (r >= 0)
			r = body_read(g, slice_str(g->links.v[i].path), body, e);
	}
	g->links.n = kept;
	return r;
}

static bool links_wait(const struct reading *g, const struct cpio_member *m)
{
	for (size_t i = 0; m->nlink > 1 && m->size && i < g->links.n; i++)
		if (link_is_of(&g->links.v[i], m))
			return true;
	return false;
}

/* Whether a body of this size is read: 1 yes, 0 no, or the error that it is too large. */
static int size_allowed(struct reading *g, const struct setting *row, uint64_t size,
			struct err *e)
{
	struct slice path = slice_str(g->path);
	bool must;

	if (row) {
		if (size <= setting_max(row, &must))
			return 1;
		if (!must)
			return 0;
		return err_set(e, ERR_LIMIT, "%s has %llu bytes: more than %zu",
			       escape_short(path).text, (unsigned long long)size,
			       setting_max(row, &must));
	}
	if (size <= LIMIT_MODULE_UNPACKED)
		return 1;
	err_set(e, ERR_LIMIT, "has %llu bytes: more than %zu", (unsigned long long)size,
		LIMIT_MODULE_UNPACKED);
	return modules_is_wanted(g, path) ? modules_broken(g, path, e) : -ERR_LIMIT;
}

static int read_file_member(struct reading *g, struct cpio *c, struct stream *s,
			    const struct cpio_member *m, struct err *e)
{
	struct slice path = slice_str(g->path), body;
	const struct setting *row = setting_at(path);
	bool own = row || modules_is_wanted(g, path), waited = links_wait(g, m);
	struct arena_mark mark;
	void *buf;
	int r;

	if (own && m->nlink > 1 && m->size == 0)
		return link_remember(g, m, e);
	if (!own && !waited)
		return 0;
	r = size_allowed(g, row, m->size, e);
	if (r <= 0)
		return r;
	mark = arena_mark(g->scratch);
	buf = arena_alloc(g->scratch, m->size);
	if (!buf)
		return arena_full(g->scratch, e);
	body = slice_of(buf, m->size);
	r = cpio_body(c, s, buf, e);
	if (r >= 0 && own)
		r = body_read(g, path, body, e);
	if (r >= 0 && waited)
		r = links_read(g, m, body, e);
	arena_rewind(g->scratch, mark);
	return r;
}

/* A symbolic link's body is its target. */
static int read_link_member(struct reading *g, struct cpio *c, struct stream *s,
			    const struct cpio_member *m, struct err *e)
{
	struct slice path = slice_str(g->path);
	const struct setting *row = setting_at(path);
	char target[LIMIT_PATH];
	int r;

	if (!row || m->size > sizeof(target))
		return 0;
	r = cpio_body(c, s, target, e);
	if (r < 0)
		return r;
	return setting_link(row, path, slice_of(target, m->size), e);
}

/* Notes the member's name; 1 when its body may be of interest. */
static int see_member(struct reading *g, struct slice name, struct err *e)
{
	struct slice path;
	int r;

	if (++g->members > LIMIT_INITRAMFS_MEMBERS)
		return err_set(e, ERR_LIMIT, "more than %d members",
			       LIMIT_INITRAMFS_MEMBERS);
	if (!member_path(name, g->path))
		return 0;
	path = slice_str(g->path);
	g->sorted = g->sorted && strcmp(g->path, g->last) >= 0;
	memcpy(g->last, g->path, path.n + 1);
	generators_see(g, path);
	r = modules_seen(g, path, e);
	return r < 0 ? r : 1;
}

int member_read(struct reading *g, struct cpio *c, struct stream *s,
		const struct cpio_member *m, struct err *e)
{
	int r = see_member(g, m->name, e);

	if (r > 0 && (m->mode & CPIO_TYPE) == CPIO_FILE)
		return read_file_member(g, c, s, m, e);
	if (r > 0 && (m->mode & CPIO_TYPE) == CPIO_LINK)
		return read_link_member(g, c, s, m, e);
	return r < 0 ? r : 0;
}

int member_read_file(struct reading *g, struct slice name, const struct file *f,
		     struct err *e)
{
	struct arena_mark mark = arena_mark(g->scratch);
	const struct setting *row;
	struct slice path, body;
	int r = see_member(g, name, e);

	path = slice_str(g->path);
	row = setting_at(path);
	if (r <= 0 || !f || (!row && !modules_is_wanted(g, path)))
		return r < 0 ? r : 0;
	r = size_allowed(g, row, f->node.size, e);
	if (r <= 0)
		return r;
	r = file_read_all(f, (size_t)f->node.size, g->scratch, &body, e);
	if (r >= 0)
		r = body_read(g, path, body, e);
	arena_rewind(g->scratch, mark);
	return r;
}
