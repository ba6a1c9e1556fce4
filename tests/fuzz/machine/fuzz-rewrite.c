/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device of any description that can be rewritten is para-virtualized when the new
 * text is read, and everything else of the machine is as it was. */
#include <stdlib.h>

#include "parts.h"
#include "rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TRIED = 6 }; /* devices of one machine: every one parses the whole text */

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The order of boot is not compared: emulated disks come first in it. */
static void same_disk(const struct machine_disk *a, const struct machine_disk *b,
		      bool changed)
{
	must(a->order == b->order && a->line == b->line && a->readonly == b->readonly);
	must(same(a->file, b->file) && same(a->format, b->format));
	must(same(a->device, b->device));
	if (changed) {
		must(b->pv && !b->emulated && same(b->bus, "xen"));
		return;
	}
	must(same(a->target, b->target) && same(a->bus, b->bus));
	must(same(a->model, b->model) && same(a->entry, b->entry));
	must(a->pv == b->pv && a->emulated == b->emulated);
}

static void same_nic(const struct machine_nic *a, const struct machine_nic *b,
		     bool changed, bool xl)
{
	must(a->order == b->order && a->line == b->line);
	must(same(a->mac, b->mac) && same(a->network, b->network));
	if (changed) {
		/* xm's cards have no type then: Xen offers them both ways. */
		must(b->pv && (xl || !a->model || !b->emulated));
		return;
	}
	must(same(a->type, b->type) && same(a->model, b->model));
	must(same(a->entry, b->entry) && a->pv == b->pv && a->emulated == b->emulated);
}

/* The machine that the text with one change describes. */
static bool read_back(struct slice text, struct rewrite change, struct arena *a,
		      struct machine *ret)
{
	rewrite_list list = {0};
	struct err e = ERR_INIT;
	struct slice whole;

	if (!vec_push(a, &list, change))
		return false;
	if (rewrite_whole(text, &list, a, &whole, &e) >= 0 &&
	    machine_parse(whole, "fuzz", a, ret, &e) >= 0)
		return true;
	must(e.code == ERR_LIMIT || e.code == ERR_NOMEM);
	return false;
}

/* Does the change of this one device what it promises? */
static void check(struct slice text, const struct machine *m, struct arena *a,
		  const struct machine_disk *d, const struct machine_nic *n,
		  const char *after)
{
	struct rewrite change = {d ? d->offset : n->offset, d ? d->entry : n->entry,
				 after};
	struct machine back;

	if (!read_back(text, change, a, &back))
		return;
	must(m->disks.n == back.disks.n && m->nics.n == back.nics.n);
	must(same(m->name, back.name) && same(m->kind, back.kind));
	for (size_t i = 0; i < m->disks.n; i++)
		same_disk(&m->disks.v[i], &back.disks.v[i], &m->disks.v[i] == d);
	for (size_t i = 0; i < m->nics.n; i++)
		same_nic(&m->nics.v[i], &back.nics.v[i], &m->nics.v[i] == n,
			 same(m->format, "xl"));
}

/* Another image is read under its name and in its format, and nothing else differs. */
static void check_image(struct slice text, const struct machine *m, struct arena *a,
			size_t i, const struct rewrite_image *image)
{
	const struct machine_disk *d = &m->disks.v[i], *now;
	struct err e = ERR_INIT;
	struct machine back;
	const char *after;

	if (rewrite_disk_image(m, d, d->entry, image, a, &after, &e) < 0 ||
	    !read_back(text, (struct rewrite){d->offset, d->entry, after}, a, &back))
		return;
	must(m->disks.n == back.disks.n && m->nics.n == back.nics.n);
	now = &back.disks.v[i];
	must(same(now->file, image->file));
	must(same(now->format, image->format) ||
	     (!now->format && same(image->format, "raw")));
	must(same(now->target, d->target) && same(now->bus, d->bus));
	must(now->readonly == d->readonly && same(now->device, d->device));
}

static void rewrite_all(struct slice text, const struct machine *m, struct arena *a)
{
	static const struct rewrite_image raw = {"/n/a.img", "raw"},
					  qcow2 = {"/n/b.qcow2", "qcow2"};
	struct err e = ERR_INIT;
	const char *after;

	for (size_t i = 0; i < m->disks.n && i < TRIED; i++)
		if (rewrite_disk_pv(m, &m->disks.v[i], "xvdzz", a, &after, &e) >= 0)
			check(text, m, a, &m->disks.v[i], NULL, after);
	for (size_t i = 0; i < m->disks.n && i < TRIED; i++)
		check_image(text, m, a, i, i % 2 ? &raw : &qcow2);
	for (size_t i = 0; i < m->nics.n && i < TRIED; i++)
		if (rewrite_nic_pv(m, &m->nics.v[i], a, &after, &e) >= 0)
			check(text, m, a, NULL, &m->nics.v[i], after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(64 << 20);
	struct slice text = slice_of(data, size);
	struct machine m = {0};
	struct err e = ERR_INIT;

	if (a && machine_parse(text, "fuzz", a, &m, &e) >= 0)
		rewrite_all(text, &m, a);
	return 0;
}
