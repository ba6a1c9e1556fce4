/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does the machine's description offer the device the way this choice needs it? Only of a
 * description for the platform's own hypervisor: another one says how the machine was
 * before a move.
 */
#include "chain.h"

#include <string.h>

static bool is_ours(const struct judge *j)
{
	const struct machine *m = &j->facts->machine;

	return m->source && m->hypervisor &&
	       strs_has(&j->platform->hypervisors, m->hypervisor);
}

static struct source at_line(const struct judge *j, uint64_t line)
{
	return (struct source){.disk = j->facts->machine.source, .line = line};
}

/* "guest.cfg:4". */
static const char *where(struct judge *j, uint64_t line)
{
	return say(j, "%s:%llu", plain(j, j->facts->machine.source),
		   (unsigned long long)line);
}

static const struct machine_disk *disk_of(const struct judge *j)
{
	const struct machine *m = &j->facts->machine;

	for (size_t i = 0; i < m->disks.n; i++)
		if (m->disks.v[i].disk && strcmp(m->disks.v[i].disk, j->disk) == 0)
			return &m->disks.v[i];
	return NULL;
}

static void add_unclear(struct judge *j, uint64_t line, const char *what)
{
	add_link(j, "machine", ANSWER_UNKNOWN, at_line(j, line),
		 "%s does not say whether %s is emulated", where(j, line), what);
}

/* `d` is offered otherwise than the choice needs it. */
static void add_other_disk(struct judge *j, const struct machine_disk *d)
{
	const char *target = plain(j, d->target);
	const char *kind = j->choice->disk_prefix;
	struct link *l;

	if (j->choice->emulated)
		l = add_link(j, "machine", ANSWER_FIXABLE, at_line(j, d->line),
			     "%s offers %s as %s only, which no boot loader reads",
			     where(j, d->line), plain(j, j->disk), target);
	else
		l = add_link(j, "machine", ANSWER_FIXABLE, at_line(j, d->line),
			     "%s offers %s as %s, an emulated disk", where(j, d->line),
			     plain(j, j->disk), target);
	add_remedy(l, say(j, "offer it as %s... in %s", kind,
			  plain(j, j->facts->machine.source)));
}

/* Does the description speak of any disk that was given? */
static bool names_any(const struct machine *m)
{
	for (size_t i = 0; i < m->disks.n; i++)
		if (m->disks.v[i].disk)
			return true;
	return false;
}

static void judge_disk(struct judge *j)
{
	const struct machine_disk *d = disk_of(j);
	bool emulated = j->choice->emulated;

	if (!names_any(&j->facts->machine))
		add_remedy(add_link(j, "machine", ANSWER_UNKNOWN, at_line(j, 0),
				    "%s names other files than the disks given: how it "
				    "offers them is not known",
				    plain(j, j->facts->machine.source)),
			   "name the description of this guest, or its disks as the "
			   "description does");
	else if (!d)
		add_remedy(add_link(j, "machine", ANSWER_FIXABLE, at_line(j, 0),
				    "%s has no disk %s",
				    plain(j, j->facts->machine.source),
				    plain(j, j->disk)),
			   say(j, "add it there as %s...", j->choice->disk_prefix));
	else if (emulated ? d->emulated : d->pv && !d->emulated)
		add_link(j, "machine", ANSWER_READY, at_line(j, d->line),
			 "%s offers %s as %s", where(j, d->line), plain(j, j->disk),
			 plain(j, d->target));
	else if (!d->emulated && !d->pv)
		add_unclear(j, d->line, plain(j, j->disk));
	else
		add_other_disk(j, d);
}

/* eth0 is the first card of the description, and so on. */
static const struct machine_nic *card_of(struct judge *j)
{
	const struct machine *m = &j->facts->machine;

	for (size_t i = 0; j->card && i < m->nics.n; i++)
		if (strcmp(j->card, say(j, "eth%zu", i)) == 0)
			return &m->nics.v[i];
	return NULL;
}

/* In an xm file the card's type says so, in other descriptions its model. */
static void add_emulated_card(struct judge *j, const struct machine_nic *n)
{
	bool ioemu = n->type && strcmp(n->type, "ioemu") == 0;
	const char *why = ioemu      ? ": type=ioemu"
			  : n->model ? say(j, ": model %s", plain(j, n->model))
				     : "";

	add_remedy(add_link(j, "machine", ANSWER_FIXABLE, at_line(j, n->line),
			    "%s offers an emulated card only%s", where(j, n->line), why),
		   ioemu ? "take the type off that card"
			 : "give that card the model netfront");
}

static void judge_card(struct judge *j)
{
	const struct machine_nic *n = card_of(j);

	if (!n)
		return; /* a card that the machine does not have is none to be driven */
	if (n->pv)
		add_link(j, "machine", ANSWER_READY, at_line(j, n->line),
			 "%s offers a paravirtual card", where(j, n->line));
	else if (!n->emulated)
		add_unclear(j, n->line, "the card");
	else
		add_emulated_card(j, n);
}

bool is_pv_machine(const struct judge *j)
{
	const struct machine *m = &j->facts->machine;

	return is_ours(j) && m->kind && strcmp(m->kind, "pv") == 0;
}

void judge_offered(struct judge *j)
{
	const struct machine *m = &j->facts->machine;

	if (!is_ours(j))
		return;
	if (is_pv_machine(j)) {
		add_link(j, "machine", ANSWER_BLOCKED, at_line(j, 0),
			 "%s describes a para-virtualized guest: its devices are "
			 "para-virtualized already, and rules for drivers in fully "
			 "virtualized guests do not apply to it",
			 plain(j, m->source));
		return;
	}
	if (!j->choice->must_be_offered)
		return;
	if (j->disk &&
	    !facts_is_folder(j->facts)) /* a folder is no disk of the machine */
		judge_disk(j);
	else if (strcmp(j->role, "network") == 0)
		judge_card(j);
}
