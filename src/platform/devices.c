/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How QEMU or a Xen host presents a choice: what the holes of the options may name. */
#include <string.h>

#include "form.h"
#include "parse.h"

static const char *const words[QEMU_WORD_COUNT] = {
	[QEMU_N] = "n",           [QEMU_BOOT] = "boot", [QEMU_DRIVE] = "drive",
	[QEMU_NETDEV] = "netdev", [QEMU_MAC] = "mac",
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

static int check_xen(const struct platform *p, const struct platform_choice *c, bool disk,
		     struct err *e)
{
	static const char *const disks[] = {"ahci", "ide", "pv", NULL};
	static const char *const cards[] = {"emulated", "pv", NULL};
	const char *const *known = disk ? disks : cards;

	while (*known && strcmp(*known, c->xen) != 0)
		known++;
	if (!*known)
		return platform_fail(p->file, c->line, e,
				     "%s: a Xen host offers disks as ahci, ide or pv, "
				     "cards as emulated or pv",
				     c->id);
	return 0;
}

int platform_check_shown(const struct platform *p, const struct platform_device *d,
			 const struct platform_choice *c, struct err *e)
{
	bool disk = strcmp(d->role, "boot-disk") == 0 || strcmp(d->role, "disk") == 0;

	if ((c->qemu.n > 0) + (c->xen != NULL) + (c->not_provable != NULL) > 1)
		return platform_fail(p->file, c->line, e,
				     "%s: qemu, xen and not-provable exclude each other",
				     c->id);
	if (!c->qemu.n && !c->xen)
		return 0;
	if (!disk && strcmp(d->role, "network") != 0)
		return platform_fail(p->file, c->line, e,
				     "%s: %s is for disks and network cards", c->id,
				     c->xen ? "xen" : "qemu");
	if (c->xen)
		return check_xen(p, c, disk, e);
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
