/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a guest, each judged under every choice of a platform. */
#include "chain.h"

#include <string.h>

#include "text.h"

/* The command line of the entry that starts this kernel. */
const char *cmdline_of(const struct facts *f, const struct kernel_fact *k)
{
	const char *found = NULL;

	for (size_t i = 0; i < f->boot.entries.n; i++) {
		const struct entry_fact *entry = &f->boot.entries.v[i];

		if (k->is_default && entry->is_default)
			return entry->cmdline;
		if (!found && entry->kernel && k->image &&
		    strcmp(entry->kernel, k->image) == 0)
			found = entry->cmdline;
	}
	return found;
}

static void walk(struct judge *j)
{
	const struct platform_choice *c = j->choice;

	judge_kernel(j);
	judge_driver(j, c->driver);
	for (size_t i = 0; i < c->needs.n; i++)
		judge_need(j, c->needs.v[i]);
	judge_exclusions(j);
	judge_offered(j);
	if (j->disk)
		judge_startup(j);
	if (strcmp(j->role, "network") == 0) {
		judge_alias(j);
		judge_address(j);
		judge_card_names(j);
	}
	if (j->early || j->starts)
		judge_early(j);
	if (j->disk || j->early || j->starts)
		judge_names(j);
	if (j->starts && !j->direct)
		judge_boot_loader(j);
}

/* Nothing at all on any disk: no table, no boot code, no file system. */
static bool is_blank(const struct facts *f)
{
	for (size_t i = 0; i < f->disks.n; i++) {
		const struct disk_fact *d = &f->disks.v[i];

		if (!d->scheme || strcmp(d->scheme, "none") != 0 || !d->boot_code ||
		    strcmp(d->boot_code, "none") != 0)
			return false;
	}
	for (size_t i = 0; i < f->volumes.n; i++)
		if (f->volumes.v[i].fs)
			return false;
	for (size_t i = 0; i < f->problems.n; i++)
		if (!f->problems.v[i].about || strcmp(f->problems.v[i].about, "os") != 0)
			return false; /* what could not be read may be something */
	return f->disks.n > 0;
}

static void add_not_installed(struct judge *j)
{
	const struct platform *p = j->platform;
	struct link *l = add_link(j, "kernel", ANSWER_UNKNOWN,
				  (struct source){.disk = j->facts->disks.v[0].name},
				  "no guest is installed yet: there is no partition "
				  "table, boot code or file system%s%s",
				  p->after_install.n ? "; " : "",
				  p->after_install.n ? p->after_install.v[0].text : "");

	add_remedy(l, "install the guest's operating system, then ask again");
	if (l && p->after_install.n)
		add_cites(j, &l->cites, &p->after_install.v[0].cites);
}

/* The first encrypted volume that was not opened; NULL: there is none. */
static const struct volume_fact *closed_volume(const struct facts *f)
{
	for (size_t i = 0; i < f->volumes.n; i++)
		if (text_same(f->volumes.v[i].fs, "crypto_LUKS") && !f->volumes.v[i].read)
			return &f->volumes.v[i];
	return NULL;
}

static void add_no_kernel(struct judge *j)
{
	const struct volume_fact *v = closed_volume(j->facts);

	if (!v) {
		add_link(j, "kernel", ANSWER_UNKNOWN, j->facts->boot.source,
			 "no kernel was found");
		return;
	}
	add_remedy(add_link(j, "kernel", ANSWER_UNKNOWN,
			    (struct source){.disk = v->disk, .volume = v->name},
			    "no kernel was found outside of %s%s%s, which is encrypted",
			    plain(j, v->disk), v->name ? ", " : "",
			    v->name ? plain(j, v->name) : ""),
		   say(j, "give its key: --key %s:file:FILE", plain(j, v->uuid)));
}

static void walk_without_kernel(struct judge *j)
{
	const struct facts *f = j->facts;

	if (!f->kernels.n && is_blank(f))
		add_not_installed(j);
	else if (!f->kernels.n)
		add_no_kernel(j);
	else
		add_link(j, "kernel", ANSWER_UNKNOWN, f->boot.source,
			 "which of %zu kernels starts by default is not known",
			 f->kernels.n);
}

static void judge_choice(struct judge *j, struct choice_verdict *ret)
{
	const struct platform_choice *c = j->choice;

	ret->id = c->id;
	ret->name = c->name;
	ret->module = c->driver->modules.v[0];
	ret->emulated = c->emulated;
	ret->note = c->note;
	ret->disk_prefix = c->disk_prefix;
	j->chain = &ret->chain;
	if (j->kernel) {
		ret->module = find_driver(j->kernel, c->driver).name;
		walk(j);
	} else {
		walk_without_kernel(j);
	}
	ret->answer = chain_answer(&ret->chain, &ret->decides);
}

/* A guest whose release is not known gets every choice judged. */
static bool fits_release(const struct judge *j, const struct platform_choice *c)
{
	return !j->sheet || !j->sheet->version ||
	       platform_version_in(j->sheet->version, c->from, c->to);
}

/* Was this choice asked for, or none of the device's choices? */
static bool is_picked(const struct judge *j, const struct platform_device *d,
		      const struct platform_choice *c, const struct verdict_options *o)
{
	bool any = false;

	for (size_t i = 0; o && i < d->choices.n; i++)
		any = any || strs_has(&o->choices, d->choices.v[i].id);
	return any ? strs_has(&o->choices, c->id) : fits_release(j, c);
}

static void judge_device(struct judge *j, const struct platform_device *d,
			 const struct verdict_options *o, struct device_verdict *ret)
{
	ret->role = d->role;
	ret->name = j->disk ? j->disk : j->card;
	ret->optional = d->optional;
	j->role = d->role;
	for (size_t i = 0; i < d->choices.n; i++) {
		struct choice_verdict *c;

		if (!is_picked(j, d, &d->choices.v[i], o))
			continue;
		c = vec_add(j->arena, &ret->choices);
		if (!c) {
			j->full = true;
			return;
		}
		j->choice = &d->choices.v[i];
		judge_choice(j, c);
		if (ret->choices.n == 1 ||
		    answer_better(c->answer, ret->choices.v[ret->best].answer))
			ret->best = ret->choices.n - 1;
	}
	if (ret->choices.n)
		ret->answer = ret->choices.v[ret->best].answer;
}

/* Does the machine need this disk before / is mounted? */
static bool is_boot_disk(const struct facts *f, const char *disk)
{
	const char *const places[] = {f->boot.boot_disk, f->boot.esp_disk,
				      f->boot.mbr_disk};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (places[i] && disk && strcmp(places[i], disk) == 0)
			return true;
	return holds_root(f, disk);
}

static struct device_verdict *add_device(struct judge *j, const char *role,
					 const struct verdict_options *o,
					 struct verdict *v)
{
	const struct platform_device *d = platform_device(j->platform, role);
	struct device_verdict *ret = d ? vec_add(j->arena, &v->devices) : NULL;

	if (d && !ret)
		j->full = true;
	if (ret)
		judge_device(j, d, o, ret);
	return ret;
}

/* A rule of the platform keeps disks emulated that a boot reads from. */
static void tell_rule(struct judge *j, struct device_verdict *d)
{
	const struct platform_rule *rule = &j->platform->emulated_boot.v[0];

	d->stays_emulated = true;
	d->stays_text = rule->text;
	add_cites(j, &d->stays_cites, &rule->cites);
}

static void add_disk(struct judge *j, const char *disk, held_list holds,
		     const struct verdict_options *o, struct verdict *v)
{
	bool rule = j->platform->emulated_boot.n > 0;
	struct device_verdict *d;

	j->disk = disk;
	j->starts = rule ? holds.n > 0 : is_boot_disk(j->facts, disk);
	j->early = rule ? holds_root(j->facts, disk) : j->starts;
	d = add_device(j, j->starts ? "boot-disk" : "disk", o, v);
	if (!d)
		return;
	d->holds = holds;
	if (rule && j->starts && !is_pv_machine(j) &&
	    !(j->kernel && is_pv_kernel(j, j->kernel))) /* nothing of it is emulated */
		tell_rule(j, d);
}

/* The disks that a boot needs, or the others; returns how many there are. */
static size_t add_disks_of(struct judge *j, bool needed, const struct verdict_options *o,
			   struct verdict *v)
{
	const struct facts *f = j->facts;
	size_t count = 0;

	for (size_t i = 0; i < f->disks.n; i++) {
		const char *disk = f->disks.v[i].name;
		held_list holds = {0};

		find_holds(j, disk, &holds);
		if ((holds.n > 0 || is_boot_disk(f, disk)) != needed)
			continue;
		add_disk(j, disk, holds, o, v);
		count++;
	}
	return count;
}

static void add_disks(struct judge *j, const struct verdict_options *o, struct verdict *v)
{
	bool any = add_disks_of(j, true, o, v) > 0;

	if (!any) { /* it is somewhere: what is known of it is judged */
		j->disk = NULL;
		j->starts = j->early = true;
		add_device(j, "boot-disk", o, v);
	}
	if (any || j->facts->disks.n > 1)
		add_disks_of(j, false, o, v);
	j->disk = NULL;
	j->starts = j->early = false;
}

/* Where the guest's configuration names a driver for each card, each is judged. */
static bool by_card(const struct platform_device *d)
{
	for (size_t i = 0; i < d->choices.n; i++)
		if (d->choices.v[i].alias)
			return true;
	return false;
}

static void add_cards(struct judge *j, const struct verdict_options *o, struct verdict *v)
{
	strs cards = {0};

	find_cards(j, &cards);
	for (size_t i = 0; i < cards.n; i++) {
		j->card = cards.v[i];
		add_device(j, "network", o, v);
	}
	j->card = NULL;
	if (!cards.n)
		add_device(j, "network", o, v);
}

void add_devices(struct judge *j, const struct verdict_options *o, struct verdict *v)
{
	add_disks(j, o, v);
	for (size_t i = 0; i < j->platform->devices.n; i++) {
		const struct platform_device *d = &j->platform->devices.v[i];

		if (strcmp(d->role, "boot-disk") == 0 || strcmp(d->role, "disk") == 0)
			continue;
		if (by_card(d))
			add_cards(j, o, v);
		else
			add_device(j, d->role, o, v);
	}
}

static int add_fallback(struct judge *j, const struct platform_device *d,
			const struct verdict_options *o, struct verdict *v, struct err *e)
{
	struct device_verdict device = {0};
	const struct choice_verdict *best;
	struct kernel_verdict k = {.release = j->kernel->release};
	worksheet_list sheets = {0};
	int r;

	j->sheet = NULL;
	r = find_sheet(j, o ? o->host : NULL, &sheets, e);
	if (r < 0)
		return r;
	judge_device(j, d, o, &device);
	if (!device.choices.n)
		return 0;
	best = &device.choices.v[device.best];
	k.answer = device.answer;
	k.choice = best->id;
	k.text = best->chain.n ? best->chain.v[best->decides].text : NULL;
	if (!vec_push(j->arena, &v->fallbacks, k))
		j->full = true;
	return 0;
}

/* The boot disk under the kernels that do not start by default. */
int add_fallbacks(const struct judge *from, const struct verdict_options *o,
		  struct verdict *v, struct err *e)
{
	const struct platform_device *d = platform_device(from->platform, "boot-disk");
	const struct facts *f = from->facts;
	struct judge j = *from;
	int r = 0;

	j.disk = f->root_disk;
	j.starts = j.early = true;
	for (size_t i = 0; r >= 0 && d && i < f->kernels.n; i++) {
		if (&f->kernels.v[i] == from->kernel || f->kernels.v[i].is_default)
			continue;
		j.kernel = &f->kernels.v[i];
		j.cmdline = cmdline_of(f, j.kernel);
		r = add_fallback(&j, d, o, v, e);
	}
	return r >= 0 && j.full ? arena_full(j.arena, e) : r;
}
