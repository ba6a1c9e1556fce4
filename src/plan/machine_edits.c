/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a step changes in the description of the machine. */
#include "making.h"
#include "rewrite.h"

/* An entry before and after; a form that cannot be rewritten is told in the step. */
static void add_rewrite(struct maker *m, struct plan_step *s, uint64_t line,
			const char *before, const char *after, const struct err *e)
{
	struct plan_edit edit = {.file = m->judge.facts->machine.source,
				 .line = line,
				 .before = before,
				 .after = after};

	if (e->code != ERR_NONE)
		s->text = say(&m->judge, "%s%s%s", s->text ? s->text : "",
			      s->text ? " " : "", e->text);
	else if (before && strcmp(before, after) != 0 &&
		 !vec_push(m->judge.arena, &s->edits, edit))
		m->judge.full = true;
}

void edit_machine_disk(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct machine *machine = &m->judge.facts->machine;
	const struct platform_choice *c = platform_choice_of(m, t->device);
	char letter = disk_letter(m, t->device);

	for (size_t i = 0; c && c->disk_prefix && letter && i < machine->disks.n; i++) {
		const struct machine_disk *d = &machine->disks.v[i];
		const char *after = NULL;
		struct err e = ERR_INIT;

		if (!d->emulated || d->pv || !d->disk || !t->device->name ||
		    strcmp(d->disk, t->device->name) != 0)
			continue;
		if (rewrite_disk_pv(machine, d,
				    say(&m->judge, "%s%c", c->disk_prefix, letter),
				    m->judge.arena, &after, &e) < 0)
			after = NULL;
		add_rewrite(m, s, d->line, d->entry, after, &e);
	}
}

/* The card whose entry a link of this task was read from. */
static bool is_meant(const struct task *t, const struct machine_nic *n)
{
	for (size_t i = 0; i < t->causes.n; i++)
		if (t->causes.v[i].link && t->causes.v[i].link->source.line &&
		    t->causes.v[i].link->source.line == n->line)
			return true;
	return false;
}

void edit_machine_nic(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct machine *machine = &m->judge.facts->machine;

	for (size_t i = 0; i < machine->nics.n; i++) {
		const struct machine_nic *n = &machine->nics.v[i];
		const char *after = NULL;
		struct err e = ERR_INIT;

		if (!is_meant(t, n))
			continue;
		if (rewrite_nic_pv(machine, n, m->judge.arena, &after, &e) < 0)
			after = NULL;
		add_rewrite(m, s, n->line, n->entry, after, &e);
	}
}

void hint_machine(struct maker *m, struct plan_step *s)
{
	static const char hint[] = "With --machine FILE this step shows the lines of the "
				   "guest's own description.";

	s->text = s->text ? say(&m->judge, "%s %s", s->text, hint) : hint;
}
