/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How QEMU presents a choice: what the holes of its options may name. */
#include <string.h>

#include "form.h"
#include "parse.h"

static const char *const words[QEMU_WORD_COUNT] = {
	[QEMU_N] = "n",
	[QEMU_DRIVE] = "drive",
	[QEMU_NETDEV] = "netdev",
	[QEMU_MAC] = "mac",
};

const char *qemu_word_name(enum qemu_word w)
{
	return words[w];
}

static bool any_has(const strs *forms, enum qemu_word w)
{
	for (size_t i = 0; i < forms->n; i++)
		if (form_has(forms->v[i], words[w]))
			return true;
	return false;
}

static int check_holes(const struct platform *p, const struct platform_choice *c,
		       const char *form, struct err *e)
{
	struct slice rest = slice_str(form), before, hole;

	while (form_next(&rest, &before, &hole)) {
		unsigned w = 0;

		while (w < QEMU_WORD_COUNT && !slice_eq(hole, words[w]))
			w++;
		if (hole.n && w == QEMU_WORD_COUNT)
			return platform_fail(p->file, c->line, e,
					     "%s: nothing is known as {%.*s}", c->id,
					     (int)hole.n, (const char *)hole.p);
	}
	return 0;
}

int platform_check_qemu(const struct platform *p, const struct platform_device *d,
			const struct platform_choice *c, struct err *e)
{
	bool disk = strcmp(d->role, "boot-disk") == 0 || strcmp(d->role, "disk") == 0;

	if (!c->qemu.n)
		return 0;
	if (c->not_provable)
		return platform_fail(p->file, c->line, e,
				     "%s: qemu and not-provable exclude each other",
				     c->id);
	if (!disk && strcmp(d->role, "network") != 0)
		return platform_fail(p->file, c->line, e,
				     "%s: qemu is for disks and network cards", c->id);
	for (size_t i = 0; i < c->qemu.n; i++)
		if (check_holes(p, c, c->qemu.v[i], e) < 0)
			return -(int)e->code;
	if (any_has(&c->qemu, QEMU_DRIVE) != disk ||
	    any_has(&c->qemu, QEMU_NETDEV) == disk || any_has(&c->qemu, QEMU_MAC) == disk)
		return platform_fail(p->file, c->line, e,
				     "%s: the options of a disk name {drive}, those of a "
				     "card {netdev} and {mac}",
				     c->id);
	return 0;
}
