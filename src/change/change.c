/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the steps of a plan to what is written, and what is left to people. */
#include "change.h"

#include <string.h>

#include "staged.h"

/* Its error is told as the reason why the step is left to people. */
static bool is_for_people(const struct err *e)
{
	return e->code != ERR_NOMEM && e->code != ERR_IO && e->code != ERR_BUG;
}

/* Why a step is left to people without being tried; NULL: it is not. `open`: one is left
 * that it may rest on. */
static const char *left_because(const struct plan_step *step, bool open)
{
	if (strcmp(step->where, "guest") != 0)
		return "it is done on the host";
	if (!plan_step_is_offline(step))
		return "it is more than a change of files";
	return plan_step_is_next(step, true, &open) ? NULL
						    : "a step before it is left to you";
}

static int take_step(struct stage *s, const struct plan_step *step, bool *open,
		     struct changes *ret, struct err *e)
{
	struct step_change done = {.n = step->n, .reason = left_because(step, *open)};
	struct arena *a = s->g->arena;
	struct err why = ERR_INIT;

	if (!done.reason && stage_step(s, step, &why) < 0) {
		if (!is_for_people(&why)) {
			*e = why;
			return -(int)why.code;
		}
		done.reason = arena_strdup(a, why.text);
		if (!done.reason)
			return arena_full(a, e);
	}
	done.made = plan_step_is_next(step, !done.reason, open);
	return vec_push(a, &ret->steps, done) ? 0 : arena_full(a, e);
}

int change_guest(struct guest *g, const struct plan *plan, int64_t now,
		 struct changes *ret, struct err *e)
{
	struct stage s = {.g = g, .plan = plan};
	bool open = false;
	int r = 0;

	*ret = (struct changes){0};
	for (size_t i = 0; r >= 0 && i < plan->steps.n; i++)
		r = take_step(&s, &plan->steps.v[i], &open, ret, e);
	if (r >= 0)
		r = stage_write(&s, now, ret, e);
	arena_free(s.repacked);
	return r;
}
