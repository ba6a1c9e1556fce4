/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a step changes in the description of the machine. The step's own text is how an
 * entry is to look; where the entry is known, its lines say that better.
 */
#include "making.h"
#include "rewrite.h"

static void add_sentence(struct maker *m, struct plan_step *s, const char *sentence)
{
	s->text = s->text ? say(&m->judge, "%s %s", s->text, sentence) : sentence;
}

static void hint(struct maker *m, struct plan_step *s)
{
	add_sentence(m, s, "With --machine FILE this step shows the lines of that file.");
}

/* An entry before and after; one that cannot be rewritten is told with the reason. */
static void add_rewrite(struct maker *m, struct plan_step *s, uint64_t line,
			const char *before, const char *after, const struct err *e)
{
	struct plan_edit edit = {m->judge.facts->machine.source, line, false, before,
				 after};

	if (e->code != ERR_NONE) {
		add_sentence(m, s, say(&m->judge, "%s.", e->text));
	} else if (before && strcmp(before, after) != 0) {
		s->text = NULL;
		if (!vec_push(m->judge.arena, &s->edits, edit))
			m->judge.full = true;
	}
}

static bool is_of(const struct machine_disk *d, const struct device_verdict *device)
{
	return d->emulated && !d->pv && d->disk && device->name &&
	       strcmp(d->disk, device->name) == 0;
}

void edit_machine_disk(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct machine *machine = &m->judge.facts->machine;
	const struct platform_choice *c = platform_choice_of(m, t->device);
	char letter = disk_letter(m, t->device);

	if (!machine->source)
		hint(m, s);
	for (size_t i = 0; c && c->disk_prefix && letter && i < machine->disks.n; i++) {
		const struct machine_disk *d = &machine->disks.v[i];
		const char *after = NULL;
		struct err e = ERR_INIT;

		if (!is_of(d, t->device))
			continue;
		if (rewrite_disk_pv(machine, d,
				    say(&m->judge, "%s%c", c->disk_prefix, letter),
				    m->judge.arena, &after, &e) < 0)
			after = NULL;
		add_rewrite(m, s, d->line, d->entry, after, &e);
	}
}

/* Was a link of this task read from the card's entry? */
static bool is_meant(const struct task *t, const struct machine_nic *n)
{
	for (size_t i = 0; i < t->causes.n; i++)
		if (t->causes.v[i].link && n->line &&
		    t->causes.v[i].link->source.line == n->line)
			return true;
	return false;
}

void edit_machine_nic(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct machine *machine = &m->judge.facts->machine;

	if (!machine->source)
		hint(m, s);
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
