/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every name by which the guest's configuration means a disk: where it stands, whether it
 * outlives a change of the disk's bus, whether the boot needs it, and what it means here.
 */
#include "names.h"

#include "crypttab.h"
#include "escape.h"
#include "limits.h"
#include "name_kind.h"
#include "text.h"
#include "tolerate.h"
#include "volumes.h"

/* --- One name --- */

/* "/dev/mapper/vg-lv"; a dash inside of a name is doubled there. */
static bool is_mapped_volume(const char *spec)
{
	struct slice s = slice_str(spec);
	size_t start = strlen("/dev/mapper/");

	for (size_t i = start; i < s.n; i++) {
		if (slice_at(s, i) != '-')
			continue;
		if (slice_at(s, i + 1) != '-')
			return i > start && i + 1 < s.n;
		i++;
	}
	return false;
}

/* What nothing needs in an initramfs is only worth a word, if that. */
static int two_volumes(struct naming *n, const struct name_fact *f, struct err *e)
{
	struct err why = ERR_INIT;

	if (n->to != &n->g->facts->names && !f->needed)
		return 0;
	err_set(&why, ERR_AMBIGUOUS,
		"%s is on two volumes: which one the guest takes is not known",
		escape_short(slice_str(f->spec)).text);
	return guest_problem(n->g, "names", f->source, &why) < 0
		       ? arena_full(n->g->arena, e)
		       : 0;
}

/* What the name means among the volumes that were given. */
static int resolve(struct naming *n, struct name_fact *f, struct err *e)
{
	const struct facts *facts = n->g->facts;
	const struct volume_fact *v = NULL;
	size_t index;

	switch (volume_by_spec(facts, f->spec, &index)) {
	case SPEC_SEVERAL:
		return two_volumes(n, f, e);
	case SPEC_ONE:
		v = &facts->volumes.v[index];
		break;
	case SPEC_NONE:
		break;
	}
	if (!v)
		return 0;
	f->resolves_to = volume_title(n->g->arena, v);
	return f->resolves_to ? 0 : arena_full(n->g->arena, e);
}

int names_add(struct naming *n, struct name_fact f, struct err *e)
{
	struct name_kind kind = name_kind_of(f.spec);
	struct arena *a = n->g->arena;
	volume_refs stack;
	int r;

	if (!kind.kind)
		return 0;
	f.kind = kind.kind;
	f.stable = kind.stable;
	if (strcmp(f.kind, "removable") == 0)
		f.needed = false;
	if (strcmp(f.kind, "mapper") == 0 &&
	    !strs_has(&n->crypt_names, f.spec + strlen("/dev/mapper/")) &&
	    is_mapped_volume(f.spec))
		f.kind = "lvm";
	f.spec = arena_strdup(a, f.spec);
	f.target = f.target ? arena_strdup(a, f.target) : NULL;
	f.word = f.word ? arena_strdup(a, f.word) : NULL;
	if (!f.spec)
		return arena_full(a, e);
	if (n->to->n == LIMIT_NAMES)
		return err_set(e, ERR_LIMIT, "more than %d names of disks", LIMIT_NAMES);
	r = resolve(n, &f, e);
	if (r < 0)
		return r;
	if (f.needed && !n->needs_md) {
		if (!facts_stack_of(n->g->facts, facts_volume_of_name(n->g->facts, &f),
				    n->g->scratch, &stack))
			return arena_full(n->g->scratch, e);
		n->needs_md = strcmp(f.kind, "md") == 0 || facts_array_of(&stack);
	}
	return vec_push(a, n->to, f) ? 0 : arena_full(a, e);
}

/* --- The kernel's command line --- */

/* "rd.luks.name=UUID=NAME", "cryptdevice=DEVICE:NAME[:OPTIONS]": a name that is opened
 * without a line of crypttab. */
static int read_mapping(struct naming *n, struct slice word, struct err *e)
{
	struct slice device, name;
	const char *device_text, *name_text;
	bool by_uuid = slice_after(word, "rd.luks.name=", &word);

	if (!by_uuid && !slice_after(word, "cryptdevice=", &word))
		return 0;
	if (!text_split(word, by_uuid ? '=' : ':', &device, &name))
		return 0;
	name.n = slice_find(name, 0, ':');
	device_text = arena_printf(n->g->scratch, "%s%.*s", by_uuid ? "UUID=" : "",
				   (int)device.n, (const char *)device.p);
	name_text = arena_strndup(n->g->scratch, name);
	if (!device_text || !name_text ||
	    !vec_push(n->g->scratch, &n->crypt_names, name_text))
		return arena_full(n->g->scratch, e);
	return crypttab_map(n->g, name_text, device_text, e);
}

static int read_mappings(struct naming *n, struct slice words, struct err *e)
{
	struct slice word;
	int r = 0;

	while (r == 0 && text_argument(&words, &word))
		r = read_mapping(n, text_unquote(word), e);
	return r;
}

static int read_default_entry(struct naming *n, struct err *e)
{
	const struct entry_fact *entry = facts_default_entry(n->g->facts);
	struct slice rest = slice_str(entry && entry->cmdline ? entry->cmdline : "");
	name_list found = {0};
	struct names_text t = {.source =
				       entry ? entry->cmdline_source : (struct source){0},
			       .arena = n->g->scratch,
			       .scratch = n->g->scratch,
			       .to = &found};
	struct slice word;
	int r = read_mappings(n, rest, e);

	while (r == 0 && text_argument(&rest, &word))
		r = names_of_word(&t, text_unquote(word), (struct name_fact){0},
				  t.source.line, e);
	return r == 0 ? names_add_all(n, &found, e) : r;
}

/* No boot waits for them: they come into the menu when it is made anew. */
static int read_settings(struct naming *n, struct err *e)
{
	const struct boot_fact *b = &n->g->facts->boot;
	name_list found = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->settings.n; i++) {
		const struct menu_setting_fact *s = &b->settings.v[i];
		struct names_text t = {.source = s->source,
				       .arena = n->g->scratch,
				       .scratch = n->g->scratch,
				       .to = &found};

		r = names_of_word(
			&t, slice_str(s->value),
			(struct name_fact){.where = "menu setting", .word = s->word},
			s->source.line, e);
	}
	return r == 0 ? names_add_all(n, &found, e) : r;
}

/* --- The table --- */

static const struct {
	const char *path; /* a folder when it ends in a slash */
	int (*read)(const struct names_text *t, struct err *e);
} files[] = {
	/* crypttab before fstab: it tells which of /dev/mapper/ are no logical volumes.
	 */
	{"/etc/crypttab", names_of_crypttab},
	{"/etc/crypttab.initramfs", names_of_crypttab},
	{"/etc/fstab", names_of_fstab},
	{"/etc/initramfs-tools/initramfs.conf", names_of_initramfs_conf},
	{"/etc/initramfs-tools/conf.d/", names_of_initramfs_conf},
	{"/boot/grub/device.map", names_of_device_map},
	{"/boot/grub2/device.map", names_of_device_map},
	/* These count when something needs arrays: so they come last. */
	{"/etc/mdadm/mdadm.conf", names_of_mdadm},
	{"/etc/mdadm.conf", names_of_mdadm},
};

int names_add_all(struct naming *n, const name_list *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++)
		if (text_same(list->v[i].where, "crypttab") &&
		    !vec_push(n->g->scratch, &n->crypt_names, list->v[i].target))
			r = arena_full(n->g->scratch, e);
	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = names_add(n, list->v[i], e);
	return r;
}

/* Does the start read the names in this file? */
static bool is_read_at_start(const struct naming *n, const char *path)
{
	if (slice_ends(slice_str(path), "/mdadm.conf"))
		return n->needs_md;
	/* mkinitcpio copies it into the next initramfs */
	return !slice_ends(slice_str(path), ".initramfs");
}

/* One file: missing is nothing, damage is a problem and the next one is read. */
static int read_file(struct naming *n, size_t row, const char *path, struct err *e)
{
	name_list found = {0};
	struct names_text t = {
		.arena = n->g->scratch, .scratch = n->g->scratch, .to = &found};
	struct file file;
	int r = guest_config(n->g, path, &file, &t.text, e);

	if (r >= 0 && slice_find(t.text, 0, 0) < t.text.n)
		r = err_set(e, ERR_CORRUPT, "%s holds a NUL byte",
			    escape_short(slice_str(path)).text);
	if (r >= 0) {
		t.source = guest_source(n->g, &file, 0, 0);
		r = files[row].read(&t, e);
	}
	for (size_t i = 0; i < found.n; i++)
		found.v[i].needed = found.v[i].needed && is_read_at_start(n, path);
	if (r >= 0)
		r = names_add_all(n, &found, e);
	return r < 0 ? tolerate(n->g, "names", path, e) : 0;
}

/* Copies that package managers leave there are not read by initramfs-tools. */
static bool is_left_over(const char *name)
{
	struct slice s = slice_str(name);

	return slice_starts(s, ".") || slice_search(s, ".dpkg-", 6) < s.n;
}

static int read_row(struct naming *n, size_t row, struct err *e)
{
	const char *path = files[row].path;
	dir_list names = {0};
	int r;

	if (!slice_ends(slice_str(path), "/"))
		return read_file(n, row, path, e);
	r = tree_list(n->g->tree, path, &names, e);
	if (r < 0)
		return tolerate(n->g, "names", path, e);
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		const char *file;

		if (names.v[i].type == NODE_DIR || is_left_over(names.v[i].name))
			continue;
		file = arena_printf(n->g->scratch, "%s%s", path, names.v[i].name);
		r = file ? read_file(n, row, file, e) : arena_full(n->g->scratch, e);
	}
	return r;
}

static int read_all(struct guest *g, struct err *e)
{
	struct naming n = {.g = g, .to = &g->facts->names};
	int r;

	if (!g->tree)
		return 0;
	r = read_default_entry(&n, e);
	if (r == 0)
		r = read_settings(&n, e);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(files); i++)
		r = read_row(&n, i, e);
	return r == 0 ? names_resolve_paths(&n, e) : r;
}

const struct guest_reader read_names = {
	.name = "names",
	.doc = "names of disks in fstab, crypttab, the kernel's command line, mdadm",
	.read = read_all,
};
