/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a plan's changes have come to, back to its steps. */
#include "change.h"

#include <string.h>

#include "text.h"

static const struct step_change *step_of(const struct changes *c, uint64_t n)
{
	for (size_t i = 0; i < c->steps.n; i++)
		if (c->steps.v[i].n == n)
			return &c->steps.v[i];
	return NULL;
}

static int add_file(const struct changes *c, const char *path, struct plan_step *step,
		    struct arena *a, struct err *e)
{
	for (size_t i = 0; i < c->files.n; i++)
		if (text_same(c->files.v[i].path, path))
			return vec_push(a, &step->files, c->files.v[i])
				       ? 0
				       : arena_full(a, e);
	return err_set(e, ERR_CORRUPT, "a step changes a file that is not told");
}

int change_foretell(struct plan *plan, const struct changes *c, struct arena *a,
		    struct err *e)
{
	int r = 0;

	plan->replays = c->replays;
	for (size_t i = 0; i < plan->steps.n; i++) {
		struct plan_step *step = &plan->steps.v[i];
		const struct step_change *done = step_of(c, step->n);

		if (!done)
			return err_set(e, ERR_CORRUPT, "a step of the plan is not told");
		step->left = done->made ? NULL : done->reason;
		for (size_t k = 0; r >= 0 && k < done->files.n; k++)
			r = add_file(c, done->files.v[k], step, a, e);
		if (r < 0)
			return r;
	}
	return plan_set_states(plan, a, e);
}

/* Programs of the guest would make other bytes of an initramfs or an index: what was
 * seen says something of edits only. */
static bool was_edited(const struct plan_step *s, const struct changes *c)
{
	const struct step_change *done = step_of(c, s->n);

	return strcmp(s->where, "guest") == 0 && s->edits.n && !s->drivers.n &&
	       !s->indexes.n && !s->installs.n && done && done->made;
}

static bool is_reason(const struct plan *plan, const char *reason)
{
	for (size_t i = 0; i < plan->steps.n; i++)
		if (strs_has(&plan->steps.v[i].reasons, reason))
			return true;
	return false;
}

void change_find_futile(struct plan *plan, const struct changes *c,
			const struct plan *left)
{
	for (size_t i = 0; i < plan->steps.n; i++) {
		struct plan_step *s = &plan->steps.v[i];
		bool stands = s->reasons.n > 0;

		for (size_t k = 0; stands && k < s->reasons.n; k++)
			stands = is_reason(left, s->reasons.v[k]);
		if (stands && was_edited(s, c))
			s->futile = s->reasons.v[0];
	}
}

void change_call_futile(struct plan *plan, const struct changes *c, const char *why)
{
	for (size_t i = 0; i < plan->steps.n; i++)
		if (was_edited(&plan->steps.v[i], c))
			plan->steps.v[i].futile = why;
}
