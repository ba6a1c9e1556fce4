/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person should know of a machine, whatever the form of its description. */
#include <string.h>

#include "parts.h"

enum { IDE_DRIVES = 4 }; /* two channels of two drives: what the emulated chip set has */

static const char *drive(const struct machine_disk *d)
{
	return d->target ? d->target : d->file ? d->file : "a disk without a name";
}

static void remark_ide(struct parts *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->m.disks.n; i++)
		if (p->m.disks.v[i].emulated && text_is(p->m.disks.v[i].bus, "ide"))
			count++;
	if (count > IDE_DRIVES)
		parts_remark(p,
			     "%zu emulated IDE drives: a machine has at most %d; "
			     "para-virtualized disks are not under this limit",
			     count, IDE_DRIVES);
}

/* One image under two names: the guest takes it for two disks. */
static void remark_twice(struct parts *p)
{
	for (size_t i = 0; i < p->m.disks.n; i++)
		for (size_t j = i + 1; j < p->m.disks.n; j++) {
			const struct machine_disk *a = &p->m.disks.v[i],
						  *b = &p->m.disks.v[j];

			if (!a->file || !b->file || strcmp(a->file, b->file) != 0)
				continue;
			if (!(a->emulated && b->pv) && !(a->pv && b->emulated))
				continue;
			parts_remark(p,
				     "%s and %s are both %s, once emulated and once "
				     "para-virtualized: a guest that uses both damages "
				     "its data",
				     drive(a), drive(b), a->file);
			break;
		}
}

static void remark_nics(struct parts *p)
{
	for (size_t i = 0; i < p->m.nics.n; i++) {
		const struct machine_nic *n = &p->m.nics.v[i];
		const char *mac = n->mac ? n->mac : "that Xen chooses";

		if (n->emulated && n->pv)
			parts_remark(p,
				     "network card %zu (line %llu) has no type: the "
				     "guest is offered an emulated and a "
				     "para-virtualized card with one MAC address (%s), "
				     "and one of them must be disabled",
				     i + 1, (unsigned long long)n->line, mac);
		else if (!n->emulated && !n->pv && !text_is(n->type, "hostdev"))
			parts_remark(p,
				     "network card %zu (line %llu): its model is not "
				     "stated, so it is not known whether it is emulated",
				     i + 1, (unsigned long long)n->line);
	}
}

static void remark_open(struct parts *p)
{
	for (size_t i = 0; i < p->m.disks.n; i++) {
		const struct machine_disk *d = &p->m.disks.v[i];

		if (!d->emulated && !d->pv)
			parts_remark(p,
				     "%s (line %llu): the model of its controller is "
				     "not stated, so it is not known whether it is "
				     "emulated",
				     drive(d), (unsigned long long)d->line);
	}
}

void parts_remarks(struct parts *p)
{
	if (text_is(p->m.kind, "pv"))
		parts_remark(p, "a para-virtualized guest: all its devices are "
				"para-virtualized by nature, and rules for drivers in "
				"fully virtualized guests do not apply");
	if (!p->m.kind)
		parts_remark(p, "whether the guest is fully or para-virtualized is not "
				"known");
	remark_ide(p);
	remark_twice(p);
	remark_nics(p);
	remark_open(p);
}
