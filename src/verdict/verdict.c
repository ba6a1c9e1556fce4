/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a guest, each judged under every choice of a platform. */
#include "verdict.h"

#include <string.h>

#include "chain.h"

const char *answer_name(enum answer answer)
{
	static const char *const names[ANSWER_COUNT] = {"unknown", "blocked", "fixable",
							"ready"};

	return names[answer < ANSWER_COUNT ? answer : ANSWER_UNKNOWN];
}

bool answer_better(enum answer a, enum answer b)
{
	static const int rank[ANSWER_COUNT] = {[ANSWER_BLOCKED] = 0,
					       [ANSWER_UNKNOWN] = 1,
					       [ANSWER_FIXABLE] = 2,
					       [ANSWER_READY] = 3};

	return rank[a] > rank[b];
}

int verdict_exit_status(const verdict_list *list)
{
	static const int status[ANSWER_COUNT] = {[ANSWER_READY] = 0,
						 [ANSWER_FIXABLE] = 1,
						 [ANSWER_BLOCKED] = 2,
						 [ANSWER_UNKNOWN] = 3};
	int worst = list->n ? 0 : status[ANSWER_UNKNOWN];

	for (size_t i = 0; i < list->n; i++)
		if (status[list->v[i].answer] > worst)
			worst = status[list->v[i].answer];
	return worst;
}

/* Drivers that mount a file system and what makes the volume it lies on. The newer ext4
 * module mounts ext2 and ext3. */
static const struct {
	const char *fs;
	const char *const modules[3];
} root_fs[] = {{"ext2", {"ext2", "ext4", NULL}}, {"ext3", {"ext3", "ext4", NULL}},
	       {"ext4", {"ext4", NULL}},         {"xfs", {"xfs", NULL}},
	       {"btrfs", {"btrfs", NULL}},       {"f2fs", {"f2fs", NULL}},
	       {"jfs", {"jfs", NULL}},           {"reiserfs", {"reiserfs", NULL}}};

static const struct root_stack root_stack[] = {
	{"lvm", {"dm_mod", NULL}, "lvm", "lvm2"},
	{"mapper", {"dm_mod", NULL}, NULL, NULL}, /* LVM or an encrypted volume */
	{"md", {"md_mod", NULL}, "mdadm", "mdadm"},
};

const char *const *root_fs_modules(const char *fs)
{
	for (size_t i = 0; i < ARRAY_LEN(root_fs); i++)
		if (strcmp(root_fs[i].fs, fs) == 0)
			return root_fs[i].modules;
	return NULL;
}

const struct root_stack *stack_of(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_LEN(root_stack); i++)
		if (strcmp(root_stack[i].kind, kind) == 0)
			return &root_stack[i];
	return NULL;
}

static int ask(const char *const *names, struct arena *a, strs *ret, struct err *e)
{
	for (; *names; names++)
		if (!strs_add_once(a, ret, *names))
			return arena_full(a, e);
	return 0;
}

int verdict_asked_modules(const platform_list *list, struct arena *a, strs *ret,
			  struct err *e)
{
	int r = platform_asked_modules(list, a, ret, e);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(root_fs); i++)
		r = ask(root_fs[i].modules, a, ret, e);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(root_stack); i++)
		r = ask(root_stack[i].modules, a, ret, e);
	return r;
}

/* The command line of the entry that starts this kernel. */
static const char *cmdline_of(const struct facts *f, const struct kernel_fact *k)
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
	if (j->boot_disk)
		judge_early(j);
	if (j->disk || j->boot_disk)
		judge_names(j);
	if (j->boot_disk)
		judge_boot_loader(j);
}

static void walk_without_kernel(struct judge *j)
{
	const struct facts *f = j->facts;

	if (!f->kernels.n)
		add_link(j, "kernel", ANSWER_UNKNOWN, f->boot.source,
			 "no kernel was found");
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

/* Was this choice asked for, or none of the device's choices? */
static bool is_picked(const struct platform_device *d, const struct platform_choice *c,
		      const struct verdict_options *o)
{
	bool any = false;

	for (size_t i = 0; o && i < d->choices.n; i++)
		any = any || strs_has(&o->choices, d->choices.v[i].id);
	return !any || strs_has(&o->choices, c->id);
}

static void judge_device(struct judge *j, const struct platform_device *d,
			 const struct verdict_options *o, struct device_verdict *ret)
{
	ret->role = d->role;
	ret->name = j->disk;
	ret->optional = d->optional;
	for (size_t i = 0; i < d->choices.n; i++) {
		struct choice_verdict *c;

		if (!is_picked(d, &d->choices.v[i], o))
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

/* Is the disk one of several that / lies on? */
static bool holds_root(const struct facts *f, const char *disk)
{
	for (size_t i = 0; f->root_volume && i < f->volumes.n; i++)
		if (f->volumes.v[i].name &&
		    strcmp(f->volumes.v[i].name, f->root_volume) == 0 &&
		    strs_has(&f->volumes.v[i].disks, disk))
			return true;
	return false;
}

/* Does the machine need this disk before / is mounted? */
static bool is_boot_disk(const struct facts *f, const char *disk)
{
	const char *const places[] = {f->root_disk, f->boot.boot_disk, f->boot.esp_disk,
				      f->boot.mbr_disk};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (places[i] && disk && strcmp(places[i], disk) == 0)
			return true;
	return disk && holds_root(f, disk);
}

static void add_device(struct judge *j, const char *role, const char *disk,
		       const struct verdict_options *o, struct verdict *v)
{
	const struct platform_device *d = platform_device(j->platform, role);
	struct device_verdict *ret = d ? vec_add(j->arena, &v->devices) : NULL;

	if (!d)
		return;
	if (!ret) {
		j->full = true;
		return;
	}
	j->disk = disk;
	j->boot_disk = strcmp(role, "boot-disk") == 0;
	judge_device(j, d, o, ret);
}

static void add_devices(struct judge *j, const struct verdict_options *o,
			struct verdict *v)
{
	const struct facts *f = j->facts;
	bool any = false;

	for (size_t i = 0; i < f->disks.n; i++) {
		if (!is_boot_disk(f, f->disks.v[i].name))
			continue;
		add_device(j, "boot-disk", f->disks.v[i].name, o, v);
		any = true;
	}
	if (!any) /* it is somewhere: what is known of it is judged */
		add_device(j, "boot-disk", NULL, o, v);
	for (size_t i = 0; i < f->disks.n; i++)
		if (!is_boot_disk(f, f->disks.v[i].name) && (any || f->disks.n > 1))
			add_device(j, "disk", f->disks.v[i].name, o, v);
	for (size_t i = 0; i < j->platform->devices.n; i++) {
		const char *role = j->platform->devices.v[i].role;

		if (strcmp(role, "boot-disk") != 0 && strcmp(role, "disk") != 0)
			add_device(j, role, NULL, o, v);
	}
}

/* The boot disk under the kernels that do not start by default. */
static void add_fallbacks(struct judge *j, const struct verdict_options *o,
			  struct verdict *v)
{
	const struct platform_device *d = platform_device(j->platform, "boot-disk");
	const struct facts *f = j->facts;

	for (size_t i = 0; d && i < f->kernels.n; i++) {
		struct device_verdict device = {0};
		const struct choice_verdict *best;
		struct kernel_verdict k = {.release = f->kernels.v[i].release};

		if (f->kernels.v[i].is_default)
			continue;
		j->kernel = &f->kernels.v[i];
		j->cmdline = cmdline_of(f, j->kernel);
		j->disk = f->root_disk;
		j->boot_disk = true;
		judge_device(j, d, o, &device);
		if (!device.choices.n)
			continue;
		best = &device.choices.v[device.best];
		k.answer = device.answer;
		k.choice = best->id;
		k.text = best->chain.n ? best->chain.v[best->decides].text : NULL;
		if (!vec_push(j->arena, &v->fallbacks, k))
			j->full = true;
	}
}

/* Identity selects citations; it decides nothing. */
static int add_support(struct judge *j, struct verdict *v, struct err *e)
{
	const struct os_fact *os = &j->facts->os;
	const struct kernel_fact *k = facts_default_kernel(j->facts);
	support_rows rows = {0};
	int r = platform_support_for(j->platform, os->id, os->version,
				     k && k->arch ? k->arch : os->arch,
				     k ? k->flavour : NULL, j->arena, &rows, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < rows.n; i++) {
		const struct platform_support *row = rows.v[i];
		struct support_verdict s = {.row = row->id,
					    .answer = row->answer,
					    .verified = row->verified,
					    .note = row->note};

		add_cites(j, &s.cites, &row->cites);
		if (!vec_push(j->arena, &v->support_rows, s))
			j->full = true;
		v->support =
			i && v->support != row->answer ? SUPPORT_DISPUTED : row->answer;
	}
	return 0;
}

static enum answer whole_answer(const struct verdict *v)
{
	enum answer worst = v->devices.n ? ANSWER_READY : ANSWER_UNKNOWN;

	for (size_t i = 0; i < v->devices.n; i++)
		if (!v->devices.v[i].optional &&
		    answer_better(worst, v->devices.v[i].answer))
			worst = v->devices.v[i].answer;
	return worst;
}

int verdict_judge(const struct facts *f, const struct platform *p,
		  const struct verdict_options *options, struct arena *a,
		  struct verdict *ret, struct err *e)
{
	struct verdict v = {.platform = p->id, .platform_name = p->name};
	struct judge j = {.facts = f, .platform = p, .arena = a};
	int r;

	j.kernel = facts_default_kernel(f);
	if (j.kernel) {
		v.kernel = j.kernel->release;
		j.cmdline = cmdline_of(f, j.kernel);
	}
	add_devices(&j, options, &v);
	add_fallbacks(&j, options, &v);
	r = add_support(&j, &v, e);
	if (r < 0)
		return r;
	if (j.full)
		return arena_full(a, e);
	v.answer = whole_answer(&v);
	*ret = v;
	return 0;
}
