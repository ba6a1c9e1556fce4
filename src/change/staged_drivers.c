/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers for initramfs: what each gets behind its last archive, or becomes. */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "segment/segment.h"
#include "staged.h"

static const struct kernel_fact *kernel_of(const struct facts *f, const char *initramfs)
{
	for (size_t i = 0; i < f->kernels.n; i++)
		if (f->kernels.v[i].initramfs.path &&
		    strcmp(f->kernels.v[i].initramfs.path, initramfs) == 0)
			return &f->kernels.v[i];
	return NULL;
}

static bool add_all(struct arena *a, strs *to, const strs *from)
{
	bool ok = true;

	for (size_t i = 0; ok && i < from->n; i++)
		ok = strs_add_once(a, to, from->v[i]);
	return ok;
}

/* All that the plan wants in one initramfs. */
static int gather(const struct stage *s, const char *initramfs,
		  struct initramfs_wish *ret, struct err *e)
{
	struct arena *a = s->g->arena;

	for (size_t i = 0; i < s->plan->steps.n; i++) {
		const struct plan_step *step = &s->plan->steps.v[i];

		for (size_t d = 0; d < step->drivers.n; d++) {
			const struct plan_drivers *drivers = &step->drivers.v[d];

			if (strcmp(drivers->initramfs, initramfs) != 0)
				continue;
			if (!add_all(a, &ret->drivers, &drivers->modules) ||
			    !add_all(a, &ret->allowed, &drivers->allowed))
				return arena_full(a, e);
			for (size_t n = 0; n < drivers->edits.n; n++)
				if (!vec_push(a, &ret->edits, &drivers->edits.v[n]))
					return arena_full(a, e);
		}
	}
	return 0;
}

static int make_segment(struct stage *s, struct staged *f, const char *initramfs,
			struct err *e)
{
	const struct kernel_fact *k = kernel_of(s->g->facts, initramfs);
	_cleanup_arena_ struct arena *room = arena_new(LIMIT_ADDING_MEMORY);
	struct initramfs_segment segment;
	struct initramfs_wish wish = {0};
	const void *bytes;
	int r;

	if (!room)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (!k || !f->file.fs)
		return err_set(e, ERR_REFUSED, "%s is not there",
			       escape_short(slice_str(initramfs)).text);
	r = gather(s, initramfs, &wish, e);
	if (r >= 0)
		r = change_initramfs_segment(s->g, k, &wish, room, &segment, e);
	if (r < 0)
		return r;
	bytes = arena_memdup(s->g->arena, segment.bytes.p, segment.bytes.n);
	if (!bytes)
		return arena_full(s->g->arena, e);
	f->bytes = slice_of(bytes, segment.bytes.n);
	f->append = !segment.whole;
	return f->append ? 0
			 : file_read_all(&f->file, LIMIT_INITRD_IMAGE, s->g->arena,
					 &f->old, e);
}

static int stage_initramfs(struct stage *s, const char *initramfs, struct err *e)
{
	const struct staged *known;
	struct staged f;
	int r = stage_open(s, initramfs, &f, e);

	if (r < 0)
		return r;
	known = stage_find(s, f.path);
	if (known)
		f = *known;
	else
		r = make_segment(s, &f, initramfs, e);
	return r < 0 ? r : stage_keep(s, &f, e);
}

int stage_drivers(struct stage *s, const struct plan_step *step, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < step->drivers.n; i++)
		r = stage_initramfs(s, step->drivers.v[i].initramfs, e);
	return r;
}
