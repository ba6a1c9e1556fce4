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

/* Why a step on the host is left to people; NULL: it is nothing but edits of the
 * description that is written anew. */
static const char *left_on_host(const struct stage *s, const struct plan_step *step)
{
	if (!step->edits.n || step->commands.n)
		return "it is done on the host";
	return s->machine ? NULL
			  : "it is done on the host: --machine-out writes the "
			    "description with it";
}

/* Why a step is left to people without being tried; NULL: it is not. `open`: one is left
 * that it may rest on. */
static const char *left_because(const struct stage *s, const struct plan_step *step,
				bool open)
{
	const char *why = is_in_guest(step) ? NULL : left_on_host(s, step);

	if (why)
		return why;
	if (is_in_guest(step) && !plan_step_is_offline(step))
		return "it is more than a change of files";
	return plan_step_is_next(step, true, &open) ? NULL
						    : "a step before it is left to you";
}

/* What a step changes in the guest. The files of its packages are there already: such a
 * step has to be made to its end, or nothing is. */
static int stage(struct stage *s, const struct plan_step *step, struct step_change *done,
		 struct err *e)
{
	struct err why = ERR_INIT;

	if (!is_in_guest(step) || stage_step(s, step, &why) >= 0)
		return 0;
	if (step->installs.n || !is_for_people(&why)) {
		*e = why;
		return step->installs.n ? err_wrap(e, "%s", step->title) : -(int)why.code;
	}
	done->reason = arena_strdup(s->g->arena, why.text);
	return done->reason ? 0 : arena_full(s->g->arena, e);
}

static int take_step(struct stage *s, const struct plan_step *step, bool *open,
		     struct changes *ret, struct err *e)
{
	struct step_change done = {.n = step->n};
	int r = 0;

	if (step->shuts_down) {
		done.made = true; /* nobody changes disks of a guest that runs */
		return vec_push(s->g->arena, &ret->steps, done)
			       ? 0
			       : arena_full(s->g->arena, e);
	}
	done.reason = left_because(s, step, *open);
	if (!done.reason)
		r = stage(s, step, &done, e);
	if (r < 0)
		return r;
	done.made = plan_step_is_next(step, !done.reason, open);
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
static int install(struct stage *s, const struct change_input *in, struct changes *ret,
		   struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < in->plan->steps.n; i++)
		r = stage_installs(s, &in->plan->steps.v[i], e);
	if (r >= 0)
		r = stage_write(s, in->now, ret, e);
	return r < 0 ? r : in->reopen(in->ctx, s->g, e);
}

int change_guest(struct guest *g, const struct change_input *in, struct changes *ret,
		 struct err *e)
{
	struct stage s = {
		.g = g, .plan = in->plan, .machine = in->machine, .replay = in->replay};
	struct stage first = {
		.g = g, .plan = in->plan, .replay = in->replay, .given = in->given};
	bool open = false;
	int r = 0;

	*ret = (struct changes){0};
	if (installs_any(in->plan))
		r = install(&first, in, ret, e);
	for (size_t i = 0; r >= 0 && i < in->plan->steps.n; i++)
		r = take_step(&s, &in->plan->steps.v[i], &open, ret, e);
	if (r >= 0)
		r = stage_tell(&first, ret, e);
	if (r >= 0)
		r = stage_write(&s, in->now, ret, e);
	arena_free(s.repacked);
	return r;
}
