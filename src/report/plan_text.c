/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan for people: numbered steps, commands and changed lines ready to be copied. */
#include "plan_text.h"

#include <string.h>

#include "escape.h"
#include "limits.h"
#include "text.h"
#include "write.h"

enum { INDENT = 4 };

const char plan_unverified[] = "rests on a page that was not at hand";

void plan_headline(const struct plan *plan, struct strbuf *out)
{
	size_t n = plan->steps.n;

	strbuf_printf(out, "%s: ", support_name(plan->support));
	if (!n)
		strbuf_str(out, plan->answer == ANSWER_READY ? "nothing to do"
							     : "no step is known");
	else
		strbuf_printf(out, "%zu %s%s", n, n == 1 ? "step" : "steps",
			      plan->obstacles.n ? n == 1 ? " remains" : " remain" : "");
}

/* "boot disk, eth0" */
static void add_subjects(const strs *list, struct strbuf *out)
{
	for (size_t i = 0; i < list->n; i++) {
		strbuf_str(out, i ? ", " : "");
		escape_text(out, slice_str(role_name(list->v[i])));
	}
}

void plan_obstacle_text(const struct plan_obstacle *o, struct strbuf *out)
{
	add_subjects(&o->subjects, out);
	strbuf_printf(out, " %s: %s", answer_name(o->state), o->text);
}

const char *plan_where(const struct plan_step *s)
{
	return strcmp(s->where, "host") == 0 ? "On the host" : "In the guest";
}

void plan_edit_place(const struct plan_edit *edit, struct strbuf *out)
{
	escape_text(out, slice_str(edit->file ? edit->file : "a file"));
	if (edit->line)
		strbuf_printf(out, ":%llu", (unsigned long long)edit->line);
	if (!edit->line)
		strbuf_str(out, ", at its end");
	else if (!edit->whole)
		strbuf_str(out, ", the rest of the line stays");
}

bool plan_edit_follows(const struct plan_edit *a, const struct plan_edit *b)
{
	return !a->line && !b->line && a->file && b->file &&
	       strcmp(a->file, b->file) == 0;
}

void plan_inside_place(const struct plan_drivers *d, const struct plan_edit *edit,
		       struct strbuf *out)
{
	escape_text(out, slice_str(d->initramfs));
	strbuf_str(out, ", in it ");
	plan_edit_place(edit, out);
}

void plan_drivers_place(const struct plan_drivers *d, struct strbuf *out)
{
	escape_text(out, slice_str(d->initramfs));
	strbuf_str(out, ", with all that they need");
}

void plan_allowed_place(const struct plan_drivers *d, struct strbuf *out)
{
	escape_text(out, slice_str(d->initramfs));
	strbuf_str(out, ", where no setting of its own forbids them any more");
}

void plan_indexes_place(const struct plan_indexes *x, struct strbuf *out)
{
	escape_text(out, slice_str(x->folder));
	strbuf_str(out, "/modules.dep and the other indexes of depmod, lines of");
}

const char *plan_text_label(const struct plan_step *s)
{
	return plan_step_changes(s) && strcmp(s->id, "remedy") == 0 ? "by hand: " : "";
}

static void put_wrapped(const struct writer *w, const char *label, const char *text)
{
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT(LIMIT_TEXT);

	strbuf_printf(&all, "%s%s", label, text);
	strbuf_printf(w->out, "%*s", INDENT, "");
	write_wrapped(w, strbuf_text(&all), INDENT, INDENT + (*label ? 2 : 0));
}

/* Lines that go or come; they are not broken, as they are to be copied. */
static void put_lines(const struct writer *w, char mark, const char *color,
		      const char *text)
{
	struct text lines = text_of(slice_str(text ? text : ""));
	struct slice line;

	while (text_line(&lines, &line)) {
		strbuf_printf(w->out, "%*s%s%c ", INDENT + 2, "", w->color ? color : "",
			      mark);
		escape_text(w->out, line);
		strbuf_printf(w->out, "%s\n", w->color ? "\033[0m" : "");
	}
}

typedef void (*place_fn)(const struct plan_drivers *d, struct strbuf *out);

static void put_modules(const struct writer *w, const struct plan_drivers *d,
			place_fn place_of, const strs *modules)
{
	_cleanup_strbuf_ struct strbuf place = STRBUF_INIT(LIMIT_TEXT);

	if (!modules->n)
		return;
	place_of(d, &place);
	put_wrapped(w, "", strbuf_text(&place));
	for (size_t n = 0; n < modules->n; n++)
		put_lines(w, '+', "\033[32m", modules->v[n]);
}

static void put_inside(const struct writer *w, const struct plan_drivers *d)
{
	for (size_t i = 0; i < d->edits.n; i++) {
		_cleanup_strbuf_ struct strbuf place = STRBUF_INIT(LIMIT_TEXT);

		plan_inside_place(d, &d->edits.v[i], &place);
		put_wrapped(w, "", strbuf_text(&place));
		put_lines(w, '-', "\033[31m", d->edits.v[i].before);
		put_lines(w, '+', "\033[32m", d->edits.v[i].after);
	}
}

static void put_drivers(const struct writer *w, const struct plan_step *s)
{
	for (size_t i = 0; i < s->drivers.n; i++) {
		const struct plan_drivers *d = &s->drivers.v[i];

		put_modules(w, d, plan_drivers_place, &d->modules);
		put_modules(w, d, plan_allowed_place, &d->allowed);
		put_inside(w, d);
	}
}

static void put_indexes(const struct writer *w, const struct plan_step *s)
{
	for (size_t i = 0; i < s->indexes.n; i++) {
		_cleanup_strbuf_ struct strbuf place = STRBUF_INIT(LIMIT_TEXT);

		plan_indexes_place(&s->indexes.v[i], &place);
		put_wrapped(w, "", strbuf_text(&place));
		for (size_t n = 0; n < s->indexes.v[i].modules.n; n++)
			put_lines(w, '+', "\033[32m", s->indexes.v[i].modules.v[n]);
	}
}

static void put_edits(const struct writer *w, const struct plan_step *s)
{
	for (size_t i = 0; i < s->edits.n; i++) {
		const struct plan_edit *edit = &s->edits.v[i];
		_cleanup_strbuf_ struct strbuf place = STRBUF_INIT(LIMIT_TEXT);

		plan_edit_place(edit, &place);
		if (i == 0 || !plan_edit_follows(edit - 1, edit))
			put_wrapped(w, "", strbuf_text(&place));
		put_lines(w, '-', "\033[31m", edit->before);
		put_lines(w, '+', "\033[32m", edit->after);
	}
}

/* What was seen when it was tried, and what that rests on. */
static void put_states(const struct writer *w, const struct plan_step *s, bool verbose)
{
	_cleanup_strbuf_ struct strbuf notes = STRBUF_INIT(LIMIT_TEXT),
				       needs = STRBUF_INIT(LIMIT_TEXT),
				       undo = STRBUF_INIT(LIMIT_TEXT);
	bool any = false;

	for (size_t i = 0; i < s->files.n; i++) {
		_cleanup_strbuf_ struct strbuf sum = STRBUF_INIT(LIMIT_TEXT);

		if (!plan_has_sum(&s->files.v[i]))
			continue;
		if (!any)
			put_wrapped(w, "", "SHA-256 of the files:");
		any = true;
		plan_sum_text(&s->files.v[i], verbose, &sum);
		strbuf_printf(w->out, "%*s", INDENT + 2, "");
		write_wrapped(w, strbuf_text(&sum), INDENT + 2, INDENT + 4);
	}
	plan_notes_text(s, &notes);
	if (notes.n)
		put_wrapped(w, "note: ", strbuf_text(&notes));
	if (s->left && plan_step_is_offline(s))
		put_wrapped(w, "not from outside: ", s->left);
	if (s->futile)
		put_wrapped(w, "does not help: ", s->futile);
	plan_preconditions_text(s, &needs);
	plan_undo_text(s, &undo);
	if (needs.n)
		put_wrapped(w, "only if: ", strbuf_text(&needs));
	if (undo.n)
		put_wrapped(w, "undo: ", strbuf_text(&undo));
}

/* Evidence and documents of a step. */
static void put_sources(const struct writer *w, const struct plan_step *s)
{
	_cleanup_strbuf_ struct strbuf subjects = STRBUF_INIT(LIMIT_TEXT);

	add_subjects(&s->subjects, &subjects);
	if (s->subjects.n)
		put_wrapped(w, "for: ", strbuf_text(&subjects));
	for (size_t i = 0; i < s->sources.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		if (source_text(&s->sources.v[i], &text))
			put_wrapped(w, "read in: ", strbuf_text(&text));
	}
	for (size_t i = 0; i < s->cites.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		cite_text(&s->cites.v[i], &text);
		put_wrapped(w, "source: ", strbuf_text(&text));
	}
}

/* Several devices often lack the same: the first one speaks for them. */
static void put_reasons(const struct writer *w, const struct plan_step *s, bool all)
{
	for (size_t i = 0; i < (all ? s->reasons.n : s->reasons.n > 0); i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		strbuf_str(&text, s->reasons.v[i]);
		if (!all && s->reasons.n > 1)
			strbuf_printf(&text, " (and %zu more; -v shows them)",
				      s->reasons.n - 1);
		put_wrapped(w, "why: ", strbuf_text(&text));
	}
}

void plan_put_task(const struct writer *w, const struct plan_step *s)
{
	if (s->text)
		put_wrapped(w, plan_text_label(s), s->text);
	for (size_t i = 0; i < s->commands.n; i++)
		strbuf_printf(w->out, "%*s%s\n", INDENT + 4, "", s->commands.v[i]);
	put_drivers(w, s);
	put_indexes(w, s);
	put_edits(w, s);
}

static void put_step(const struct writer *w, const struct plan_step *s, bool verbose)
{
	strbuf_printf(w->out, "%2llu. ", (unsigned long long)s->n);
	write_wrapped(w, s->title, INDENT, INDENT);
	put_reasons(w, s, verbose);
	plan_put_task(w, s);
	put_states(w, s, verbose);
	if (!s->verified)
		put_wrapped(w, "unverified: ", plan_unverified);
	if (verbose)
		put_sources(w, s);
}

static void put_obstacles(const struct writer *w, const struct plan *plan)
{
	for (size_t i = 0; i < plan->obstacles.n; i++) {
		const struct plan_obstacle *o = &plan->obstacles.v[i];
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		plan_obstacle_text(o, &text);
		strbuf_str(w->out, i ? "" : "\n");
		write_wrapped(w, strbuf_text(&text), 0, 2);
		if (o->advice) {
			strbuf_str(w->out, "  what may help: ");
			write_wrapped(w, o->advice, 17, 4);
		}
	}
}

static void put_note(const struct writer *w, const char *text)
{
	strbuf_str(w->out, "Note: ");
	write_wrapped(w, text, 6, 2);
}

static void put_remarks(const struct writer *w, const struct plan *plan)
{
	if (plan->remarks.n || plan->replays.n)
		strbuf_char(w->out, '\n');
	for (size_t i = 0; i < plan->remarks.n; i++)
		put_note(w, plan->remarks.v[i]);
	for (size_t i = 0; i < plan->replays.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		plan_replay_text(&plan->replays.v[i], &text);
		put_note(w, strbuf_text(&text));
	}
}

/* The names of the command line that this plan came from. */
static void put_names(const struct facts *f, const struct plan *plan,
		      const struct report_options *o, struct strbuf *out)
{
	put_guest_words(f, o, out);
	put_platform_words(plan->platform, &plan->choices, out);
	for (size_t i = 0; i < plan->kernels.n; i++) {
		strbuf_str(out, " --kernel ");
		shell_quote(out, slice_str(plan->kernels.v[i]));
	}
}

/* Their disks changed, without starting the guest. */
static void put_apply(const struct writer *w, const struct facts *f,
		      const struct plan *plan, const struct report_options *o,
		      size_t made)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT),
				       undo = STRBUF_INIT(LIMIT_TEXT);
	/* Nothing is put over a disk in an archive. */
	bool copy = text_same(f->machine.format, "ova");
	const char *file = copy ? "new.img" : "new.qcow2";

	strbuf_printf(&line, "%s from outside",
		      made < plan->steps.n ? "Make what are changes of files"
					   : "Make them");
	if (plan->after)
		strbuf_printf(&line, " (%s then)", plan->after);
	strbuf_str(&line, ": paravet apply");
	put_names(f, plan, o, &line);
	strbuf_printf(&line, "%s -o %s", copy ? " --copy" : "", file);
	strbuf_char(w->out, '\n');
	write_wrapped(w, strbuf_text(&line), 0, 2);
	strbuf_printf(&undo,
		      "Undo: delete %s; after apply --in-place, paravet undo "
		      "DISK.paravet-undo; after plan --script, FILE.paravet-orig is FILE "
		      "as it was",
		      file);
	write_wrapped(w, strbuf_text(&undo), 0, 2);
}

static void put_ways(const struct writer *w, const struct facts *f,
		     const struct plan *plan, const struct report_options *o)
{
	_cleanup_strbuf_ struct strbuf why = STRBUF_INIT(LIMIT_TEXT);
	const char *label = plan_untried_text(plan, &why);

	if (label) {
		strbuf_char(w->out, '\n');
		write_labelled(w, label, strbuf_text(&why));
	} else if (plan_count_offline(plan)) {
		put_apply(w, f, plan, o, plan_count_offline(plan));
	}
}

void report_plan(const struct facts *f, const struct plan *plan,
		 const struct report_options *options, struct strbuf *out)
{
	struct writer w = writer_of(options, out);
	const char *where = "";

	strbuf_printf(out, "%s: ", plan->platform);
	write_answer(&w, plan->answer, 0);
	strbuf_str(out, ", ");
	plan_headline(plan, out);
	strbuf_char(out, '\n');
	write_summary(&w, f);
	put_obstacles(&w, plan);
	if (plan->obstacles.n)
		write_problems(&w, f, options->verbose);
	put_remarks(&w, plan);
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct plan_step *s = &plan->steps.v[i];

		if (strcmp(where, s->where) != 0)
			strbuf_printf(out, "\n%s\n", plan_where(s));
		where = s->where;
		put_step(&w, s, options->verbose);
	}
	put_ways(&w, f, plan, options);
}
