/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a step of a plan was seen to change, needs to find, and leaves to be undone. */
#include <string.h>

#include "escape.h"
#include "plan_text.h"
#include "text.h"

enum { SHORT_SUM = 12 }; /* hexadecimal digits that tell two files apart */

bool plan_has_sum(const struct file_change *f)
{
	return strcmp(f->how, "device") != 0;
}

void plan_sum_text(const struct file_change *f, bool full, struct strbuf *out)
{
	int digits = full ? (int)strlen(f->new_sha256) : SHORT_SUM;

	strbuf_printf(out, "%-*.*s -> %.*s ", digits, digits,
		      f->old_sha256 ? f->old_sha256 : "new", digits, f->new_sha256);
	escape_text(out, slice_str(f->path));
}

void plan_notes_text(const struct plan_step *s, struct strbuf *out)
{
	for (size_t i = 0; i < s->files.n; i++)
		for (size_t k = 0; k < s->files.v[i].notes.n; k++) {
			strbuf_str(out, out->n ? "; " : "");
			escape_text(out, slice_str(s->files.v[i].path));
			strbuf_printf(out, ": %s", s->files.v[i].notes.v[k]);
		}
}

static size_t count(const plan_states *list, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += text_same(list->v[i].kind, kind);
	return n;
}

/* What one state is called; NULL: states of its kind are told together. */
struct wording {
	const char *kind;
	const char *before, *after; /* around its own name */
	const char *one, *many; /* of all states of the kind, where they have no name */
};

static void put_name(const struct plan_state *state, struct strbuf *out)
{
	const char *where = state->volume ? state->volume : state->disk;

	if (state->path)
		escape_text(out, slice_str(state->path));
	else if (state->text) /* a command, which is printable */
		strbuf_str(out, state->text);
	else if (state->line)
		strbuf_printf(out, "%llu", (unsigned long long)state->line);
	else
		escape_text(out, slice_str(where ? where : "the disk"));
}

static void put_list(const plan_states *list, const struct wording *w, struct strbuf *out)
{
	enum {
		NAMED = 3
	}; /* of many new files; a command is told, however many there are */
	bool few = text_same(w->kind, "absent");
	size_t n = count(list, w->kind), told = 0;

	if (w->one && n) {
		strbuf_printf(out, "%s%s", out->n ? ", " : "", n == 1 ? w->one : w->many);
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (!text_same(list->v[i].kind, w->kind))
			continue;
		if (few && told++ == NAMED && n > NAMED + 1) {
			strbuf_printf(out, ", and %zu more of them", n - NAMED);
			break;
		}
		strbuf_printf(out, "%s%s", out->n ? ", " : "", w->before);
		put_name(&list->v[i], out);
		strbuf_str(out, w->after);
	}
}

void plan_preconditions_text(const struct plan_step *s, struct strbuf *out)
{
	static const struct wording words[] = {
		{"step", "step ", " was taken", NULL, NULL},
		{"file", NULL, NULL, "that file is as it was read",
		 "those files are as they were read"},
		{"absent", "there is no ", "", NULL, NULL},
		{"line", NULL, NULL, "that line is as it was read",
		 "those lines are as they were read"},
		{"clean", "", " is clean", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		/* Whole files say more than their lines. */
		if (!(s->files.n && strcmp(words[i].kind, "line") == 0))
			put_list(&s->preconditions, &words[i], out);
}

void plan_undo_text(const struct plan_step *s, struct strbuf *out)
{
	static const struct wording words[] = {
		{"command", "", "", NULL, NULL},
		{"file", NULL, NULL, "that file as it was", "those files as they were"},
		{"line", NULL, NULL, "that line as it was", "those lines as they were"},
		{"end", NULL, NULL, "without the new line", "without the new lines"},
		{"absent", "without ", "", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		put_list(&s->undo, &words[i], out);
}

void plan_replay_place(const struct plan_replay *r, struct strbuf *out)
{
	escape_text(out, slice_str(r->disk));
	if (r->volume && *r->volume) {
		strbuf_str(out, ": ");
		escape_text(out, slice_str(r->volume));
	}
}

void plan_replay_text(const struct plan_replay *r, struct strbuf *out)
{
	plan_replay_place(r, out);
	strbuf_str(out,
		   ": it was not unmounted cleanly: apply replays its journal first, "
		   "as a start of the guest would, but only in a new file");
}

size_t plan_count_offline(const struct plan *plan)
{
	bool open = false;
	size_t made = 0;

	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct plan_step *s = &plan->steps.v[i];

		made += plan_step_is_next(s, plan_step_is_offline(s) && !s->left, &open);
	}
	return made;
}

const char *plan_untried_text(const struct plan *plan, struct strbuf *out)
{
	bool any = plan_count_offline(plan) > 0;

	if (plan->untried) {
		strbuf_str(out, plan->untried);
		return any ? "Not from outside, and without sums: "
			   : "Not from outside: ";
	}
	for (size_t i = 0; !any && i < plan->steps.n; i++) {
		const struct plan_step *s = &plan->steps.v[i];

		if (!s->left || !plan_step_is_offline(s))
			continue;
		strbuf_printf(out, "step %llu: %s", (unsigned long long)s->n, s->left);
		return "Not from outside: ";
	}
	return NULL;
}
