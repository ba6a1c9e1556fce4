/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The links around the driver: the kernel itself, and the boot loader that has to read
 * its disk.
 */
#include "chain.h"

#include <string.h>

#include "text.h"

static bool covers(const struct platform *p, const char *arch)
{
	for (size_t i = 0; i < p->archs.n; i++)
		if (strcmp(p->archs.v[i], arch) == 0)
			return true;
	return !p->archs.n;
}

static bool is_mounted(const struct facts *f, const char *dir)
{
	for (size_t i = 0; i < f->volumes.n; i++)
		if (strs_has(&f->volumes.v[i].mounted_at, dir))
			return true;
	return false;
}

/* Is something of the guest's tree on this volume? */
static bool is_used(struct judge *j, const struct volume_fact *v)
{
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->volumes.n; i++) {
		volume_refs stack = {0};

		if (!f->volumes.v[i].mounted_at.n)
			continue;
		if (!facts_stack_of(f, &f->volumes.v[i], j->arena, &stack))
			j->full = true;
		for (size_t k = 0; k < stack.n; k++)
			if (stack.v[k] == v)
				return true;
	}
	return false;
}

/* Linux starts a mirror with what is there. But a member that the others believe to be in
 * force may be newer than they are: what was read may be what the guest was long ago. */
static void add_degraded(struct judge *j, const struct volume_fact *v)
{
	add_link(j, "kernel", ANSWER_UNKNOWN,
		 (struct source){.disk = v->disk, .volume = v->name},
		 "%s of %s is on none of the disks given, and what it has that is newer "
		 "was not seen: name that disk, too",
		 plain(j, v->missing.v[0]), plain(j, v->name));
}

/* Not all start scripts start a volume group that lacks something, though it is no part
 * of this volume: udev's rules of LVM since 2.03.14 wait until it is whole. */
static void add_incomplete(struct judge *j, const struct volume_fact *v)
{
	add_link(j, "kernel", ANSWER_UNKNOWN,
		 (struct source){.disk = v->disk, .volume = v->name},
		 "%s of the volume group of %s is on none of the disks given, and many "
		 "systems do not start a group before it is whole: name that disk, too",
		 plain(j, v->group_missing.v[0]), plain(j, v->name));
}

/* What a reader found that keeps Linux from mounting it, or that hides what was written
 * last. */
static void add_unsound(struct judge *j, const struct volume_fact *v)
{
	struct source at = {.disk = v->disk, .volume = v->name};

	if (v->unmountable)
		add_remedy(add_link(j, "kernel", ANSWER_FIXABLE, at,
				    "the file system at %s is not mounted as it is: %s",
				    plain(j, v->mounted_at.v[0]),
				    plain(j, v->unmountable)),
			   "mend it with its own tools");
	else if (text_same(v->journal, "not replayed"))
		add_link(j, "kernel", ANSWER_UNKNOWN, at,
			 "the log of the file system at %s holds what was written last, "
			 "and was not read: mount it once, or shut the guest down",
			 plain(j, v->mounted_at.v[0]));
}

/* Linux does not mount a file system when a device of it is not there, unless it is told
 * to: the disk may be another one of this guest that was not named. */
static void judge_devices(struct judge *j)
{
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];

		if (v->missing.n && v->level && is_used(j, v))
			add_degraded(j, v);
		else if (v->group_missing.n && is_used(j, v))
			add_incomplete(j, v);
		else if (v->missing.n && v->mounted_at.n)
			add_link(j, "kernel", ANSWER_UNKNOWN,
				 (struct source){.disk = v->disk, .volume = v->name},
				 "%s of the file system at %s is on none of the disks "
				 "given",
				 plain(j, v->missing.v[0]), plain(j, v->mounted_at.v[0]));
		if (v->mounted_at.n)
			add_unsound(j, v);
	}
}

/* Directories that hold what the chain rests on. One that fstab mounts and that was not
 * seen hides whatever else was found in its place. */
static void judge_mounts(struct judge *j)
{
	static const char *const dirs[] = {"/boot", "/etc", "/lib", "/usr"};
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->names.n && !facts_is_folder(f); i++) {
		const struct name_fact *n = &f->names.v[i];

		for (size_t d = 0; d < ARRAY_LEN(dirs); d++)
			if (text_same(n->where, "fstab") &&
			    text_same(n->target, dirs[d]) && !is_mounted(f, dirs[d]))
				add_link(j, "kernel", ANSWER_UNKNOWN, n->source,
					 "%s is on %s, which could not be looked into",
					 dirs[d], plain(j, n->spec));
	}
}

void judge_kernel(struct judge *j)
{
	const struct kernel_fact *k = j->kernel;
	const char *image = k->image ? plain(j, k->image) : "the kernel";
	const char *reinstall =
		say(j, "reinstall %s",
		    k->package ? plain(j, k->package) : "the kernel's package");

	if (!k->release || !k->image_state)
		add_link(j, "kernel", ANSWER_UNKNOWN, k->source,
			 "what %s is could not be found out", image);
	else if (text_same(k->image_state, "empty"))
		add_remedy(add_link(j, "kernel", ANSWER_BLOCKED, k->source,
				    "%s is empty (0 bytes)", image),
			   reinstall);
	else if (text_same(k->image_state, "absent"))
		add_remedy(add_link(j, "kernel", ANSWER_BLOCKED, k->source,
				    "%s does not exist", image),
			   reinstall);
	else if (!text_same(k->image_state, "ok"))
		add_remedy(add_link(j, "kernel", ANSWER_UNKNOWN, k->source,
				    "%s could not be read: %s", image,
				    plain(j, k->image_problem)),
			   reinstall);
	else if (!k->arch)
		add_link(j, "kernel", ANSWER_UNKNOWN, k->source,
			 "the architecture of %s is not known", image);
	else if (k->image_release && strcmp(k->image_release, k->release) != 0)
		/* it looks for modules in the folder of the name it knows itself by */
		add_remedy(add_link(j, "kernel", ANSWER_UNKNOWN, k->source,
				    "%s says that it is %s, not %s", image,
				    plain(j, k->image_release), plain(j, k->release)),
			   reinstall);
	else if (is_pv_kernel(j, k))
		add_remedy(add_link(j, "kernel", ANSWER_BLOCKED, k->source,
				    "%s starts as a para-virtualized guest of Xen only, "
				    "with drivers of its own: rules for drivers in fully "
				    "virtualized guests do not apply to it",
				    plain(j, k->release)),
			   "to run the guest fully virtualized, make a kernel without "
			   "xen in its name the default one");
	else if (!covers(j->platform, k->arch))
		add_link(j, "kernel", ANSWER_UNKNOWN, k->source,
			 "%s is for %s, which the rules for %s do not cover", image,
			 plain(j, k->arch), j->platform->id);
	else
		add_link(j, "kernel", ANSWER_READY, k->source, "%s, %s",
			 plain(j, k->release), plain(j, k->arch));
	judge_mounts(j);
	judge_devices(j);
}

/* Words on the kernel's command line that keep it away from the device. */
static void judge_words(struct judge *j)
{
	for (size_t i = 0; i < j->choice->not_with_words.n; i++) {
		const char *no = j->choice->not_with_words.v[i];

		if (text_has_word(j->cmdline, no, NULL))
			add_remedy(add_link(j, "platform", ANSWER_FIXABLE,
					    j->kernel->source, "the command line has %s",
					    no),
				   "take it off the kernel command line");
	}
}

/* A word that this guest's kernel needs before it takes such devices. */
static void judge_needed_word(struct judge *j)
{
	const struct platform_guest *g = j->sheet ? j->sheet->guest : NULL;
	struct link *l;

	if (!g || !g->word || j->choice->emulated ||
	    text_has_word(j->cmdline, g->word, NULL))
		return;
	l = add_link(j, "word", j->cmdline ? ANSWER_FIXABLE : ANSWER_UNKNOWN,
		     j->kernel->source, "the kernel's command line lacks %s", g->word);
	add_remedy(l, say(j, "add %s to the kernel's line of the boot loader", g->word));
	if (l)
		add_cites(j, &l->cites, &g->cites);
}

void judge_exclusions(struct judge *j)
{
	const struct platform_choice *c = j->choice;

	for (size_t i = 0; i < c->not_with.n; i++) {
		const char *name = c->not_with.v[i];
		const struct module_fact *m = module_by_name(&j->kernel->modules, name);
		struct link *l = NULL;

		if (!m || !m->state)
			l = add_link(j, "platform", ANSWER_UNKNOWN, j->kernel->source,
				     "%s was not looked for", name);
		else if (strcmp(m->state, "absent") != 0)
			l = add_link(j, "platform", ANSWER_BLOCKED, m->source,
				     "this kernel leaves the disk to %s", name);
		if (l)
			add_cites(j, &l->cites, &c->cites);
	}
	judge_words(j);
	judge_needed_word(j);
}

static bool starts_by(const struct judge *j, const char *firmware)
{
	const struct platform_choice *c = j->choice;

	return strs_has(&j->platform->firmware, firmware) &&
	       (!c->firmware.n || strs_has(&c->firmware, firmware));
}

/* How the guest's UEFI start survives a move. */
static enum answer uefi_state(const struct judge *j)
{
	if (j->platform->keeps_nvram)
		return ANSWER_READY;
	switch (j->facts->boot.removable_path) {
	case KNOWN_YES:
		return ANSWER_READY;
	case KNOWN_NO:
		return ANSWER_FIXABLE;
	default:
		return ANSWER_UNKNOWN;
	}
}

static void add_uefi(struct judge *j)
{
	const struct boot_fact *b = &j->facts->boot;
	enum answer state = uefi_state(j);

	if (state == ANSWER_READY)
		add_link(j, "boot-loader", state, b->source,
			 "%s starts by UEFI from \\EFI\\BOOT",
			 plain(j, b->loader_name ? b->loader_name : b->loader));
	else if (state == ANSWER_FIXABLE)
		add_remedy(add_link(j, "boot-loader", state, b->source,
				    "\\EFI\\BOOT has no boot loader: a new machine's "
				    "firmware finds none"),
			   "install the boot loader to the removable path too "
			   "(grub-install --removable)");
	else
		add_link(j, "boot-loader", state, b->source,
			 "whether \\EFI\\BOOT has a boot loader is not known");
}

static void add_wrong_firmware(struct judge *j)
{
	const struct boot_fact *b = &j->facts->boot;
	bool bios = b->bios && b->mbr_disk;

	if (!bios && !b->uefi)
		add_link(j, "boot-loader", ANSWER_UNKNOWN, b->source,
			 "how this guest starts was not found");
	else
		add_link(j, "boot-loader", ANSWER_BLOCKED, b->source,
			 "the guest starts by %s only, %s by %s", bios ? "BIOS" : "UEFI",
			 j->choice->name, bios ? "UEFI" : "BIOS");
}

/* A folder does not show where the boot code lies. What else is missing counts more. */
static void judge_folder(struct judge *j)
{
	uint64_t decides;

	if (chain_answer(j->chain, &decides) == ANSWER_READY)
		add_link(
			j, "boot-loader", ANSWER_UNKNOWN, j->facts->boot.source,
			"all but the boot loader's place was seen and is whole; a folder "
			"does not show it: name the disks instead");
}

/* Linux replays the journal when it mounts a file system; the boot loader is there
 * before, and reads what is stored. */
static void judge_journal(struct judge *j)
{
	const struct boot_fact *b = &j->facts->boot;

	for (size_t i = 0; i < b->unreplayed.n; i++)
		add_remedy(
			add_link(j, "boot-loader", ANSWER_UNKNOWN, b->source,
				 "%s is not yet in its place, but in the journal, "
				 "which %s does not read",
				 plain(j, b->unreplayed.v[i]),
				 plain(j, b->loader_name ? b->loader_name : b->loader)),
			"shut the guest down, or mount that file system once");
}

void judge_boot_loader(struct judge *j)
{
	const struct boot_fact *b = &j->facts->boot;
	bool bios = b->bios && b->mbr_disk && starts_by(j, "bios");
	bool uefi = b->uefi && starts_by(j, "uefi");

	if (facts_is_folder(j->facts))
		judge_folder(j);
	else if (!b->loader)
		add_link(j, "boot-loader", ANSWER_UNKNOWN, b->source,
			 "no boot loader was found");
	else if (uefi && (!bios || uefi_state(j) == ANSWER_READY))
		add_uefi(j);
	else if (bios)
		add_link(j, "boot-loader", ANSWER_READY, b->source,
			 "%s starts by BIOS from %s",
			 plain(j, b->loader_name ? b->loader_name : b->loader),
			 plain(j, b->mbr_disk));
	else
		add_wrong_firmware(j);
	judge_journal(j);
}
