/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the steps of a plan to what is written, and what is left to people. */
#include "change.h"

#include <string.h>

#include "staged.h"

static bool is_in_guest(const struct plan_step *step)
{
	return strcmp(step->where, "guest") == 0;
}

/* Is the step nothing but changes of files? */
static bool is_made_here(const struct plan_step *step)
{
	return is_in_guest(step) && plan_step_changes(step) && !step->commands.n;
}

/* Its error is told as the reason why the step is left to people. */
static bool is_for_people(const struct err *e)
{
	return e->code != ERR_NOMEM && e->code != ERR_IO && e->code != ERR_BUG;
}

/* The step of a procedure, before this one, that is left to people; NULL: none. What
 * comes after it rests on it: a driver is named once its package is there. */
static const struct step_change *open_before(const struct plan *plan,
					     const struct plan_step *step,
					     const struct changes *so_far)
{
	if (strcmp(step->id, "remedy") == 0)
		return NULL;
	for (size_t i = 0; i < so_far->steps.n; i++)
		if (!so_far->steps.v[i].made &&
		    strcmp(plan->steps.v[i].id, "remedy") != 0)
			return &so_far->steps.v[i];
	return NULL;
}

/* Why a step is left to people without being tried; NULL: it is not. */
static const char *left_because(const struct stage *s, const struct plan_step *step,
				const struct changes *so_far)
{
	const struct step_change *before = open_before(s->plan, step, so_far);

	if (!is_in_guest(step))
		return "it is done on the host";
	if (!is_made_here(step))
		return "it is more than a change of files";
	return before ? "a step before it is left to you" : NULL;
}

static int take_step(struct stage *s, const struct plan_step *step, struct changes *ret,
		     struct err *e)
{
	struct step_change done = {.n = step->n, .reason = left_because(s, step, ret)};
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
	done.made = !done.reason;
	return vec_push(a, &ret->steps, done) ? 0 : arena_full(a, e);
}

int change_guest(struct guest *g, const struct plan *plan, int64_t now,
		 struct changes *ret, struct err *e)
{
	struct stage s = {.g = g, .plan = plan};
	int r = 0;

	*ret = (struct changes){0};
	for (size_t i = 0; r >= 0 && i < plan->steps.n; i++)
		r = take_step(&s, &plan->steps.v[i], ret, e);
	if (r >= 0)
		r = stage_write(&s, now, ret, e);
	arena_free(s.repacked);
	return r;
}
