/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lets LVM find its volumes on the new bus. A filter gets a pattern of the new names
 * before all others, for the partition that the volume is on, of whichever disk: it then
 * need not be known which one that is. An entry of the devices file finds its device by
 * the new name, where only one disk can have it; LVM holds it against the UUID that the
 * entry has, and writes a better identity there by itself. With several disks the entry
 * is left to people.
 */
#include "lvm_holds.h"
#include "making.h"
#include "text.h"

/* Whose edits they are: the guest's, or those of one initramfs. */
struct mending {
	struct maker *m;
	const struct platform_choice *choice;
	const struct lvm_fact *lvm;
	bool inside;
	plan_edits *to;
};

/* The patterns that all volumes need which this filter keeps from LVM: '"a|...|", '. */
static const char *missing_patterns(const struct mending *x, struct lvm_filter_fact *f)
{
	struct judge *j = &x->m->judge;
	const struct lvm_fact alone = {.filters = {.v = f, .n = 1},
				       .devices = x->lvm->devices,
				       .use_devicesfile = x->lvm->use_devicesfile};
	const char *text = "";
	strs patterns = {0};

	for (size_t i = 0; i < j->facts->volumes.n; i++) {
		const struct volume_fact *v = &j->facts->volumes.v[i];

		if (is_physical_volume(v) &&
		    filter_against(j, x->choice, &alone, v, x->inside))
			add_once(x->m, &patterns, accepting_pattern(j, x->choice, v));
	}
	for (size_t i = 0; i < patterns.n; i++)
		text = say(j, "%s\"%s\", ", text, patterns.v[i]);
	return text;
}

/* The list may begin behind "filter=" in the same word; a single string becomes one. */
static void mend_filter(const struct mending *x, struct lvm_filter_fact *f)
{
	struct judge *j = &x->m->judge;
	const char *patterns = missing_patterns(x, f);
	size_t open, n;
	bool list;

	if (!*patterns || !f->word || is_bad_filter(f))
		return;
	n = strlen(f->word);
	open = strcspn(f->word, "[\"'");
	list = f->word[open] == '[';
	if (open == n)
		return;
	add_edit_to(x->m, x->to,
		    (struct plan_edit){
			    .file = f->source.path,
			    .line = f->source.line,
			    .before = f->word,
			    .after = list && n == open + 1
					     ? say(j, "%.*s[ %.*s", (int)open, f->word,
						   (int)strlen(patterns) - 1, patterns)
					     : say(j, "%.*s[ %s%s%s", (int)open, f->word,
						   patterns, f->word + open + list,
						   list ? "" : " ]")});
}

static void change_field(const struct mending *x, const struct lvm_device_fact *d,
			 const char *key, const char *before, const char *after)
{
	struct judge *j = &x->m->judge;

	if (before && strcmp(before, after) != 0)
		add_edit_to(x->m, x->to,
			    (struct plan_edit){.file = d->source.path,
					       .line = d->source.line,
					       .before = say(j, "%s=%s", key, before),
					       .after = say(j, "%s=%s", key, after)});
}

static void mend_entry(const struct mending *x, const struct volume_fact *v)
{
	struct judge *j = &x->m->judge;
	const struct lvm_device_fact *d = entry_against(j, x->choice, x->lvm, v);
	const char *now = only_name(j, x->choice, v);

	if (!d || !now)
		return;
	change_field(x, d, "IDTYPE", d->idtype, "devname");
	change_field(x, d, "IDNAME", d->idname ? d->idname : ".", now);
	change_field(x, d, "DEVNAME", d->devname, now);
}

static void mend(const struct mending *x)
{
	const struct facts *f = x->m->judge.facts;

	for (size_t i = 0; i < x->lvm->filters.n; i++)
		mend_filter(x, &x->lvm->filters.v[i]);
	for (size_t i = 0; i < f->volumes.n; i++)
		if (is_physical_volume(&f->volumes.v[i]))
			mend_entry(x, &f->volumes.v[i]);
}

/* The copies in the initramfs of every kernel that the boot menu offers: it has to find /
 * there. */
static void mend_inside(struct maker *m, const struct platform_choice *choice,
			struct plan_step *s)
{
	for (size_t k = 0; k < m->kernels.n; k++) {
		const struct kernel_fact *kernel = m->kernels.v[k].fact;
		plan_edits edits = {0};

		mend(&(struct mending){m, choice, &kernel->initramfs.lvm, true, &edits});
		edit_in_initramfs(m, s, &m->kernels.v[k], &edits);
	}
}

void edit_lvm(struct maker *m, const struct device_verdict *d, struct plan_step *s)
{
	const struct facts *f = m->judge.facts;
	const struct platform_choice *choice = platform_choice_of(m, d);

	if (!choice || !choice->disk_prefix || !boot_needs_lvm(f))
		return;
	mend(&(struct mending){m, choice, &f->lvm, false, &s->edits});
	if (root_is_logical(f))
		mend_inside(m, choice, s);
}
