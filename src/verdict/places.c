/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The links around the driver: the kernel itself, names of disks in the guest's
 * configuration, and the boot loader that has to read its disk.
 */
#include "chain.h"

#include <string.h>

#include "text.h"

bool is_folder(const struct facts *f)
{
	for (size_t i = 0; i < f->disks.n; i++)
		if (!text_same(f->disks.v[i].format, "directory"))
			return false;
	return f->disks.n > 0;
}

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

/* Directories that hold what the chain rests on. One that fstab mounts and that was not
 * seen hides whatever else was found in its place. */
static void judge_mounts(struct judge *j)
{
	static const char *const dirs[] = {"/boot", "/etc", "/lib", "/usr"};
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->names.n && !is_folder(f); i++) {
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
}

/* Words on the kernel's command line that keep it away from the device. */
static void judge_words(struct judge *j)
{
	struct slice s = slice_str(j->cmdline ? j->cmdline : ""), word;

	while (text_word(&s, &word)) {
		for (size_t i = 0; i < j->choice->not_with_words.n; i++) {
			const char *no = j->choice->not_with_words.v[i];

			if (slice_eq(text_unquote(word), no))
				add_remedy(add_link(j, "platform", ANSWER_FIXABLE,
						    j->kernel->source,
						    "the command line has %s", no),
					   "take it off the kernel command line");
		}
	}
}

/* A word that this guest's kernel needs before it takes such devices. */
static void judge_needed_word(struct judge *j)
{
	const struct platform_guest *g = j->sheet ? j->sheet->guest : NULL;
	struct slice s = slice_str(j->cmdline ? j->cmdline : ""), word;
	struct link *l;

	if (!g || !g->word || j->choice->emulated)
		return;
	while (text_word(&s, &word))
		if (slice_eq(text_unquote(word), g->word))
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

/* Does a name speak of the disk judged? One that matches no disk counts for the boot
 * disk. */
static bool concerns(const struct judge *j, const struct name_fact *n)
{
	const char *disk = facts_disk_of_name(j->facts, n);

	if (n->kind && strcmp(n->kind, "virtual") == 0)
		return false;
	if (!disk)
		return j->starts || j->early;
	return j->disk && strcmp(disk, j->disk) == 0;
}

/* Is "/dev/vda1" of the disks "vd", "/dev/nvme0n1p1" of "nvme"? After the prefix stand
 * one or two letters or a number. */
static bool has_prefix(const char *spec, const char *prefix)
{
	struct slice s = slice_str(spec);
	size_t letters = 0, n = strlen("/dev/");

	if (!slice_starts(s, "/dev/") || !slice_sub(s, n, s.n - n, &s))
		return false;
	n = strlen(prefix);
	if (!slice_starts(s, prefix) || !slice_sub(s, n, s.n - n, &s))
		return false;
	while (slice_at(s, letters) >= 'a' && slice_at(s, letters) <= 'z')
		letters++;
	if (letters == s.n)
		return letters == 1 || letters == 2;
	return letters <= 2 && text_is_digit(slice_at(s, letters));
}

/* READY: the name keeps its meaning under this choice. */
static enum answer name_state(const struct judge *j, const struct name_fact *n)
{
	if (n->stable || !n->needed)
		return ANSWER_READY;
	if (!n->kind || !n->spec || strcmp(n->kind, "other") == 0)
		return ANSWER_UNKNOWN;
	/* Of several disks the names may be given out in another order, unless each
	 * stays where it is. */
	if (strcmp(n->kind, "bus-name") == 0 &&
	    (j->facts->disks.n <= 1 || j->choice->keeps_place) &&
	    has_prefix(n->spec, j->choice->disk_prefix))
		/* what is not there now may be on a disk that was not given */
		return n->resolves_to || is_folder(j->facts) ? ANSWER_READY
							     : ANSWER_UNKNOWN;
	return ANSWER_FIXABLE;
}

/* What mends a name. GRUB 2's menu is made anew from its own configuration: a change in
 * the menu alone is lost with the next kernel. */
static const char *remedy_of_name(struct judge *j, const struct name_fact *n)
{
	bool cmdline = text_same(n->where, "root=") || text_same(n->where, "resume=");

	if (cmdline && text_same(j->facts->boot.loader, "grub2"))
		return say(j,
			   "name it by UUID=... (blkid prints it) in /etc/default/grub "
			   "instead of "
			   "%s, without GRUB_DISABLE_LINUX_UUID, then make the menu anew "
			   "(update-grub or grub2-mkconfig)",
			   plain(j, n->spec));
	return say(j, "write UUID=... for %s there (blkid prints it)", plain(j, n->spec));
}

static struct link *add_name(struct judge *j, const struct name_fact *n,
			     enum answer state, size_t others)
{
	const char *more = others ? say(j, " (and %zu more such names)", others) : "";
	const char *where = n->source.path ? plain(j, n->source.path)
			    : n->where     ? plain(j, n->where)
					   : "the configuration";
	struct link *l;

	if (state == ANSWER_UNKNOWN)
		return add_link(j, "names", state, n->source,
				"what %s in %s will mean is not known%s",
				plain(j, n->spec), where, more);
	if (n->source.line)
		where = say(j, "%s:%llu", where, (unsigned long long)n->source.line);
	if (n->kind && strcmp(n->kind, "bus-name") == 0 &&
	    has_prefix(n->spec, j->choice->disk_prefix))
		l = add_link(j, "names", state, n->source,
			     "%s has %s, which may become another disk's name%s", where,
			     plain(j, n->spec), more);
	else if (n->kind && strcmp(n->kind, "bus-name") == 0)
		l = add_link(j, "names", state, n->source,
			     "%s has %s, but disks are named /dev/%s... here%s", where,
			     plain(j, n->spec), j->choice->disk_prefix, more);
	else
		l = add_link(j, "names", state, n->source,
			     "%s has %s, which names the old bus%s", where,
			     plain(j, n->spec), more);
	add_remedy(l, remedy_of_name(j, n));
	return l;
}

static bool is_root(const struct name_fact *n)
{
	return text_same(n->target, "/") || text_same(n->where, "root=");
}

/* The name that / is mounted by, root= before fstab. */
static const struct name_fact *root_name(const struct facts *f)
{
	const struct name_fact *found = NULL;

	for (size_t i = 0; i < f->names.n; i++)
		if (is_root(&f->names.v[i]) &&
		    (!found || text_same(f->names.v[i].where, "root=")))
			found = &f->names.v[i];
	return found;
}

/* / must be named, by something that is there and that the kernel can follow. */
static bool judge_root_name(struct judge *j)
{
	const struct name_fact *n = root_name(j->facts);

	if (!n || !n->spec || !n->kind) {
		add_link(j, "names", ANSWER_UNKNOWN, (struct source){0},
			 "neither root= nor a line of fstab names /");
		return false;
	}
	if (!n->resolves_to && !is_folder(j->facts)) {
		add_link(j, "names", ANSWER_UNKNOWN, n->source,
			 "/ is %s, which is on none of these disks", plain(j, n->spec));
		return false;
	}
	if (without_initramfs(j->kernel) && !text_same(n->kind, "bus-name") &&
	    !text_same(n->kind, "partuuid")) {
		add_remedy(add_link(j, "names", ANSWER_FIXABLE, n->source,
				    "without an initramfs the kernel cannot follow %s",
				    plain(j, n->spec)),
			   "name / by PARTUUID=, or add an initramfs");
		return false;
	}
	return true;
}

static bool judge_names_read(struct judge *j)
{
	for (size_t i = 0; i < j->facts->problems.n; i++) {
		const struct problem_fact *p = &j->facts->problems.v[i];

		if (text_same(p->about, "names") && !text_same(p->code, "remark")) {
			add_link(j, "names", ANSWER_UNKNOWN, p->source,
				 "names of disks could not be read: %s",
				 plain(j, p->text));
			return false;
		}
	}
	return true;
}

void judge_names(struct judge *j)
{
	static const enum answer states[] = {ANSWER_UNKNOWN, ANSWER_FIXABLE};
	const struct facts *f = j->facts;
	bool whole = judge_names_read(j);

	if (j->starts || j->early)
		whole = judge_root_name(j) && whole;
	for (size_t s = 0; s < ARRAY_LEN(states); s++) {
		const struct name_fact *first = NULL;
		size_t count = 0;

		for (size_t i = 0; i < f->names.n; i++) {
			const struct name_fact *n = &f->names.v[i];

			if (!concerns(j, n) || name_state(j, n) != states[s])
				continue;
			first = first ? first : n;
			count++;
		}
		if (first)
			add_name(j, first, states[s], count - 1);
		whole = whole && !first;
	}
	if (whole)
		add_link(j, "names", ANSWER_READY, (struct source){0},
			 "no name changes its meaning");
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

void judge_boot_loader(struct judge *j)
{
	const struct boot_fact *b = &j->facts->boot;
	bool bios = b->bios && b->mbr_disk && starts_by(j, "bios");
	bool uefi = b->uefi && starts_by(j, "uefi");

	if (is_folder(j->facts))
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
}
