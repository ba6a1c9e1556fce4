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

/* Was a step left on which those behind it may rest: of all steps, and of those that
 * would be left with --machine-out, too? */
struct course {
	bool open, open_ever;
};

static const char without_description[] =
	"it is done on the host: --machine-out writes the description with it";

/* Is it nothing but edits of the description of the machine? */
static bool is_description(const struct plan_step *step)
{
	return !is_in_guest(step) && step->edits.n && !step->commands.n;
}

/* Why a step is left to people without being tried; NULL: it is not. A guest whose disks
 * are changed is shut down: that is left only where a step before it is done in it. */
static const char *left_because(const struct stage *s, const struct plan_step *step,
				const struct course *c)
{
	bool describes = is_description(step), shown = describes && !s->machine;
	bool open = shown ? c->open_ever : c->open;

	if (!is_in_guest(step) && !describes)
		return "it is done on the host";
	if (is_in_guest(step) && !step->shuts_down && !plan_step_is_offline(step))
		return "it is more than a change of files";
	if (!plan_step_is_next(step, true, &open))
		return "a step before it is left to you";
	return shown ? without_description : NULL;
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

static int take_step(struct stage *s, const struct plan_step *step, struct course *c,
		     struct changes *ret, struct err *e)
{
	struct step_change done = {.n = step->n};
	int r = 0;

	done.reason = left_because(s, step, c);
	if (!done.reason && !step->shuts_down)
		r = stage(s, step, &done, e);
	if (r < 0)
		return r;
	done.made = plan_step_is_next(step, !done.reason, &c->open);
	plan_step_is_next(step, done.made || done.reason == without_description,
			  &c->open_ever);
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
	struct course course = {false, false};
	int r = 0;

	*ret = (struct changes){0};
	if (installs_any(in->plan))
		r = install(&first, in, ret, e);
	for (size_t i = 0; r >= 0 && i < in->plan->steps.n; i++)
		r = take_step(&s, &in->plan->steps.v[i], &course, ret, e);
	if (r >= 0)
		r = stage_tell(&first, ret, e);
	if (r >= 0)
		r = stage_write(&s, in->now, ret, e);
	arena_free(s.repacked);
	return r;
}
