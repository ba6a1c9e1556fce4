/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet apply` for people. */
#include "applied_text.h"

#include <string.h>

#include "escape.h"
#include "limits.h"
#include "plan_text.h"
#include "write.h"

static const struct plan_step *step_of(const struct plan *plan, uint64_t n)
{
	for (size_t i = 0; i < plan->steps.n; i++)
		if (plan->steps.v[i].n == n)
			return &plan->steps.v[i];
	return NULL;
}

/* Steps of the plan, made or left. */
static size_t count_steps(const struct applied *a, bool made)
{
	size_t n = 0;

	for (size_t i = 0; i < a->changes.steps.n; i++)
		n += a->changes.steps.v[i].made == made;
	return n;
}

/* That a guest is off changes nothing. */
static bool changes_any(const struct applied *a)
{
	for (size_t i = 0; i < a->changes.steps.n; i++) {
		const struct step_change *s = &a->changes.steps.v[i];
		const struct plan_step *step = step_of(&a->plan, s->n);

		if (s->made && !(step && step->shuts_down))
			return true;
	}
	return false;
}

static void put_answer(const struct writer *w, const struct applied *a)
{
	size_t made = count_steps(a, true), left = count_steps(a, false);

	strbuf_printf(w->out, "%s: ", a->plan.platform);
	write_answer(w, a->plan.answer, 0);
	if (changes_any(a)) {
		strbuf_str(w->out, ", with the changes ");
		write_answer(w, a->after, 0);
		strbuf_printf(w->out, ": %zu of %zu steps made\n", made, made + left);
	} else {
		strbuf_printf(w->out, ": %s\n",
			      a->plan.answer == ANSWER_READY ? "nothing to do"
							     : "nothing was changed");
	}
}

static void put_size(struct strbuf *out, const struct file_change *f)
{
	if (strcmp(f->how, "appended") == 0)
		strbuf_printf(out, "%llu bytes appended",
			      (unsigned long long)(f->new_size - f->old_size));
	else if (strcmp(f->how, "linked") == 0)
		strbuf_str(out, "a new link");
	else if (strcmp(f->how, "device") == 0)
		strbuf_str(out, "a new device node");
	else if (strcmp(f->how, "created") == 0)
		strbuf_printf(out, "created, %llu bytes",
			      (unsigned long long)f->new_size);
	else
		strbuf_printf(out, "%s, %llu bytes, %llu before",
			      strcmp(f->how, "repacked") == 0 ? "packed anew" : "edited",
			      (unsigned long long)f->new_size,
			      (unsigned long long)f->old_size);
}

static void put_replays(const struct writer *w, const struct changes *c)
{
	for (size_t i = 0; i < c->replays.n; i++) {
		_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT);

		plan_replay_place(&c->replays.v[i], &line);
		strbuf_str(&line, ": its journal was replayed first, as a start of the "
				  "guest would");
		strbuf_str(w->out, "  ");
		write_wrapped(w, strbuf_text(&line), 2, 4);
	}
}

static void put_files(const struct writer *w, const struct applied *a, bool verbose)
{
	for (size_t i = 0; i < a->changes.files.n; i++) {
		const struct file_change *f = &a->changes.files.v[i];
		_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT);

		escape_text(&line, slice_str(f->path));
		strbuf_str(&line, ": ");
		put_size(&line, f);
		strbuf_str(w->out, "  ");
		write_wrapped(w, strbuf_text(&line), 2, 4);
		for (size_t n = 0; n < f->notes.n; n++) {
			strbuf_str(w->out, "    ");
			write_wrapped(w, f->notes.v[n], 4, 4);
		}
		if (verbose)
			strbuf_printf(w->out,
				      "    SHA-256 before %s\n    SHA-256 now    %s\n",
				      f->old_sha256 ? f->old_sha256 : "-", f->new_sha256);
	}
}

static void put_left_step(const struct writer *w, const struct plan_step *step,
			  const char *reason)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT);

	strbuf_printf(&line, "%s: %s", step->title,
		      reason ? reason : "the reason is not known");
	strbuf_printf(w->out, "%2llu. ", (unsigned long long)step->n);
	write_wrapped(w, strbuf_text(&line), 4, 4);
	plan_put_task(w, step);
}

/* Steps that were not made, why not, and what a person does instead. */
static void put_left(const struct writer *w, const struct applied *a)
{
	const char *where = "";

	if (count_steps(a, false))
		strbuf_str(w->out, "\nLeft to you, numbered as in the plan\n");
	for (size_t i = 0; i < a->changes.steps.n; i++) {
		const struct step_change *s = &a->changes.steps.v[i];
		const struct plan_step *step = step_of(&a->plan, s->n);

		if (s->made || !step)
			continue;
		if (strcmp(where, step->where) != 0)
			strbuf_printf(w->out, "%s%s\n", *where ? "\n" : "",
				      plan_where(step));
		where = step->where;
		put_left_step(w, step, s->reason);
	}
}

/* Several steps may rest on the same. */
static bool was_told(const struct plan *left, size_t step, const char *reason)
{
	for (size_t i = 0; i < step; i++)
		if (strs_has(&left->steps.v[i].reasons, reason))
			return true;
	return false;
}

/* What still stands in the way of a guest that is not ready. */
static void put_obstacles(const struct writer *w, const struct applied *a)
{
	for (size_t i = 0; i < a->left.steps.n; i++)
		for (size_t r = 0; r < a->left.steps.v[i].reasons.n; r++) {
			const char *reason = a->left.steps.v[i].reasons.v[r];

			if (!was_told(&a->left, i, reason))
				write_labelled(w, "Still: ", reason);
		}
	for (size_t i = 0; i < a->left.obstacles.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		plan_obstacle_text(&a->left.obstacles.v[i], &text);
		write_labelled(w, "Still: ", strbuf_text(&text));
	}
}

/* What the new file of one disk is. */
static void put_new_file(const struct writer *w, const struct applied *a,
			 const struct applied_result *r)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT);

	escape_text(&line, slice_str(r->file));
	if (strcmp(a->kind, "copy") == 0) {
		strbuf_str(&line, " is a whole copy");
		if (a->results.n > 1) {
			strbuf_str(&line, " of ");
			escape_text(&line, slice_str(r->disk));
		}
	} else {
		strbuf_str(&line, " is an overlay: it needs ");
		escape_text(&line, slice_str(r->disk));
		strbuf_str(&line, " below it, unchanged");
	}
	write_wrapped(w, strbuf_text(&line), 0, 2);
}

static void put_in_place(const struct writer *w, const struct applied *a)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT);
	size_t n = a->results.n;

	for (size_t i = 0; i < n; i++) {
		strbuf_str(&line, !i ? "" : i + 1 < n ? ", " : " and ");
		escape_text(&line, slice_str(a->results.v[i].file));
	}
	strbuf_printf(&line, " %s changed in place. To undo it: paravet undo ",
		      n > 1 ? "were" : "was");
	put_file_word(a->undo, &line);
	for (size_t i = 0; i < a->undo_disks.n; i++) {
		strbuf_str(&line, " --disk ");
		shell_quote(&line, slice_str(a->undo_disks.v[i]));
	}
	write_wrapped(w, strbuf_text(&line), 0, 2);
}

static void put_results(const struct writer *w, const struct applied *a)
{
	if (!a->results.n) {
		if (changes_any(a) && !a->machine)
			strbuf_str(w->out, "\nNothing was written: this is what would be "
					   "changed.\n");
		return;
	}
	strbuf_char(w->out, '\n');
	if (strcmp(a->kind, "in-place") == 0)
		put_in_place(w, a);
	for (size_t i = 0; strcmp(a->kind, "in-place") != 0 && i < a->results.n; i++)
		put_new_file(w, a, &a->results.v[i]);
}

/* The description of the machine, written anew. */
static void put_machine(const struct writer *w, const struct facts *f,
			const struct applied *a)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT);

	if (a->machine || a->notes.n)
		strbuf_char(w->out, '\n');
	if (a->machine) {
		escape_text(&line, slice_str(a->machine));
		strbuf_str(&line, " describes the machine with these changes: take it "
				  "in the place of ");
		escape_text(&line, slice_str(f->machine.source ? f->machine.source
							       : "the old one"));
		strbuf_str(&line, ", which stays as it is");
		write_wrapped(w, strbuf_text(&line), 0, 2);
	}
	for (size_t i = 0; i < a->notes.n; i++)
		write_labelled(w, "Note: ", a->notes.v[i]);
}

/* What became of packages that were given. */
static void put_packages(const struct writer *w, const struct applied *a)
{
	for (size_t i = 0; i < a->plan.package_notes.n; i++) {
		strbuf_str(w->out, i ? "" : "\n");
		write_labelled(w, "Note: ", a->plan.package_notes.v[i]);
	}
}

void report_applied(const struct facts *f, const struct applied *a,
		    const struct report_options *options, struct strbuf *out)
{
	struct writer w = writer_of(options, out);

	put_answer(&w, a);
	write_summary(&w, f);
	if (a->changes.files.n)
		strbuf_str(out, "\nChanged in the guest\n");
	put_replays(&w, &a->changes);
	put_files(&w, a, options->verbose);
	put_packages(&w, a);
	put_left(&w, a);
	if (a->after != ANSWER_READY)
		put_obstacles(&w, a);
	if (a->left.obstacles.n)
		write_problems(&w, f, options->verbose);
	put_results(&w, a);
	put_machine(&w, f, a);
}
