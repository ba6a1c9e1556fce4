/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration and the initramfs of a kernel, by the names that distributions give
 * them beside its image.
 */
#include "kernel_files.h"

#include "kernel_name.h"
#include "path.h"
#include "tolerate.h"

/* The first of the paths that is there, as it is written or with links resolved. */
static int first_of(struct guest *g, const char *const *paths, size_t n, bool resolved,
		    const char **ret, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct file f;
		int r;

		if (!paths[i])
			return arena_full(g->scratch, e);
		r = tree_find(g->tree, paths[i], &f, e);
		if (r >= 0 && f.node.type == NODE_FILE) {
			*ret = arena_strdup(g->arena, resolved ? f.path : paths[i]);
			return *ret ? 0 : arena_full(g->arena, e);
		}
		if (r < 0)
			r = tolerate(g, "kernels", paths[i], e);
		if (r < 0)
			return r;
	}
	return 0;
}

static const char *image_suffix(struct guest *g, const struct kernel_fact *k)
{
	struct slice suffix;

	if (k->image &&
	    kernel_name_of_image(path_last_part(slice_str(k->image)), &suffix))
		return arena_strndup(g->scratch, suffix);
	return k->release;
}

/* The directory of the kernel's image; "/boot" for one that lies with its modules. */
static const char *image_dir(struct guest *g, const struct kernel_fact *k)
{
	struct slice path, dir;

	if (!k->image ||
	    (k->modules_dir && slice_starts(slice_str(k->image), k->modules_dir)))
		return "/boot";
	path = slice_str(k->image);
	if (!slice_sub(path, 0, path.n - path_last_part(slice_str(k->image)).n, &dir) ||
	    dir.n < 2)
		return "";
	return slice_sub(dir, 0, dir.n - 1, &dir) ? arena_strndup(g->scratch, dir) : NULL;
}

static int find_config(struct guest *g, struct kernel_fact *k, struct err *e)
{
	const char *dir = image_dir(g, k), *suffix = image_suffix(g, k);
	const char *paths[] = {
		arena_printf(g->scratch, "/boot/config-%s", k->release),
		arena_printf(g->scratch, "%s/config",
			     k->modules_dir ? k->modules_dir : ""),
		arena_printf(g->scratch, "%s/config-%s", dir ? dir : "",
			     suffix ? suffix : ""),
	};

	return first_of(g, paths, ARRAY_LEN(paths), true, &k->config, e);
}

/* Where no boot entry says it, the initramfs is the one named as its maker names it. */
static int find_initramfs(struct guest *g, struct kernel_fact *k, struct err *e)
{
	const char *dir = image_dir(g, k), *suffix = image_suffix(g, k);
	const char *dot = k->modules_dir ? k->modules_dir : "";

	/* An entry without an initramfs starts the kernel without one. */
	if (k->entries.n)
		return 0;
	if (!dir || !suffix)
		return arena_full(g->scratch, e);
	const char *paths[] = {
		arena_printf(g->scratch, "%s/initrd.img-%s", dir, suffix),
		arena_printf(g->scratch, "%s/initramfs-%s.img", dir, suffix),
		arena_printf(g->scratch, "%s/initrd-%s.img", dir, suffix),
		arena_printf(g->scratch, "%s/initrd-%s", dir, suffix),
		arena_printf(g->scratch, "%s/initramfs-%s", dir, suffix),
		arena_printf(g->scratch, "%s/initramfs-%s.img", dir, k->release),
		arena_printf(g->scratch, "%s/initramfs-%s", dir, k->release),
		arena_printf(g->scratch, "%s/initramfs.img", dot),
		arena_printf(g->scratch, "%s/initrd", dot),
	};

	return first_of(g, paths, ARRAY_LEN(paths), false, &k->initramfs.path, e);
}

int kernel_find_files(struct guest *g, struct kernel_fact *k, struct err *e)
{
	int r = find_config(g, k, e);

	return r < 0 ? r : find_initramfs(g, k, e);
}
