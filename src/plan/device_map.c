/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's device.map, "(hd0) /dev/sda". No boot reads it: grub-install, grub-probe and the
 * shell of GRUB Legacy do, to tell which disk the firmware counts as which. A whole disk
 * has no name that outlives its bus.
 *
 * GRUB 2 finds out by itself what the file does not say, and passes over a disk that is
 * not there (read_device_map() in its grub-core/kern/emu/hostdisk.c); but a line that
 * another disk answers to by then leads it to that one. So the line becomes a comment,
 * which both read past. GRUB Legacy knows no disk but those of the file when there is one
 * (init_device_map() in its lib/device.c): there the line gets the new name, where only
 * one disk can have it, and else it is left to people.
 */
#include "making.h"
#include "text.h"

static const char *new_line(struct maker *m, const struct device_verdict *d,
			    const struct name_fact *n)
{
	const struct facts *f = m->judge.facts;
	const struct platform_choice *choice = platform_choice_of(m, d);

	if (text_same(f->boot.loader, "grub2"))
		return say(&m->judge, "# %s %s", n->target, n->spec);
	if (!text_same(f->boot.loader, "grub-legacy") || f->disks.n != 1 || !choice ||
	    !choice->disk_prefix)
		return NULL;
	return say(&m->judge, "%s /dev/%s", n->target,
		   device_name(&m->judge, choice->disk_prefix, 0, 0));
}

void edit_device_map(struct maker *m, const struct device_verdict *d, struct plan_step *s)
{
	const struct facts *f = m->judge.facts;

	for (size_t i = 0; i < f->names.n; i++) {
		const struct name_fact *n = &f->names.v[i];
		const char *old, *now;

		if (!text_same(n->where, "device.map") || n->stable || !n->target)
			continue;
		old = say(&m->judge, "%s %s", n->target, n->spec);
		now = new_line(m, d, n);
		if (now && strcmp(old, now) != 0)
			add_edit(m, s,
				 (struct plan_edit){.file = n->source.path,
						    .line = n->source.line,
						    .whole = true,
						    .before = old,
						    .after = now});
	}
}
