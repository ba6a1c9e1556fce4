/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as Markdown (CommonMark): a heading a step, commands and changes in fences. */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "plan_text.h"
#include "text.h"
#include "write.h"

/* Printable text that no character of it can turn into markup. */
static void put_prose(struct strbuf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = (char)slice_at(text, i);

		if (strchr("\\`*_[]<>|&#~", c))
			strbuf_char(out, '\\');
		strbuf_char(out, c);
	}
}

static void put_paragraph(struct strbuf *out, const char *label, const char *text)
{
	strbuf_printf(out, "\n%s", label);
	put_prose(out, slice_str(text));
	strbuf_char(out, '\n');
}

/* A fence is longer than any row of its own characters inside. */
static size_t fence_for(const char *text)
{
	size_t longest = 2, row = 0;

	for (; *text; text++) {
		row = *text == '`' ? row + 1 : 0;
		if (row > longest)
			longest = row;
	}
	return longest + 1;
}

static void put_fenced(struct strbuf *out, const char *language, const char *text)
{
	size_t fence = fence_for(text);

	strbuf_char(out, '\n');
	for (size_t i = 0; i < fence; i++)
		strbuf_char(out, '`');
	strbuf_printf(out, "%s\n%s", language, text);
	for (size_t i = 0; i < fence; i++)
		strbuf_char(out, '`');
	strbuf_char(out, '\n');
}

static void add_lines(struct strbuf *to, char mark, const char *text)
{
	struct text lines = text_of(slice_str(text ? text : ""));
	struct slice line;

	while (text_line(&lines, &line)) {
		strbuf_printf(to, "%c", mark);
		escape_text(to, line);
		strbuf_char(to, '\n');
	}
}

static void put_modules(struct strbuf *out, const struct strbuf *place,
			const strs *modules)
{
	_cleanup_strbuf_ struct strbuf change = STRBUF_INIT(2 * LIMIT_TEXT);

	if (!modules->n)
		return;
	put_paragraph(out, "", strbuf_text(place));
	for (size_t n = 0; n < modules->n; n++)
		add_lines(&change, '+', modules->v[n]);
	put_fenced(out, "diff", strbuf_text(&change));
}

/* `n` edits of one place. */
static void put_change(struct strbuf *out, const char *place,
		       const struct plan_edit *edits, size_t n)
{
	_cleanup_strbuf_ struct strbuf change = STRBUF_INIT(2 * LIMIT_TEXT);

	put_paragraph(out, "", place);
	for (size_t i = 0; i < n; i++) {
		add_lines(&change, '-', edits[i].before);
		add_lines(&change, '+', edits[i].after);
	}
	put_fenced(out, "diff", strbuf_text(&change));
}

static void put_inside(struct strbuf *out, const struct plan_drivers *d)
{
	for (size_t i = 0; i < d->edits.n; i++) {
		_cleanup_strbuf_ struct strbuf place = STRBUF_INIT(LIMIT_TEXT);

		plan_inside_place(d, &d->edits.v[i], &place);
		put_change(out, strbuf_text(&place), &d->edits.v[i], 1);
	}
}

static void put_drivers(struct strbuf *out, const struct plan_step *s)
{
	for (size_t i = 0; i < s->drivers.n; i++) {
		_cleanup_strbuf_ struct strbuf added = STRBUF_INIT(LIMIT_TEXT),
					       allowed = STRBUF_INIT(LIMIT_TEXT);

		plan_drivers_place(&s->drivers.v[i], &added);
		put_modules(out, &added, &s->drivers.v[i].modules);
		plan_allowed_place(&s->drivers.v[i], &allowed);
		put_modules(out, &allowed, &s->drivers.v[i].allowed);
		put_inside(out, &s->drivers.v[i]);
	}
}

static void put_indexes(struct strbuf *out, const struct plan_step *s)
{
	for (size_t i = 0; i < s->indexes.n; i++) {
		_cleanup_strbuf_ struct strbuf place = STRBUF_INIT(LIMIT_TEXT);

		plan_indexes_place(&s->indexes.v[i], &place);
		put_modules(out, &place, &s->indexes.v[i].modules);
	}
}

static void put_edits(struct strbuf *out, const struct plan_step *s)
{
	for (size_t i = 0, n; i < s->edits.n; i += n) {
		const struct plan_edit *first = &s->edits.v[i];
		_cleanup_strbuf_ struct strbuf place = STRBUF_INIT(LIMIT_TEXT);

		for (n = 1; i + n < s->edits.n; n++)
			if (!plan_edit_follows(first, first + n))
				break;
		plan_edit_place(first, &place);
		put_change(out, strbuf_text(&place), first, n);
	}
}

static void put_states(struct strbuf *out, const struct plan_step *s)
{
	_cleanup_strbuf_ struct strbuf sums = STRBUF_INIT(2 * LIMIT_TEXT),
				       notes = STRBUF_INIT(LIMIT_TEXT),
				       needs = STRBUF_INIT(LIMIT_TEXT),
				       undo = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < s->files.n; i++) {
		if (!plan_has_sum(&s->files.v[i]))
			continue;
		plan_sum_text(&s->files.v[i], true, &sums);
		strbuf_char(&sums, '\n');
	}
	if (sums.n) {
		put_paragraph(out, "", "SHA-256 of the files:");
		put_fenced(out, "text", strbuf_text(&sums));
	}
	plan_notes_text(s, &notes);
	if (notes.n)
		put_paragraph(out, "Note: ", strbuf_text(&notes));
	if (s->left && plan_step_is_offline(s))
		put_paragraph(out, "Not from outside: ", s->left);
	if (s->futile)
		put_paragraph(out, "Does not help: ", s->futile);
	plan_preconditions_text(s, &needs);
	plan_undo_text(s, &undo);
	if (needs.n)
		put_paragraph(out, "Only if: ", strbuf_text(&needs));
	if (undo.n)
		put_paragraph(out, "Undo: ", strbuf_text(&undo));
}

static void put_reasons(struct strbuf *out, const struct plan_step *s)
{
	if (s->reasons.n == 1)
		put_paragraph(out, "Why: ", s->reasons.v[0]);
	else if (s->reasons.n)
		strbuf_str(out, "\nWhy:\n\n");
	for (size_t i = 0; s->reasons.n > 1 && i < s->reasons.n; i++) {
		strbuf_str(out, "* ");
		put_prose(out, slice_str(s->reasons.v[i]));
		strbuf_char(out, '\n');
	}
}

static void put_step(struct strbuf *out, const struct plan_step *s, bool verbose)
{
	_cleanup_strbuf_ struct strbuf commands = STRBUF_INIT(LIMIT_TEXT);

	strbuf_printf(out, "\n### %llu. ", (unsigned long long)s->n);
	put_prose(out, slice_str(s->title));
	strbuf_char(out, '\n');
	put_reasons(out, s);
	if (s->text)
		put_paragraph(out, plan_text_label(s), s->text);
	for (size_t i = 0; i < s->commands.n; i++)
		strbuf_printf(&commands, "%s\n", s->commands.v[i]);
	if (commands.n)
		put_fenced(out, "sh", strbuf_text(&commands));
	put_drivers(out, s);
	put_indexes(out, s);
	put_edits(out, s);
	put_states(out, s);
	if (!s->verified)
		put_paragraph(out, "*Unverified:* ", plan_unverified);
	for (size_t i = 0; verbose && i < s->cites.n; i++) {
		_cleanup_strbuf_ struct strbuf cite = STRBUF_INIT(LIMIT_TEXT);

		cite_text(&s->cites.v[i], &cite);
		put_paragraph(out, "Source: ", strbuf_text(&cite));
	}
}

static void put_obstacles(struct strbuf *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->obstacles.n; i++) {
		const struct plan_obstacle *o = &plan->obstacles.v[i];
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		plan_obstacle_text(o, &text);
		if (o->advice)
			strbuf_printf(&text, " (what may help: %s)", o->advice);
		strbuf_str(out, i ? "* " : "\n* ");
		put_prose(out, slice_str(strbuf_text(&text)));
		strbuf_char(out, '\n');
	}
}

void report_plan_markdown(const struct facts *f, const struct plan *plan,
			  const struct report_options *options, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf guest = STRBUF_INIT(LIMIT_TEXT),
				       why = STRBUF_INIT(LIMIT_TEXT);
	const char *where = "", *untried;
	struct slice line;
	struct text lines;

	strbuf_printf(out, "# %s: %s, ", plan->platform, answer_name(plan->answer));
	plan_headline(plan, out);
	strbuf_char(out, '\n');
	write_summary(&(struct writer){.out = &guest, .width = UINT16_MAX}, f);
	lines = text_of(slice_str(strbuf_text(&guest)));
	while (text_line(&lines, &line)) {
		strbuf_char(out, '\n');
		put_prose(out, line);
		strbuf_char(out, '\n');
	}
	put_obstacles(out, plan);
	for (size_t i = 0; i < plan->remarks.n; i++)
		put_paragraph(out, "Note: ", plan->remarks.v[i]);
	for (size_t i = 0; i < plan->replays.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		plan_replay_text(&plan->replays.v[i], &text);
		put_paragraph(out, "Note: ", strbuf_text(&text));
	}
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct plan_step *s = &plan->steps.v[i];

		if (strcmp(where, s->where) != 0)
			strbuf_printf(out, "\n## %s\n", plan_where(s));
		where = s->where;
		put_step(out, s, options->verbose);
	}
	untried = plan_untried_text(plan, &why);
	if (untried)
		put_paragraph(out, untried, strbuf_text(&why));
	else if (plan->after)
		put_paragraph(out, "With the changes that `paravet apply` makes: ",
			      plan->after);
}
