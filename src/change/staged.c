/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "staged.h"

#include <string.h>

#include "escape.h"
#include "limits.h"

struct staged *stage_find(struct stage *s, const char *path)
{
	for (size_t i = 0; i < s->files.n; i++)
		if (strcmp(s->files.v[i].path, path) == 0)
			return &s->files.v[i];
	return NULL;
}

int stage_keep(struct stage *s, const struct staged *f, struct err *e)
{
	struct staged *known = stage_find(s, f->path), kept = *f;
	size_t n = kept.steps.n;

	if ((n == 0 || kept.steps.v[n - 1] != s->step) &&
	    !vec_push(s->g->arena, &kept.steps, s->step))
		return arena_full(s->g->arena, e);
	if (known)
		*known = kept;
	else if (!vec_push(s->g->arena, &s->files, kept))
		return arena_full(s->g->arena, e);
	return 0;
}

/* The nearest folder that is there, above a path where nothing is. */
static int find_above(struct stage *s, struct staged *f, struct err *e)
{
	char *folder = arena_strdup(s->g->arena, f->path), *slash;
	struct err why = ERR_INIT;
	size_t n;

	if (!folder)
		return arena_full(s->g->arena, e);
	do {
		slash = strrchr(folder, '/');
		if (!slash)
			return err_set(e, ERR_REFUSED, "%s is no whole path",
				       escape_short(slice_str(f->path)).text);
		*slash = '\0';
		n = strlen(folder);
		err_clear(&why);
	} while (tree_find(s->g->tree, n ? folder : "/", &f->above, &why) < 0 &&
		 why.code == ERR_ABSENT && n);
	if (why.code != ERR_NONE) {
		*e = why;
		return -(int)why.code;
	}
	f->missing = f->path + n + 1;
	return 0;
}

/* A file that is not there is made, unless one of its lines was to change. */
int stage_open(struct stage *s, const char *path, struct staged *ret, struct err *e)
{
	struct err why = ERR_INIT;

	*ret = (struct staged){.path = path, .mode = NEW_FILE_MODE};
	if (tree_find(s->g->tree, path, &ret->file, &why) < 0) {
		ret->file.fs = NULL;
		if (why.code == ERR_ABSENT)
			return find_above(s, ret, e);
		*e = why;
		return -(int)why.code;
	}
	if (ret->file.node.type != NODE_FILE)
		return err_set(e, ERR_REFUSED, "%s is no regular file",
			       escape_short(slice_str(path)).text);
	/* The one that is really there: two names may lead to it. */
	ret->path = ret->file.path;
	return 0;
}

int stage_look(struct stage *s, const char *path, struct file *ret, struct err *e)
{
	struct err why = ERR_INIT;
	int r = tree_find_link(s->g->tree, path, ret, &why);

	if (r == -ERR_ABSENT)
		return 0;
	if (r < 0)
		*e = why;
	return r < 0 ? r : 1;
}

static int edit_file(struct stage *s, struct staged *f, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	struct arena *a = s->g->arena;
	uint8_t *bytes;
	int r = 0;

	if (f->file.fs && !f->old.p)
		r = file_read_all(&f->file, LIMIT_CONFIG_FILE, a, &f->old, e);
	if (r >= 0)
		r = text_edit(f->old, &f->edits, &text, e);
	if (r < 0)
		return r;
	bytes = arena_memdup(a, text.s ? text.s : "", text.n);
	if (!bytes)
		return arena_full(a, e);
	f->bytes = slice_of(bytes, text.n);
	return 0;
}

/* The edits of the step that are of this file join those it has. */
static int join_edits(struct stage *s, const struct plan_step *step, const char *path,
		      struct staged *f, struct err *e)
{
	for (size_t i = 0; i < step->edits.n; i++) {
		const struct plan_edit *edit = &step->edits.v[i];

		if (edit->file && strcmp(edit->file, path) == 0 &&
		    !vec_push(s->g->arena, &f->edits, edit))
			return arena_full(s->g->arena, e);
	}
	return edit_file(s, f, e);
}

static bool was_before(const struct plan_step *step, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(step->edits.v[i].file, step->edits.v[at].file) == 0)
			return true;
	return false;
}

/* Works on a copy of the entry, so that a failure leaves the list as it was. */
static int stage_file(struct stage *s, const struct plan_step *step, const char *path,
		      struct err *e)
{
	struct staged f, *known;
	int r = stage_open(s, path, &f, e);

	if (r < 0)
		return r;
	known = stage_find(s, f.path);
	if (known) {
		f = *known;
		f.edits = (edit_refs){0};
		for (size_t i = 0; i < known->edits.n; i++)
			if (!vec_push(s->g->arena, &f.edits, known->edits.v[i]))
				return arena_full(s->g->arena, e);
	}
	r = join_edits(s, step, path, &f, e);
	return r < 0 ? r : stage_keep(s, &f, e);
}

static int stage_edits(struct stage *s, const struct plan_step *step, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < step->edits.n; i++)
		if (!step->edits.v[i].file)
			r = err_set(e, ERR_REFUSED, "a file of the step has no name");
		else if (!was_before(step, i))
			r = stage_file(s, step, step->edits.v[i].file, e);
	return r;
}

int stage_step(struct stage *s, const struct plan_step *step, struct err *e)
{
	size_t n = s->files.n, bytes = n * sizeof(*s->files.v);
	struct staged *before =
		arena_memdup(s->g->arena, n ? (const void *)s->files.v : "", bytes);
	int r;

	if (!before)
		return arena_full(s->g->arena, e);
	s->step = step->n;
	r = stage_drivers(s, step, e);
	if (r >= 0)
		r = stage_indexes(s, step, e);
	if (r >= 0)
		r = stage_devices(s, step, e);
	if (r >= 0)
		r = stage_edits(s, step, e);
	if (r < 0) {
		s->files.n = n;
		if (n)
			memcpy(s->files.v, before, bytes);
	}
	return r;
}
