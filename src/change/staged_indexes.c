/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Indexes of depmod on the guest's disk: what becomes of each. */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "segment/own_indexes.h"
#include "staged.h"
#include "text.h"

static const struct kernel_fact *kernel_of(const struct facts *f, const char *dir)
{
	for (size_t i = 0; i < f->kernels.n; i++)
		if (text_same(f->kernels.v[i].modules_dir, dir))
			return &f->kernels.v[i];
	return NULL;
}

/* All modules that the plan wants in the indexes of one folder. */
static int gather(const struct stage *s, const char *dir, strs *ret, struct err *e)
{
	for (size_t i = 0; i < s->plan->steps.n; i++) {
		const struct plan_step *step = &s->plan->steps.v[i];

		for (size_t n = 0; n < step->indexes.n; n++) {
			const struct plan_indexes *x = &step->indexes.v[n];

			for (size_t m = 0;
			     strcmp(x->folder, dir) == 0 && m < x->modules.n; m++)
				if (!strs_add_once(s->g->arena, ret, x->modules.v[m]))
					return arena_full(s->g->arena, e);
		}
	}
	return 0;
}

static int stage_index(struct stage *s, const struct own_index *x, struct err *e)
{
	struct arena *a = s->g->arena;
	const char *path = arena_strdup(a, x->path);
	const void *bytes = arena_memdup(a, x->bytes.p, x->bytes.n);
	const struct staged *known;
	struct staged f;
	int r;

	if (!path || !bytes)
		return arena_full(a, e);
	r = stage_open(s, path, &f, e);
	if (r < 0)
		return r;
	known = stage_find(s, f.path);
	if (known)
		f = *known;
	else
		r = file_read_all(&f.file, LIMIT_TABLE_FILE, a, &f.old, e);
	if (r < 0)
		return r;
	if (!known)
		f.bytes = slice_of(bytes, x->bytes.n);
	return stage_keep(s, &f, e);
}

static int stage_folder(struct stage *s, const char *dir, struct err *e)
{
	const struct kernel_fact *k = kernel_of(s->g->facts, dir);
	_cleanup_arena_ struct arena *room = arena_new(LIMIT_ADDING_MEMORY);
	own_indexes made;
	strs modules = {0};
	int r;

	if (!room)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (!k)
		return err_set(e, ERR_REFUSED, "%s is not there",
			       escape_short(slice_str(dir)).text);
	r = gather(s, dir, &modules, e);
	if (r >= 0)
		r = change_own_indexes(s->g, k, &modules, room, &made, e);
	for (size_t i = 0; r >= 0 && i < made.n; i++)
		r = stage_index(s, &made.v[i], e);
	return r;
}

int stage_indexes(struct stage *s, const struct plan_step *step, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < step->indexes.n; i++)
		r = stage_folder(s, step->indexes.v[i].folder, e);
	return r;
}
