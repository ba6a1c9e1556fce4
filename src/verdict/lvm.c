/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LVM's settings that name disks: whether it still takes the physical volumes that the
 * boot needs. When it does not, the groups on them are not there, and a / on one of them
 * is not found.
 */
#include "lvm_holds.h"
#include "text.h"

/* One set of settings: the guest's own, or those in the initramfs. */
struct looking {
	struct judge *j;
	const struct lvm_fact *lvm;
	bool inside;
};

static const char *place_of(const struct looking *l, const struct source *s)
{
	return say(l->j, "%s:%llu%s", plain(l->j, s->path), (unsigned long long)s->line,
		   l->inside ? " in the initramfs" : "");
}

static const char *then_rebuild(const struct looking *l, const char *text)
{
	return l->inside ? remedy_inside(l->j, text) : text;
}

static void add_filter(const struct looking *l, const struct lvm_filter_fact *f,
		       const struct volume_fact *v)
{
	struct judge *j = l->j;
	const char *name = device_name(j, j->choice->disk_prefix, 0, v->number);

	if (is_bad_filter(f)) {
		add_link(j, "names", ANSWER_UNKNOWN, f->source,
			 "%s: %s has a pattern that cannot be understood",
			 place_of(l, &f->source), f->name);
		return;
	}
	add_remedy(add_link(j, "names", ANSWER_FIXABLE, f->source,
			    "%s: %s keeps LVM from /dev/%s, as its volume is named here",
			    place_of(l, &f->source), f->name, name),
		   then_rebuild(l, say(j, "put \"%s\" first in %s of lvm.conf",
				       accepting_pattern(j, j->choice, v), f->name)));
}

static void add_entry(const struct looking *l, const struct lvm_device_fact *d)
{
	add_remedy(
		add_link(l->j, "names", ANSWER_FIXABLE, d->source,
			 "%s has LVM find its volume by %s, which is another one on the "
			 "new bus",
			 place_of(l, &d->source), plain(l->j, d->idtype)),
		then_rebuild(l, "name the volume there by IDTYPE=devname and its new "
				"name, or start once with use_devicesfile = 0 in "
				"lvm.conf and run lvmdevices --update --refresh"));
}

static bool judge_volume(const struct looking *l, const struct volume_fact *v)
{
	struct judge *j = l->j;
	const struct lvm_filter_fact *f =
		filter_against(j, j->choice, l->lvm, v, l->inside);
	const struct lvm_device_fact *d = entry_against(j, j->choice, l->lvm, v);

	if (f)
		add_filter(l, f, v);
	if (d)
		add_entry(l, d);
	return !f && !d;
}

static bool judge_settings(const struct looking *l)
{
	const struct facts *f = l->j->facts;
	bool whole = true;

	if (l->lvm->problem) {
		add_link(l->j, "names", ANSWER_UNKNOWN, (struct source){0},
			 "which disks LVM looks at is not known: %s",
			 plain(l->j, l->lvm->problem));
		return false;
	}
	for (size_t i = 0; whole && i < f->volumes.n; i++)
		if (is_physical_volume(&f->volumes.v[i]) &&
		    text_same(f->volumes.v[i].disk, l->j->disk))
			whole = judge_volume(l, &f->volumes.v[i]);
	return whole;
}

/* Which volumes it lies on is not seen from a folder. */
static bool judge_folder(const struct looking *l)
{
	if (!l->lvm->filters.n && !l->lvm->devices.n)
		return true;
	add_link(l->j, "names", ANSWER_UNKNOWN,
		 l->lvm->filters.n ? l->lvm->filters.v[0].source
				   : l->lvm->devices.v[0].source,
		 "LVM looks at some disks only, and the one that it is on is not known");
	return false;
}

bool judge_lvm(struct judge *j)
{
	struct looking own = {j, &j->facts->lvm, false};
	struct looking inside = {j, &j->kernel->initramfs.lvm, true};
	bool whole;

	if (!boot_needs_lvm(j->facts) || !j->choice->disk_prefix)
		return true;
	if (facts_is_folder(j->facts))
		return judge_folder(&own);
	whole = judge_settings(&own);
	return root_is_logical(j->facts) ? judge_settings(&inside) && whole : whole;
}
