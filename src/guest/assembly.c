/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "assembly.h"

#include "assembly_disks.h"
#include "assembly_luks.h"
#include "assembly_lvm.h"
#include "assembly_md.h"
#include "assembly_members.h"
#include "assembly_root.h"
#include "escape.h"
#include "fstab.h"
#include "limits.h"
#include "text.h"
#include "volumes.h"

int assembly_add_mountable(struct assembly *as, struct guest *g, struct fs *fs,
			   size_t volume, struct err *e)
{
	struct mountable m = {fs, volume};
	struct volume_fact *v = &g->facts->volumes.v[volume];

	if (!vec_push(g->arena, &as->mountables, m)) {
		fs_free(fs);
		return arena_full(g->arena, e);
	}
	v->fs = fs->type;
	v->uuid = fs->uuid;
	v->label = fs->label;
	v->journal = fs->journal;
	v->unmountable = fs->unmountable;
	v->read = true;
	for (size_t i = 0; i < fs->remarks.n; i++)
		if (guest_remark(g, "filesystem", volume_source(v), "%s",
				 fs->remarks.v[i]) < 0)
			return arena_full(g->arena, e);
	if (fs->journal && strcmp(fs->journal, "replayed") == 0 &&
	    guest_remark(g, "filesystem", volume_source(v),
			 "the journal was replayed in memory; the image is as it was") <
		    0)
		return arena_full(g->arena, e);
	if (fs->journal && strcmp(fs->journal, "not replayed") == 0 &&
	    guest_remark(g, "filesystem", volume_source(v),
			 "it was not unmounted, and its log holds changes that are not "
			 "shown here: what was read may be some seconds old") < 0)
		return arena_full(g->arena, e);
	return 0;
}

/* What cannot be read becomes a problem only when it is damage: a swap partition or an
 * unread file system is named in its volume fact. */
int assembly_open_volume(struct assembly *as, struct guest *g, struct blocks *blocks,
			 size_t index, struct err *e)
{
	struct volume_fact *v = &g->facts->volumes.v[index];
	struct fs_identity id = {0};
	struct err why = ERR_INIT;
	const char *name = NULL;
	struct fs *fs = NULL;
	int r = fs_open(blocks, g->arena, &fs, &name, &why);

	/* With all of its devices at hand it may be whole. */
	if ((r < 0 || fs->missing.n) && assembly_is_member(as, g, blocks, name, index)) {
		fs_free(fs);
		return 0;
	}
	if (r >= 0)
		return assembly_add_mountable(as, g, fs, index, e);
	v->fs = name;
	if (why.code == ERR_UNSUPPORTED || why.code == ERR_ABSENT) {
		struct err ignored = ERR_INIT;

		if (fs_identify(blocks, g->arena, &id, &ignored) >= 0) {
			v->fs = id.name;
			v->uuid = id.uuid;
			v->label = id.label;
		}
	}
	if (text_same(v->fs, "crypto_LUKS"))
		return assembly_open_luks(as, g, blocks, index, e);
	/* A kind without a reader is told when something that lies there is needed. */
	if (why.code == ERR_ABSENT || (why.code == ERR_UNSUPPORTED && name))
		return 0;
	return guest_problem(g, "filesystem", volume_source(v), &why) < 0
		       ? arena_full(g->arena, e)
		       : 0;
}

int assembly_open_stacked(struct assembly *as, struct guest *g, struct blocks *blocks,
			  size_t index, struct err *e)
{
	int r = assembly_open_volume(as, g, blocks, index, e);
	const struct volume_fact *f = &g->facts->volumes.v[index];

	if (r < 0 || f->read)
		return r;
	if (text_same(f->fs, "linux_raid_member"))
		return assembly_add_raid_member(as, g, blocks, index, e);
	return !f->fs || text_same(f->fs, "LVM2_member")
		       ? assembly_add_physical(as, g, blocks, index, e)
		       : 0;
}

int assembly_add_volume(struct assembly *as, struct guest *g, const struct volume_fact *f,
			struct blocks *blocks, struct err *e)
{
	if (!vec_push(g->arena, &g->facts->volumes, *f))
		return arena_full(g->arena, e);
	return assembly_open_stacked(as, g, blocks, g->facts->volumes.n - 1, e);
}

static int mount_at(struct guest *g, struct tree *tree, const struct mountable *m,
		    const char *path, struct err *e)
{
	struct volume_fact *v = &g->facts->volumes.v[m->volume];
	struct place place = {v->disk, v->name ? v->name : ""};
	const char *subvolume = m->fs->subvolume ? m->fs->subvolume : "/";
	int r = tree_mount(tree, path, m->fs, place, e);

	if (r < 0)
		return r;
	if (!vec_push(g->arena, &v->mounted_at, path) ||
	    (m->fs->ops->choose && !vec_push(g->arena, &v->subvolumes, subvolume)))
		return arena_full(g->arena, e);
	return 0;
}

static size_t depth_of(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += *path == '/' && path[1] != '\0';
	return depth;
}

/* Only these directories hold what the readers look for; a missing /srv is no problem. */
static bool is_needed(const char *dir)
{
	static const char *const needed[] = {"/boot", "/usr", "/var",
					     "/etc",  "/lib", "/var/lib"};

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (strcmp(dir, needed[i]) == 0)
			return true;
	return false;
}

static int mount_entry(const struct assembly *as, struct guest *g, struct tree *tree,
		       const struct fstab_entry *entry, const struct source *fstab_source,
		       struct err *e)
{
	const struct mountable *m = NULL;
	struct source source = *fstab_source;
	struct err why = ERR_INIT;
	size_t index = 0;

	source.line = entry->line;
	switch (volume_by_spec(g->facts, entry->spec, &index)) {
	case SPEC_SEVERAL:
		err_set(&why, ERR_AMBIGUOUS,
			"%s is on %s, and two volumes answer to that name", entry->dir,
			escape_short(slice_str(entry->spec)).text);
		break;
	case SPEC_NONE:
		err_set(&why, ERR_ABSENT,
			"%s is on %s, which is on none of the disks given%s%s",
			entry->dir, escape_short(slice_str(entry->spec)).text,
			as->locked.n ? "; " : "",
			as->locked.n ? as->locked.v[0].why : "");
		break;
	case SPEC_ONE:
		m = assembly_mountable(as, g, index);
		if (!m && assembly_why_locked(as, index))
			err_set(&why, ERR_UNSUPPORTED, "%s is on %s", entry->dir,
				assembly_why_locked(as, index));
		else if (!m)
			err_set(&why, ERR_UNSUPPORTED,
				"%s is on %s: %s is not read by this version", entry->dir,
				volume_title(g->scratch, &g->facts->volumes.v[index]),
				g->facts->volumes.v[index].fs
					? g->facts->volumes.v[index].fs
					: "its content");
	}
	if (m) {
		const char *dir = arena_strdup(g->arena, entry->dir);
		struct mountable chosen = *m;

		if (!dir)
			return arena_full(g->arena, e);
		if (fs_choose(m->fs, entry->options, &chosen.fs, &why) < 0)
			err_wrap(&why, "%s is on %s with %s", entry->dir,
				 escape_short(slice_str(entry->spec)).text,
				 escape_short(slice_str(entry->options)).text);
		else if (mount_at(g, tree, &chosen, dir, &why) >= 0)
			return 0;
		if (why.code == ERR_NOMEM || why.code == ERR_BUG) {
			*e = why;
			return -(int)why.code;
		}
	} else if (!is_needed(entry->dir)) {
		return 0;
	}
	return guest_problem(g, "filesystem", source, &why) < 0 ? arena_full(g->arena, e)
								: 0;
}

/* Mounts what fstab names, outer directories first, whatever the order of its lines. */
static int mount_fstab(const struct assembly *as, struct guest *g, struct tree *tree,
		       const fstab *table, const struct source *source, struct err *e)
{
	for (size_t depth = 1; depth <= LIMIT_MOUNT_DEPTH; depth++) {
		for (size_t i = 0; i < table->n; i++) {
			const struct fstab_entry *entry = &table->v[i];
			int r;

			if (entry->dir[0] != '/' || depth_of(entry->dir) != depth ||
			    strcmp(entry->type, "swap") == 0)
				continue;
			r = mount_entry(as, g, tree, entry, source, e);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* A directory of the host has its mounts in place already; only the type of the root file
 * system is asked of its fstab. */
static int use_fstab(const struct assembly *as, struct guest *g, struct tree *tree,
		     const struct mountable *root, struct err *e)
{
	struct err why = ERR_INIT;
	struct slice text;
	struct file file;
	fstab table = {0};
	struct source source;
	int r = tree_read(tree, "/etc/fstab", LIMIT_CONFIG_FILE, g->scratch, &file, &text,
			  &why);

	if (r < 0 && why.code == ERR_ABSENT)
		return 0;
	if (r >= 0)
		r = fstab_parse(text, g->scratch, &table, &why);
	if (r < 0)
		return guest_problem(g, "names",
				     volume_source(&g->facts->volumes.v[root->volume]),
				     &why) < 0
			       ? arena_full(g->arena, e)
			       : 0;
	source = guest_source(g, &file, 0, 0);
	if (strcmp(root->fs->type, "directory") != 0)
		return mount_fstab(as, g, tree, &table, &source, e);
	g->facts->root_fs = NULL;
	for (size_t i = 0; i < table.n; i++)
		if (strcmp(table.v[i].dir, "/") == 0 &&
		    strcmp(table.v[i].type, "auto") != 0)
			g->facts->root_fs = arena_strdup(g->arena, table.v[i].type);
	return 0;
}

static bool is_esp_shown(const struct guest *g)
{
	static const char *const dirs[] = {"/boot/efi", "/efi"};

	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		const struct volume_fact *v = &g->facts->volumes.v[i];

		for (size_t d = 0; d < ARRAY_LEN(dirs); d++)
			if (strs_has(&v->mounted_at, dirs[d]))
				return true;
		if (strs_has(&v->mounted_at, "/boot") && text_same(v->fs, "vfat"))
			return true;
	}
	return false;
}

/* An EFI system partition that fstab does not name is known by its type. It is shown
 * where systemd would mount it (systemd-gpt-auto-generator). */
static int mount_esp(const struct assembly *as, struct guest *g, struct tree *tree,
		     struct err *e)
{
	for (size_t i = 0; i < as->mountables.n && !is_esp_shown(g); i++) {
		const struct mountable *m = &as->mountables.v[i];
		const struct volume_fact *v = &g->facts->volumes.v[m->volume];
		struct err why = ERR_INIT;

		if (!text_same(v->type_name, "EFI System") || !text_same(v->fs, "vfat") ||
		    v->mounted_at.n)
			continue;
		if (mount_at(g, tree, m, "/efi", &why) >= 0)
			continue;
		if (why.code == ERR_NOMEM || why.code == ERR_BUG) {
			*e = why;
			return -(int)why.code;
		}
		if (guest_problem(g, "filesystem", volume_source(v), &why) < 0)
			return arena_full(g->arena, e);
	}
	return 0;
}

int assembly_mount(const struct assembly *as, struct guest *g,
		   const struct mountable *root, struct err *e)
{
	const struct volume_fact *v = &g->facts->volumes.v[root->volume];
	struct tree *tree;
	int r = tree_new(g->arena, &tree, e);

	if (r >= 0)
		r = mount_at(g, tree, root, "/", e);
	if (r < 0)
		return r;
	g->facts->root_disk = v->disk;
	g->facts->root_volume = v->name;
	g->facts->root_fs = root->fs->type;
	r = assembly_name_arrays(as, g, tree, e);
	if (r >= 0)
		r = assembly_map_names(g, tree, e);
	if (r >= 0)
		r = use_fstab(as, g, tree, root, e);
	if (r >= 0)
		r = mount_esp(as, g, tree, e);
	if (r >= 0)
		g->tree = tree;
	return r;
}

int assembly_build(struct assembly *as, const struct assembly_disk *disks, size_t n,
		   struct guest *g, struct err *e)
{
	struct arena_mark mark = arena_mark(g->scratch);
	struct mountable root = {0};
	struct err why = ERR_INIT;
	int r = 0;

	g->disks = disks;
	g->disk_count = n;
	as->budget = (struct luks_budget)LUKS_BUDGET;
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = disks[i].blocks ? assembly_read_image(as, g, &disks[i], e)
				    : assembly_read_directory(as, g, &disks[i], e);
	if (r >= 0)
		r = assembly_find_arrays(as, g, e);
	if (r >= 0 && as->physicals.n)
		r = assembly_find_logical(as, g, e);
	if (r >= 0)
		r = assembly_open_members(as, g, e);
	if (r >= 0)
		r = assembly_check_keys(as, g, e);
	if (r < 0)
		return r;
	r = assembly_choose_root(as, g, &root, &why);
	if (r >= 0)
		r = assembly_mount(as, g, &root, e);
	else if (why.code == ERR_ABSENT || why.code == ERR_AMBIGUOUS)
		r = guest_problem(g, "os", (struct source){.disk = disks[0].name}, &why) <
				    0
			    ? arena_full(g->arena, e)
			    : 0;
	else
		*e = why;
	arena_rewind(g->scratch, mark);
	return r;
}

void assembly_done(struct assembly *as)
{
	for (size_t i = 0; i < as->mountables.n; i++)
		fs_free(as->mountables.v[i].fs);
	/* What lies on others goes first. */
	lvm_done(&as->logicals);
	for (size_t i = as->opened.n; i > 0; i--)
		blocks_free(as->opened.v[i - 1]);
	assembly_free_arrays(as);
	for (size_t i = 0; i < as->tables.n; i++)
		volume_done(&as->tables.v[i]);
	*as = (struct assembly){0};
}
