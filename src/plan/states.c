/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a step needs to find, and what has to come back so that it is undone. */
#include "plan.h"

#include "text.h"

struct stating {
	struct arena *a;
	const struct plan *plan;
	struct plan_step *step;
	bool full;
};

static void put(struct stating *s, plan_states *list, struct plan_state state)
{
	if (!vec_push(s->a, list, state))
		s->full = true;
}

/* What is found there comes back. */
static void put_both(struct stating *s, struct plan_state state)
{
	put(s, &s->step->preconditions, state);
	put(s, &s->step->undo, state);
}

static bool is_replayed(const struct plan *plan, const struct file_change *f)
{
	for (size_t i = 0; i < plan->replays.n; i++)
		if (text_same(plan->replays.v[i].disk, f->disk) &&
		    text_same(plan->replays.v[i].volume, f->volume))
			return true;
	return false;
}

static bool has_clean(const plan_states *list, const struct file_change *f)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].kind, "clean") == 0 &&
		    text_same(list->v[i].disk, f->disk) &&
		    text_same(list->v[i].volume, f->volume))
			return true;
	return false;
}

/* Of files as they were when the step was tried. */
static void put_files(struct stating *s)
{
	struct plan_step *step = s->step;

	for (size_t i = 0; i < step->files.n; i++) {
		const struct file_change *f = &step->files.v[i];

		put_both(s, (struct plan_state){.kind = f->old_sha256 ? "file" : "absent",
						.path = f->path,
						.sha256 = f->old_sha256});
	}
	for (size_t i = 0; i < step->files.n; i++)
		if (!is_replayed(s->plan, &step->files.v[i]) &&
		    !has_clean(&step->preconditions, &step->files.v[i]))
			put(s, &step->preconditions,
			    (struct plan_state){.kind = "clean",
						.disk = step->files.v[i].disk,
						.volume = step->files.v[i].volume});
}

static void put_edits(struct stating *s, bool tried)
{
	for (size_t i = 0; i < s->step->edits.n; i++) {
		const struct plan_edit *edit = &s->step->edits.v[i];
		struct plan_state state = {.kind = "line",
					   .path = edit->file,
					   .text = edit->before,
					   .line = edit->line};

		if (edit->line)
			put(s, &s->step->preconditions, state);
		else
			state = (struct plan_state){
				.kind = "end", .path = edit->file, .text = edit->after};
		if (!tried)
			put(s, &s->step->undo, state);
	}
}

/* What is known of the files without having tried. */
static void put_untried(struct stating *s)
{
	const struct plan_step *step = s->step;

	for (size_t i = 0; i < step->drivers.n; i++)
		put_both(s, (struct plan_state){.kind = "file",
						.path = step->drivers.v[i].initramfs});
	for (size_t i = 0; i < step->indexes.n; i++) {
		const char *path =
			arena_printf(s->a, "%s/modules.dep", step->indexes.v[i].folder);

		s->full = s->full || !path;
		put_both(s, (struct plan_state){.kind = "file", .path = path});
	}
}

static void set_states(struct stating *s, const struct plan_step *before)
{
	struct plan_step *step = s->step;

	step->preconditions = (plan_states){0};
	step->undo = (plan_states){0};
	if (before)
		put(s, &step->preconditions,
		    (struct plan_state){.kind = "step", .line = before->n});
	if (step->files.n)
		put_files(s);
	else
		put_untried(s);
	put_edits(s, step->files.n > 0);
	for (size_t i = 0; i < step->undo_commands.n; i++)
		put(s, &step->undo,
		    (struct plan_state){.kind = "command",
					.text = step->undo_commands.v[i]});
}

int plan_set_states(struct plan *plan, struct arena *a, struct err *e)
{
	const struct plan_step *before = NULL;
	struct stating s = {.a = a, .plan = plan};

	for (size_t i = 0; i < plan->steps.n; i++) {
		bool of_procedure = strcmp(plan->steps.v[i].id, "remedy") != 0;

		s.step = &plan->steps.v[i];
		set_states(&s, of_procedure ? before : NULL);
		if (of_procedure && !s.step->aside)
			before = s.step;
	}
	return s.full ? arena_full(a, e) : 0;
}
