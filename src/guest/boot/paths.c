/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A boot loader names files by device and path on that device's file system; the guest
 * sees them below a mount point. Where the device is a file system known here, its mount
 * points decide. Otherwise both readings are tried: with /boot before it and without.
 */
#include "boot.h"

#include "escape.h"
#include "fstab.h"
#include "grub.h"
#include "limits.h"
#include "volumes.h"

const char *const boot_esp_paths[] = {"/boot/efi", "/efi", "/boot", NULL};

bool boot_is_apart(struct guest *g)
{
	struct err ignored = ERR_INIT;
	struct slice text;
	struct file file;
	fstab table;

	for (size_t i = 0; i < g->facts->volumes.n; i++)
		if (strs_has(&g->facts->volumes.v[i].mounted_at, "/boot"))
			return true;
	if (guest_config(g, "/etc/fstab", &file, &text, &ignored) < 0 ||
	    fstab_parse(text, g->scratch, &table, &ignored) < 0)
		return false;
	for (size_t i = 0; i < table.n; i++)
		if (strcmp(table.v[i].dir, "/boot") == 0)
			return true;
	return false;
}

static int add(struct guest *g, const char *mount, const char *path, strs *list,
	       struct err *e)
{
	bool root = strcmp(mount, "/") == 0;
	const char *joined = arena_printf(g->scratch, "%s%s%s", root ? "" : mount,
					  *path == '/' ? "" : "/", path);

	return joined && strs_add_once(g->scratch, list, joined)
		       ? 0
		       : arena_full(g->scratch, e);
}

/* The same without its first components: a Btrfs path may begin with its subvolume, which
 * is what the guest has mounted ("/@/boot/x", "/@/.snapshots/1/snapshot/boot/x"). */
static int add_stripped(struct guest *g, const char *mount, const char *path, strs *list,
			struct err *e)
{
	enum { SUBVOLUME_DEPTH = 4 };
	int r = 0;

	for (unsigned i = 0; r == 0 && i < SUBVOLUME_DEPTH; i++) {
		const char *next = *path ? strchr(path + 1, '/') : NULL;

		if (!next)
			return 0;
		path = next;
		r = add(g, mount, path, list, e);
	}
	return r;
}

/* What is left of a path behind the subvolume that it begins with; NULL: another one. */
static const char *inside_subvolume(const char *path, const char *subvolume)
{
	size_t n = strlen(subvolume);

	if (strcmp(subvolume, "/") == 0)
		return path;
	path += *path == '/';
	return strncmp(path, subvolume, n) == 0 && path[n] == '/' ? path + n : NULL;
}

/* A path begins with the subvolume, or is relative to the one that is mounted. */
static int on_volume(struct guest *g, const struct volume_fact *v, const char *path,
		     strs *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->subvolumes.n && i < v->mounted_at.n; i++) {
		const char *inside = inside_subvolume(path, v->subvolumes.v[i]);

		if (inside)
			r = add(g, v->mounted_at.v[i], inside, list, e);
	}
	for (size_t i = 0; r == 0 && i < v->mounted_at.n; i++)
		r = add(g, v->mounted_at.v[i], path, list, e);
	return r;
}

static int on_any(struct guest *g, const char *path, strs *list, struct err *e)
{
	bool apart = boot_is_apart(g);
	int r = add(g, apart ? "/boot" : "/", path, list, e);

	if (r == 0)
		r = add(g, apart ? "/" : "/boot", path, list, e);
	if (r == 0)
		r = add_stripped(g, "/", path, list, e);
	return r;
}

int boot_candidates(struct guest *g, const char *device, const char *path, strs *ret,
		    struct err *e)
{
	strs list = {0};
	size_t index;
	int r;

	if (strlen(path) > LIMIT_PATH)
		return err_set(e, ERR_LIMIT, "a path of more than %d bytes", LIMIT_PATH);
	if (strcmp(device, GRUB_GUEST) == 0)
		r = add(g, "/", path, &list, e);
	else if (volume_by_spec(g->facts, device, &index) == SPEC_ONE)
		r = on_volume(g, &g->facts->volumes.v[index], path, &list, e);
	else
		r = on_any(g, path, &list, e);
	if (r == 0)
		*ret = list;
	return r;
}

int boot_find(struct guest *g, const strs *candidates, struct file *ret_file,
	      struct err *e)
{
	for (size_t i = 0; i < candidates->n; i++) {
		int r = tree_find(g->tree, candidates->v[i], ret_file, e);

		if (r != -ERR_ABSENT)
			return r;
	}
	return err_set(e, ERR_ABSENT, "%s is not there",
		       candidates->n ? escape_short(slice_str(candidates->v[0])).text
				     : "the file");
}
