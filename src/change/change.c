/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the steps of a plan to what is written, and what is left to people. */
#include "change.h"

#include <string.h>

#include "staged.h"

static bool is_in_guest(const struct plan_step *step)
{
	return strcmp(step->where, "guest") == 0;
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
		if (!so_far->steps.v[i].made && plan->steps.v[i].waited_for)
			return &so_far->steps.v[i];
	return NULL;
}

/* Why a step is left to people without being tried; NULL: it is not. */
static const char *left_because(const struct stage *s, const struct plan_step *step,
				const struct changes *so_far)
{
	const struct step_change *before = open_before(s->plan, step, so_far);

	if (!is_in_guest(step)) {
		if (!step->edits.n || step->commands.n)
			return "it is done on the host";
		if (!s->machine)
			return "it is done on the host: --machine-out writes the "
			       "description with it";
		return before ? "a step before it is left to you" : NULL;
	}
	if (!plan_step_outside(step))
		return "it is more than a change of files";
	return before ? "a step before it is left to you" : NULL;
}

static int leave(struct stage *s, struct step_change *done, const struct err *why,
		 struct err *e)
{
	if (!is_for_people(why)) {
		*e = *why;
		return -(int)why->code;
	}
	done->reason = arena_strdup(s->g->arena, why->text);
	return done->reason ? 0 : arena_full(s->g->arena, e);
}

/* A step whose files were put in place has to be made to its end, or nothing is. */
static int finish_install(struct stage *s, const struct plan_step *step, struct err *e)
{
	int r = stage_step(s, step, e);

	return r < 0 ? err_wrap(e, "%s", step->title) : 0;
}

static int take_step(struct stage *s, const struct plan_step *step, struct changes *ret,
		     struct err *e)
{
	struct step_change done = {.n = step->n, .reason = left_because(s, step, ret)};
	struct err why = ERR_INIT;
	int r = 0;

	if (step->shuts_down)
		done.reason = NULL; /* nobody changes disks of a guest that runs */
	else if (!done.reason && is_in_guest(step) && step->installs.n)
		r = finish_install(s, step, e);
	else if (!done.reason && is_in_guest(step) && stage_step(s, step, &why) < 0)
		r = leave(s, &done, &why, e);
	if (r < 0)
		return r;
	done.made = !done.reason;
	return vec_push(s->g->arena, &ret->steps, done) ? 0 : arena_full(s->g->arena, e);
}

static bool installs_any(const struct plan *plan)
{
	for (size_t i = 0; i < plan->steps.n; i++)
		if (plan->steps.v[i].installs.n)
			return true;
	return false;
}

/* Files of packages come first, and are written: the indexes of depmod are made of what
 * lies there. */
static int install(struct guest *g, const struct change_input *in, struct changes *ret,
		   struct err *e)
{
	struct stage s = {.g = g, .plan = in->plan, .given = in->given};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < in->plan->steps.n; i++)
		r = stage_installs(&s, &in->plan->steps.v[i], e);
	if (r >= 0)
		r = stage_write(&s, in->now, ret, e);
	return r < 0 ? r : in->reopen(in->ctx, g, e);
}

int change_guest(struct guest *g, const struct change_input *in, struct changes *ret,
		 struct err *e)
{
	struct stage s = {.g = g, .plan = in->plan, .machine = in->machine};
	int r;

	*ret = (struct changes){0};
	r = installs_any(in->plan) ? install(g, in, ret, e) : 0;
	for (size_t i = 0; r >= 0 && i < in->plan->steps.n; i++)
		r = take_step(&s, &in->plan->steps.v[i], ret, e);
	return r < 0 ? r : stage_write(&s, in->now, ret, e);
}
