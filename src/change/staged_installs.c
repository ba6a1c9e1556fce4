/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of packages that are put in place. */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "staged.h"
#include "text.h"

static const struct rpm_file_member *find_member(const struct stage *s,
						 const char *package, const char *path)
{
	for (size_t i = 0; s->given && i < s->given->n; i++) {
		const struct given_files *g = &s->given->v[i];

		for (size_t n = 0; text_same(g->name, package) && n < g->file.members.n;
		     n++)
			if (strcmp(g->file.members.v[n].path, path) == 0)
				return &g->file.members.v[n];
	}
	return NULL;
}

static int in_the_way(const char *path, const char *what, struct err *e)
{
	return err_set(e, ERR_REFUSED, "%s is there already and %s: take it away first",
		       escape_short(slice_str(path)).text, what);
}

static int stage_link(struct stage *s, const struct plan_installed_file *x, struct err *e)
{
	const char *target;
	struct staged f;
	struct file there;
	int r = stage_look(s, x->path, &there, e);

	if (r > 0) {
		if (there.node.type != NODE_SYMLINK)
			return in_the_way(x->path, "is no link", e);
		r = tree_readlink(s->g->tree, &there, &target, e);
		if (r < 0 || strcmp(target, x->from) == 0)
			return r;
		return in_the_way(x->path, "leads elsewhere", e);
	}
	if (r >= 0)
		r = stage_open(s, x->path, &f, e);
	if (r < 0)
		return r;
	f.kind = FS_NEW_LINK;
	f.mode = 0777;
	f.bytes = slice_str(x->from);
	return stage_keep(s, &f, e);
}

static int stage_copy(struct stage *s, const struct plan_install *from,
		      const struct plan_installed_file *x, struct err *e)
{
	const struct rpm_file_member *m = find_member(s, from->package, x->from);
	struct staged f;
	struct file there;
	int r;

	if (!m)
		return err_set(e, ERR_REFUSED, "%s has no file %s any more",
			       escape_short(slice_str(from->package)).text,
			       escape_short(slice_str(x->from)).text);
	r = stage_look(s, x->path, &there, e);
	if (r > 0 && there.node.type == NODE_SYMLINK)
		return in_the_way(x->path, "is a link", e);
	if (r >= 0)
		r = stage_open(s, x->path, &f, e);
	if (r >= 0 && f.file.fs)
		r = file_read_all(&f.file, LIMIT_MODULE_UNPACKED, s->g->arena, &f.old, e);
	if (r < 0)
		return r;
	f.bytes = m->bytes;
	f.mode = m->mode & 0777;
	return stage_keep(s, &f, e);
}

int stage_installs(struct stage *s, const struct plan_step *step, struct err *e)
{
	int r = 0;

	s->step = step->n;
	for (size_t i = 0; r >= 0 && i < step->installs.n; i++) {
		const struct plan_install *x = &step->installs.v[i];

		for (size_t k = 0; r >= 0 && k < x->files.n; k++)
			r = x->files.v[k].link ? stage_link(s, &x->files.v[k], e)
					       : stage_copy(s, x, &x->files.v[k], e);
	}
	return r;
}
