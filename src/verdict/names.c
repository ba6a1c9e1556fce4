/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of disks in the guest's configuration: what they mean once its disks are on
 * another bus.
 */
#include "chain.h"

#include <string.h>

#include "text.h"

/* Does a name speak of the disk judged? One that matches no disk counts for every disk:
 * where a table of partitions is damaged it may be this one's, all the same. */
static bool concerns(const struct judge *j, const struct name_fact *n)
{
	const char *disk = facts_disk_of_name(j->facts, n);

	if (n->kind && strcmp(n->kind, "virtual") == 0)
		return false;
	if (!disk)
		return true;
	return j->disk && strcmp(disk, j->disk) == 0;
}

/* In an initramfs, one that matches no disk is the boot disk's. */
static bool concerns_inside(const struct judge *j, const struct name_fact *n)
{
	return concerns(j, n) && (j->early || n->resolves_to);
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

/* Does systemd start the guest, and nothing that the command line names? */
static bool starts_systemd(const struct judge *j)
{
	const char *init = j->facts->os.init;
	struct slice other;

	return init && slice_ends(slice_str(init), "/systemd") &&
	       !text_word_after(j->cmdline, "init=", &other);
}

/* A line of fstab for the / that root= has mounted. systemd checks and remounts what is
 * mounted, whatever the line calls it (systemd-fsck-root and systemd-remount-fs(8));
 * start scripts of before hand the name of the line to fsck(8), and stop. */
static bool is_idle(const struct judge *j, const struct name_fact *n)
{
	const struct name_fact *root = root_name(j->facts);

	return text_same(n->where, "fstab") && text_same(n->target, "/") && root != n &&
	       root->stable && root->resolves_to && starts_systemd(j);
}

/* Does the machine offer the disk of a name under another one? "/dev/xvdb1" is on the
 * disk that it calls xvdb. */
static bool is_offered_elsewhere(const struct judge *j, const struct name_fact *n)
{
	const char *disk = facts_disk_of_name(j->facts, n);
	size_t dev = strlen("/dev/");

	for (size_t i = 0; i < j->facts->machine.disks.n; i++) {
		const struct machine_disk *d = &j->facts->machine.disks.v[i];
		struct slice spec = slice_str(n->spec);

		if (!d->pv || !d->target || !text_same(d->disk, disk))
			continue;
		return !slice_sub(spec, dev, spec.n - dev, &spec) ||
		       !slice_starts(spec, d->target) ||
		       (slice_at(spec, strlen(d->target)) >= 0 &&
			!text_is_digit(slice_at(spec, strlen(d->target))));
	}
	return false;
}

/* READY: the name keeps its meaning under this choice. */
static enum answer name_state(struct judge *j, const struct name_fact *n)
{
	if (n->stable || !n->needed || is_idle(j, n))
		return ANSWER_READY;
	if (!n->kind || !n->spec || strcmp(n->kind, "other") == 0)
		return ANSWER_UNKNOWN;
	if (text_same(n->target, "DEVICE") && strpbrk(n->spec, "*?["))
		return takes_members(j, n->spec) ? ANSWER_READY : ANSWER_FIXABLE;
	/* Of several disks the names may be given out in another order, unless each
	 * stays where it is. */
	if (strcmp(n->kind, "bus-name") == 0 &&
	    (j->facts->disks.n <= 1 || j->choice->keeps_place) &&
	    has_prefix(n->spec, j->choice->disk_prefix) && !is_offered_elsewhere(j, n))
		/* what is not there now may be on a disk that was not given */
		return n->resolves_to || facts_is_folder(j->facts) ? ANSWER_READY
								   : ANSWER_UNKNOWN;
	return ANSWER_FIXABLE;
}

/* "/etc/fstab:2 has /dev/sda1, but disks are named /dev/vd... here" */
static const char *changed_meaning(struct judge *j, const struct name_fact *n,
				   bool inside)
{
	const char *spec = plain(j, n->spec);
	const char *where = n->source.path ? plain(j, n->source.path)
			    : n->where     ? plain(j, n->where)
					   : "the configuration";

	if (n->source.line)
		where = say(j, "%s:%llu", where, (unsigned long long)n->source.line);
	where = say(j, "%s%s has %s", where, inside ? " in the initramfs" : "", spec);
	if (!text_same(n->kind, "bus-name"))
		return say(j, "%s, which names the old bus", where);
	if (has_prefix(n->spec, j->choice->disk_prefix))
		return say(j, "%s, which may become another disk's name", where);
	return say(j, "%s, but disks are named /dev/%s... here", where,
		   j->choice->disk_prefix);
}

static void add_name(struct judge *j, const struct name_fact *n, enum answer state,
		     size_t others, bool inside)
{
	const char *more = others ? say(j, " (and %zu more such names)", others) : "";
	bool elsewhere = text_same(n->kind, "bus-name") && !n->resolves_to &&
			 !facts_is_folder(j->facts);

	if (state == ANSWER_UNKNOWN)
		add_link(j, "names", state, n->source,
			 "what %s in %s%s will mean is not known%s%s", plain(j, n->spec),
			 n->source.path ? plain(j, n->source.path)
			 : n->where     ? plain(j, n->where)
					: "the configuration",
			 inside ? " in the initramfs" : "", more,
			 elsewhere ? ": it is on none of these disks; name the guest's "
				     "other disks, too"
				   : "");
	else
		add_remedy(add_link(j, "names", state, n->source, "%s%s",
				    changed_meaning(j, n, inside), more),
			   remedy_of_name(j, n, inside));
}

const struct name_fact *own_root_line(const struct facts *f, const struct name_fact *n)
{
	for (size_t i = 0; i < f->names.n; i++) {
		const struct name_fact *line = &f->names.v[i];
		const struct volume_fact *v = facts_volume_of_name(f, line);

		if (line != n && text_same(line->where, "fstab") &&
		    text_same(line->target, "/") && line->stable && v &&
		    strs_has(&v->mounted_at, "/"))
			return line;
	}
	return NULL;
}

/* Nothing here has the name of /: a disk may not have been given, unless the / that is
 * here knows itself by another name. */
static void add_lost_root(struct judge *j, const struct name_fact *n)
{
	const struct name_fact *line = own_root_line(j->facts, n);

	if (line)
		add_remedy(
			add_link(j, "names", ANSWER_FIXABLE, n->source,
				 "/ is %s, which is on none of these disks; the / that "
				 "is here has %s in its fstab",
				 plain(j, n->spec), plain(j, line->spec)),
			say(j, "name that on the kernel command line: root=%s",
			    plain(j, line->spec)));
	else
		add_link(j, "names", ANSWER_UNKNOWN, n->source,
			 "/ is %s, which is on none of these disks; name the guest's "
			 "other disks, too",
			 plain(j, n->spec));
}

/* The subvolume that the command line asks for is not the one that was read as /. */
static const char *other_subvolume(struct judge *j, const struct volume_fact *root)
{
	struct slice rest = slice_str(j->cmdline ? j->cmdline : ""), flag, value;
	struct text_parameter p;
	const char *asked = NULL;

	while (text_parameter(&rest, &p))
		while (slice_eq(p.key, "rootflags") && p.value.n) {
			if (!text_split(p.value, ',', &flag, &p.value)) {
				flag = p.value;
				p.value = SLICE_NONE;
			}
			if (slice_after(flag, "subvol=", &value))
				asked = arena_strndup(j->arena, value);
		}
	for (size_t i = 0; asked && i < root->mounted_at.n && i < root->subvolumes.n; i++)
		if (strcmp(root->mounted_at.v[i], "/") == 0 &&
		    strcmp(root->subvolumes.v[i] + strspn(root->subvolumes.v[i], "/"),
			   asked + strspn(asked, "/")) != 0)
			return asked;
	return NULL;
}

/* The kernel mounts what root= and rootflags= name; all else here was read from the /
 * that the disks have. */
static bool is_other_root(struct judge *j, const struct name_fact *n)
{
	const struct volume_fact *named = facts_volume_of_name(j->facts, n);
	const struct volume_fact *root = facts_root_volume(j->facts);
	const char *subvolume;

	if (!text_same(n->where, "root=") || !named || !root)
		return false;
	if (named != root && !(named->uuid && text_same(named->uuid, root->uuid))) {
		add_link(j, "names", ANSWER_UNKNOWN, n->source,
			 "root= names %s, but the / that was read is on %s",
			 plain(j, n->resolves_to),
			 root->name ? plain(j, root->name) : plain(j, root->disk));
		return true;
	}
	subvolume = other_subvolume(j, root);
	if (subvolume)
		add_link(j, "names", ANSWER_UNKNOWN, n->source,
			 "rootflags= names the subvolume %s, which is not the one that "
			 "was read as /",
			 plain(j, subvolume));
	return subvolume != NULL;
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
	if (!n->resolves_to && !facts_is_folder(j->facts)) {
		add_lost_root(j, n);
		return false;
	}
	if (is_other_root(j, n))
		return false;
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

/* The first name that ends with the bus and that nothing fails without. */
static const struct name_fact *first_unneeded(struct judge *j)
{
	for (size_t i = 0; i < j->facts->names.n; i++) {
		struct name_fact n = j->facts->names.v[i];

		if (n.needed || n.stable || !concerns(j, &n))
			continue;
		n.needed = true;
		if (name_state(j, &n) == ANSWER_FIXABLE)
			return &j->facts->names.v[i];
	}
	return NULL;
}

/* Does the boot loader say what to resume from, or that nothing is? It counts. */
static bool is_resume_given(const struct judge *j)
{
	struct slice rest;

	return text_word_after(j->cmdline, "resume=", &rest) ||
	       text_has_word(j->cmdline, "noresume", NULL);
}

/* initramfs-tools waits for the disk to resume from, some 30 seconds, and for volumes of
 * its crypttab that / does not lie on, then goes on (scripts/local-premount/resume,
 * local-top/cryptroot); so does dracut. */
static bool is_waited_for(const struct judge *j, const struct name_fact *n)
{
	return text_same(n->where, "crypttab") ||
	       ((text_same(n->where, "resume.conf") || text_same(n->where, "resume=")) &&
		!is_resume_given(j));
}

static void add_waits(struct judge *j)
{
	const name_list *inside = &j->kernel->initramfs.names;

	for (size_t i = 0; i < inside->n; i++) {
		struct name_fact n = inside->v[i];
		struct link *l;

		if (n.needed || !is_waited_for(j, &n) || !concerns_inside(j, &n))
			continue;
		n.needed = true;
		if (name_state(j, &n) != ANSWER_FIXABLE)
			continue;
		l = add_link(j, "names", ANSWER_READY, n.source,
			     "%s: the start waits for it, then goes on without",
			     changed_meaning(j, &n, true));
		add_remedy(l, remedy_of_name(j, &n, true));
		if (l)
			l->warning = true;
	}
}

static void add_whole(struct judge *j)
{
	const struct facts *f = j->facts;
	const struct name_fact *idle = NULL, *unneeded = first_unneeded(j);

	for (size_t i = 0; i < f->names.n; i++) {
		const struct name_fact *n = &f->names.v[i];

		if (!n->stable && n->needed && concerns(j, n) && is_idle(j, n))
			idle = n;
	}
	if (idle)
		add_link(j, "names", ANSWER_READY, idle->source,
			 "%s in %s keeps nothing from starting: systemd takes the / that "
			 "root= names",
			 plain(j, idle->spec), plain(j, idle->source.path));
	else if (unneeded)
		add_link(
			j, "names", ANSWER_READY, unneeded->source,
			"no name that the start needs changes its meaning; %s in %s will "
			"name nothing, or another disk",
			plain(j, unneeded->spec), plain(j, unneeded->source.path));
	else
		add_link(j, "names", ANSWER_READY, (struct source){0},
			 "no name changes its meaning");
}

static bool judge_list(struct judge *j, const name_list *list, bool inside)
{
	static const enum answer states[] = {ANSWER_UNKNOWN, ANSWER_FIXABLE};
	bool whole = true;

	for (size_t s = 0; s < ARRAY_LEN(states); s++) {
		const struct name_fact *first = NULL;
		size_t count = 0;

		for (size_t i = 0; i < list->n; i++) {
			const struct name_fact *n = &list->v[i];

			if (!(inside ? concerns_inside(j, n) : concerns(j, n)) ||
			    name_state(j, n) != states[s])
				continue;
			first = first ? first : n;
			count++;
		}
		if (first)
			add_name(j, first, states[s], count - 1, inside);
		whole = whole && !first;
	}
	return whole;
}

void judge_names(struct judge *j)
{
	bool whole = judge_names_read(j);

	if (j->starts || j->early)
		whole = judge_root_name(j) && whole;
	whole = judge_list(j, &j->facts->names, false) && whole;
	whole = judge_list(j, &j->kernel->initramfs.names, true) && whole;
	whole = judge_lvm(j) && whole;
	whole = judge_dracut(j) && whole;
	if (whole)
		add_whole(j);
	add_waits(j);
}
