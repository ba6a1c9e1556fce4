/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of disks that end with a bus, and what takes their place: what is written on the
 * disk itself, as the superblocks tell it. A name whose volume is not known stays.
 */
#include "making.h"
#include "text.h"

/* Nothing of it ends a word of a shell, or is run: what superblocks hold may be anything.
 */
#define PLAIN \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_@%+=:,./-"

static bool is_made_of(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

static void edit_within(struct maker *m, plan_edits *list, const struct source *at,
			const char *word, const char *part, const char *now)
{
	const char *where = word ? strstr(word, part) : NULL;
	const char *after;

	if (!where || !at->path || !at->line || !*part)
		return;
	after = say(&m->judge, "%.*s%s%s", (int)(where - word), word, now,
		    where + strlen(part));
	if (strcmp(word, after) != 0)
		add_edit_to(m, list,
			    (struct plan_edit){.file = at->path,
					       .line = at->line,
					       .before = word,
					       .after = after});
}

void edit_part(struct maker *m, plan_edits *list, const struct source *at,
	       const char *word, const char *part, const char *now)
{
	if (is_made_of(now, PLAIN))
		edit_within(m, list, at, word, part, now);
}

void edit_quoted_part(struct maker *m, plan_edits *list, const struct source *at,
		      const char *word, const char *part, const char *now)
{
	if (is_made_of(now, PLAIN " "))
		edit_within(m, list, at, word, part, now);
}

void edit_name(struct maker *m, plan_edits *list, const struct name_fact *n,
	       const char *now)
{
	edit_part(m, list, &n->source, n->word ? n->word : n->spec, n->spec, now);
}

static bool holds_other(const struct volume_fact *v)
{
	static const char *const containers[] = {"crypto_LUKS", "LVM2_member",
						 "linux_raid_member"};

	for (size_t i = 0; i < ARRAY_LEN(containers); i++)
		if (text_same(v->fs, containers[i]))
			return true;
	return false;
}

static void tell_twin(struct maker *m, const struct name_fact *n,
		      const struct volume_fact *twin)
{
	struct judge *j = &m->judge;

	add_once(m, &m->plan->remarks,
		 say(j,
		     "%s in %s stays: UUID %s is that of %s, %s, too, and nothing else "
		     "tells them apart: give one of them another UUID (tune2fs -U, "
		     "xfs_admin -U, swaplabel -U)",
		     plain(j, n->spec),
		     n->source.path ? plain(j, n->source.path) : plain(j, n->where),
		     plain(j, twin->uuid), plain(j, twin->disk), plain(j, twin->name)));
}

/* A disk whose table has the number zero has none: udev makes no name of it. */
const char *partition_name(struct maker *m, const struct volume_fact *v)
{
	return v->partuuid && !slice_starts(slice_str(v->partuuid), "00000000-") &&
			       !facts_twin(m->judge.facts, v, VOLUME_PARTUUID)
		       ? say(&m->judge, "PARTUUID=%s", v->partuuid)
		       : NULL;
}

const char *volume_name(struct maker *m, const struct name_fact *n,
			const struct volume_fact *v)
{
	const struct facts *f = m->judge.facts;
	const struct volume_fact *twin = facts_twin(f, v, VOLUME_UUID);
	const char *name = NULL;

	if (v->uuid && !twin)
		return say(&m->judge, "UUID=%s", v->uuid);
	if (twin)
		name = partition_name(m, v);
	if (twin && !name && v->label && !facts_twin(f, v, VOLUME_LABEL))
		name = say(&m->judge, "LABEL=%s", v->label);
	if (twin && !name)
		tell_twin(m, n, twin);
	return name;
}

/* mount(8), swapon(8), initramfs-tools: a file system or swap space by its UUID. */
static const char *content_name(struct maker *m, const struct name_fact *n,
				const struct volume_fact *v)
{
	return holds_other(v) ? NULL : volume_name(m, n, v);
}

/* crypttab(5): LUKS knows a UUID. Without its header every start makes other bytes of the
 * device: only its entry in the partition table stays. */
static const char *crypt_name(struct maker *m, const struct name_fact *n,
			      const struct volume_fact *v)
{
	return text_same(v->fs, "crypto_LUKS") && v->uuid ? volume_name(m, n, v)
							  : partition_name(m, v);
}

static const char *menu_name(struct maker *m, const struct name_fact *n,
			     const struct volume_fact *v)
{
	(void)v;
	return lasting_name(m, n,
			    m->kernels.n && without_initramfs(m->kernels.v[0].fact));
}

/* A row for each file in which a volume's own name may stand. Words of the boot menu are
 * another matter than those in an initramfs: cmdline.c. */
static const struct {
	const char *where;
	const char *(*name)(struct maker *m, const struct name_fact *n,
			    const struct volume_fact *v);
	bool inside; /* of an initramfs only */
} rows[] = {
	{"fstab", content_name},       {"crypttab", crypt_name},
	{"resume.conf", content_name}, {"menu setting", menu_name},
	{"root=", content_name, true}, {"resume=", content_name, true},
};

/* grub-mkconfig(8) names / by the bus again while one of these is true. */
static void allow_uuids(struct maker *m, struct plan_step *s)
{
	const struct boot_fact *b = &m->judge.facts->boot;

	for (size_t i = 0; i < b->settings.n; i++) {
		const struct menu_setting_fact *set = &b->settings.v[i];

		if (slice_starts(slice_str(set->name), "GRUB_DISABLE_") &&
		    text_same(set->value, "true") && set->source.path)
			add_edit(m, s,
				 (struct plan_edit){
					 .file = set->source.path,
					 .line = set->source.line,
					 .before = set->word,
					 .after = say(&m->judge, "# %s", set->word)});
	}
}

/* A disk that is not here may hold anything: what a boot needs of it is told. Where mdadm
 * looks, no name is needed. */
static void tell_elsewhere(const struct renaming *r, const struct name_fact *n)
{
	struct judge *j = &r->m->judge;

	if (!n->needed || n->resolves_to || !n->spec || !n->source.path ||
	    !n->source.line || text_same(n->kind, "other") ||
	    text_same(n->target, "DEVICE"))
		return;
	add_once(r->m, &r->m->plan->remarks,
		 say(j,
		     "%s:%llu%s has %s, which is on none of these disks: name its disk, "
		     "too, or write there what blkid prints for it",
		     plain(j, n->source.path), (unsigned long long)n->source.line,
		     r->inside ? " in the initramfs" : "", plain(j, n->spec)));
}

static void edit_list(const struct renaming *r, const void *ctx)
{
	const struct facts *f = r->m->judge.facts;
	const struct device_verdict *d = ctx;

	for (size_t i = 0; i < r->names->n; i++) {
		const struct name_fact *n = &r->names->v[i];
		const struct volume_fact *v = facts_volume_of_name(f, n);
		const char *now = NULL;

		if (!n->stable && !v)
			tell_elsewhere(r, n);
		if (n->stable || !v || !text_same(facts_disk_of_name(f, n), d->name))
			continue;
		for (size_t k = 0; !now && k < ARRAY_LEN(rows); k++)
			if (text_same(n->where, rows[k].where) &&
			    (r->inside || !rows[k].inside))
				now = rows[k].name(r->m, n, v);
		if (now)
			edit_name(r->m, r->to, n, now);
	}
}

void rename_everywhere(struct maker *m, struct plan_step *s,
		       void (*edit)(const struct renaming *r, const void *ctx),
		       const void *ctx)
{
	edit(&(struct renaming){m, &m->judge.facts->names, &s->edits, false}, ctx);
	for (size_t k = 0; k < m->kernels.n; k++) {
		plan_edits edits = {0};

		edit(&(struct renaming){m, &m->kernels.v[k].fact->initramfs.names, &edits,
					true},
		     ctx);
		edit_in_initramfs(m, s, &m->kernels.v[k], &edits);
	}
}

void edit_disk_names(struct maker *m, const struct device_verdict *d, struct plan_step *s)
{
	const struct facts *f = m->judge.facts;

	if (!d->name)
		return;
	rename_everywhere(m, s, edit_list, d);
	for (size_t i = 0; i < f->names.n; i++) {
		const struct name_fact *n = &f->names.v[i];
		const struct volume_fact *v = facts_volume_of_name(f, n);

		if (!n->stable && v && strs_has(&v->mounted_at, "/") &&
		    !facts_twin(f, v, VOLUME_UUID) &&
		    text_same(facts_disk_of_name(f, n), d->name))
			allow_uuids(m, s);
	}
}
