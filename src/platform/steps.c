/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a procedure: what the holes of their texts may name, and what must hold
 * for a plan to be able to fill them. */
#include <string.h>

#include "form.h"
#include "parse.h"

/* What a word needs the step to be done for. */
enum needs { NEEDS_NOTHING, NEEDS_CARD, NEEDS_DISK, NEEDS_DEVICE };

static const struct {
	const char *name;
	enum needs needs;
} words[STEP_WORD_COUNT] = {
	[STEP_PACKAGE] = {"package", NEEDS_NOTHING},
	[STEP_KERNEL] = {"kernel", NEEDS_NOTHING},
	[STEP_FLAVOUR] = {"flavour", NEEDS_NOTHING},
	[STEP_VARIANT] = {"variant", NEEDS_NOTHING},
	[STEP_RELEASE] = {"release", NEEDS_NOTHING},
	[STEP_CARD] = {"card", NEEDS_CARD},
	[STEP_DISK] = {"disk", NEEDS_DISK},
	[STEP_TARGET] = {"target", NEEDS_DISK},
	[STEP_MINOR] = {"minor", NEEDS_DISK},
	[STEP_DRIVER] = {"driver", NEEDS_DEVICE},
	[STEP_COMMAND_WORD] = {"word", NEEDS_NOTHING},
	[STEP_MACHINE] = {"machine", NEEDS_NOTHING},
	[STEP_CONFIG] = {"config", NEEDS_NOTHING},
};

const char *step_word_name(enum step_word w)
{
	return words[w].name;
}

static bool is_each(const struct platform_step *s, enum needs needs)
{
	bool card = strcmp(s->each, "nic") == 0, disk = strcmp(s->each, "disk") == 0;

	return needs == NEEDS_NOTHING || (needs == NEEDS_CARD && card) ||
	       (needs == NEEDS_DISK && disk) || (needs == NEEDS_DEVICE && (card || disk));
}

static int check_form(const struct platform *p, const struct platform_step *s,
		      const char *form, struct err *e)
{
	struct slice rest = slice_str(form ? form : ""), before, hole;

	while (form_next(&rest, &before, &hole)) {
		unsigned w = 0;

		while (w < STEP_WORD_COUNT && !slice_eq(hole, words[w].name))
			w++;
		if (hole.n && w == STEP_WORD_COUNT)
			return platform_fail(p->file, s->line, e,
					     "%s: nothing is known as {%.*s}", s->id,
					     (int)hole.n, (const char *)hole.p);
		if (hole.n && !is_each(s, words[w].needs))
			return platform_fail(p->file, s->line, e,
					     "%s: {%s} has no meaning in a step for each "
					     "%s",
					     s->id, words[w].name, s->each);
	}
	return 0;
}

static int check_forms(const struct platform *p, const struct platform_step *s,
		       struct err *e)
{
	int r = check_form(p, s, s->title, e);

	if (r >= 0)
		r = check_form(p, s, s->text, e);
	for (size_t i = 0; r >= 0 && i < s->commands.n; i++)
		r = check_form(p, s, s->commands.v[i], e);
	for (size_t i = 0; r >= 0 && i < s->undo.n; i++)
		r = check_form(p, s, s->undo.v[i], e);
	return r;
}

/* An edit is made for what it changes. */
static bool fits_edit(const struct platform_step *s)
{
	static const struct {
		const char *edit, *each;
	} fits[] = {{"alias", "nic"},
		    {"machine-nic", "nic"},
		    {"machine-disk", "disk"},
		    {"names", "disk"},
		    {"nodes", "disk"}};

	for (size_t i = 0; s->edit && i < ARRAY_LEN(fits); i++)
		if (strcmp(s->edit, fits[i].edit) == 0)
			return strcmp(s->each, fits[i].each) == 0;
	return true;
}

int platform_check_steps(const struct platform *p, struct err *e)
{
	for (size_t i = 0; i < p->steps.n; i++) {
		const struct platform_step *s = &p->steps.v[i];
		int r = platform_check_range(p, s->line, s->id, s->from, s->to, e);

		if (r >= 0)
			r = check_forms(p, s, e);
		if (r < 0)
			return r;
		if ((s->from || s->to) && !p->releases.n)
			return platform_fail(p->file, s->line, e,
					     "%s: a range needs releases to be known by",
					     s->id);
		if (s->given && strcmp(s->given, "install") == 0 &&
		    strcmp(s->each, "kernel") != 0)
			return platform_fail(p->file, s->line, e,
					     "%s: a package is installed for each "
					     "kernel",
					     s->id);
		if (!fits_edit(s))
			return platform_fail(p->file, s->line, e,
					     "%s: the edit %s is not made for each %s",
					     s->id, s->edit, s->each);
		if (!s->cites.n)
			return platform_fail(p->file, s->line, e, "%s cites nothing",
					     s->id);
	}
	return 0;
}
