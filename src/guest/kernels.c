/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernels of a guest: every image, modules directory, package and boot entry speaks
 * of one; they are put together by path and by release. What is named anywhere is listed,
 * and what is missing of it is said.
 */
#include "guest.h"
#include "kernel_files.h"
#include "kernel_image.h"
#include "kernel_name.h"
#include "limits.h"
#include "path.h"
#include "text.h"
#include "tolerate.h"
#include "unified.h"

/* Where images lie: /boot, and the EFI system partition of ia64. */
static const char *const image_dirs[] = {"/boot", "/boot/efi/efi/redhat",
					 "/boot/efi/EFI/redhat"};

static const char *const module_dirs[] = {"/lib/modules", "/usr/lib/modules"};

static int add_kernel(struct guest *g, const char *release, struct source source,
		      struct kernel_fact **ret, struct err *e)
{
	struct kernel_fact *k;

	if (g->facts->kernels.n >= LIMIT_KERNELS)
		return err_set(e, ERR_LIMIT, "more than %d kernels", LIMIT_KERNELS);
	k = vec_add(g->arena, &g->facts->kernels);
	if (!k)
		return arena_full(g->arena, e);
	k->release = arena_strdup(g->arena, release);
	if (!k->release)
		return arena_full(g->arena, e);
	k->image_state = "absent";
	k->source = source;
	*ret = k;
	return 0;
}

static struct kernel_fact *by_release(struct guest *g, const char *release)
{
	for (size_t i = 0; i < g->facts->kernels.n; i++)
		if (text_same(g->facts->kernels.v[i].release, release))
			return &g->facts->kernels.v[i];
	return NULL;
}

static struct kernel_fact *by_image(struct guest *g, const char *path)
{
	for (size_t i = 0; i < g->facts->kernels.n; i++)
		if (text_same(g->facts->kernels.v[i].image, path))
			return &g->facts->kernels.v[i];
	return NULL;
}

/* An image file as facts, before it is known which kernel it belongs to. */
struct image {
	struct file file;
	bool is_unified; /* its name says nothing */
	const char *arch, *release, *state, *problem;
};

static int read_image(struct guest *g, const struct file *f, struct image *ret,
		      struct err *e)
{
	struct arena_mark mark = arena_mark(g->scratch);
	struct image image = {.file = *f, .state = "ok"};
	const struct unified_profile *unified = NULL;
	struct kernel_image read = {0};
	struct err why = ERR_INIT;
	struct file kernel = *f;
	int r = unified_part(&kernel, UNIFIED_KERNEL, g->scratch, &unified, &why);

	if (r >= 0) {
		struct file_bytes bytes = file_bytes_of(&kernel);

		r = kernel_image_read(&bytes, g->scratch, &read, &why);
	}
	if (r == -ERR_NOMEM || r == -ERR_BUG) {
		*e = why;
		return r;
	}
	if (r < 0) {
		/* Not readable here, or not by this host, is not "broken". */
		image.state = f->node.size == 0   ? "empty"
			      : r == -ERR_CORRUPT ? "broken"
						  : NULL;
		image.problem = arena_strdup(g->arena, why.text);
		if (!image.problem)
			return arena_full(g->arena, e);
	}
	image.arch = read.arch;
	image.is_unified = unified != NULL;
	if (!read.release && unified)
		read.release = unified->release;
	if (read.release) {
		image.release = arena_strdup(g->arena, read.release);
		if (!image.release)
			return arena_full(g->arena, e);
	}
	arena_rewind(g->scratch, mark);
	*ret = image;
	return 0;
}

static int set_image(struct guest *g, struct kernel_fact *k, const struct image *image,
		     struct err *e)
{
	k->image = arena_strdup(g->arena, image->file.path);
	if (!k->image)
		return arena_full(g->arena, e);
	k->image_state = image->state;
	k->image_problem = image->problem;
	k->image_release = image->release;
	k->arch = image->arch;
	k->source = guest_source(g, &image->file, 0, 0);
	return 0;
}

static int read_line(struct guest *g, const char *path, struct slice *ret, struct err *e)
{
	struct file f;
	int r = guest_config(g, path, &f, ret, e);

	if (r >= 0)
		*ret = text_trim(*ret);
	return r;
}

/* A name that holds no release ("linux" of Arch Linux, "lts" of Alpine Linux), where the
 * image does not say it either: the modules directory made by that package, or the only
 * one that ends in that name. */
static int release_by_modules(struct guest *g, const char *suffix, const char **ret,
			      struct err *e)
{
	const char *tail = arena_printf(g->scratch, "-%s", suffix);
	const char *found = NULL;
	dir_list dirs = {0};
	int r = tree_list(g->tree, "/lib/modules", &dirs, e);
	size_t hits = 0;

	if (r < 0 || !tail)
		return r < 0 ? tolerate(g, "kernels", "/lib/modules", e)
			     : arena_full(g->scratch, e);
	if (dirs.n > LIMIT_KERNELS)
		return err_set(e, ERR_LIMIT, "/lib/modules: more than %d kernels",
			       LIMIT_KERNELS);
	for (size_t i = 0; i < dirs.n; i++) {
		const char *path = arena_printf(g->scratch, "/lib/modules/%s/pkgbase",
						dirs.v[i].name);
		struct slice base;

		if (!path)
			return arena_full(g->scratch, e);
		r = read_line(g, path, &base, e);
		if (r >= 0 && slice_eq(base, suffix)) {
			*ret = dirs.v[i].name;
			return 0;
		}
		if (r < 0)
			r = tolerate(g, "kernels", path, e);
		if (r < 0)
			return r;
		if (slice_ends(slice_str(dirs.v[i].name), tail)) {
			found = dirs.v[i].name;
			hits++;
		}
	}
	if (hits == 1)
		*ret = found;
	return 0;
}

/* The release of an image by its name, by what it says itself, by the modules. The rescue
 * image of Red Hat's ("0-rescue-...") has none in its name. */
static int release_of(struct guest *g, struct slice base, const struct image *image,
		      const char **ret, struct err *e)
{
	struct slice suffix = base;
	const char *name;

	(void)kernel_name_of_image(base, &suffix);
	name = arena_strndup(g->scratch, suffix);
	if (!name)
		return arena_full(g->scratch, e);
	*ret = name;
	if (text_is_digit(slice_at(suffix, 0)) && !slice_starts(suffix, "0-rescue") &&
	    !(image && image->is_unified))
		return 0;
	if (image && image->release) {
		*ret = image->release;
		return 0;
	}
	return release_by_modules(g, name, ret, e);
}

static int add_image(struct guest *g, const char *path, struct err *e)
{
	const char *release = NULL;
	struct kernel_fact *k;
	struct image image = {0};
	struct file f;
	int r = tree_find(g->tree, path, &f, e);

	if (r < 0)
		return tolerate(g, "kernels", path, e);
	if (f.node.type != NODE_FILE || by_image(g, f.path))
		return 0;
	r = read_image(g, &f, &image, e);
	if (r >= 0)
		r = release_of(g, path_last_part(slice_str(f.path)), &image, &release, e);
	if (r < 0)
		return r;
	/* One release has one image here; others matter when a boot entry starts them. */
	if (by_release(g, release))
		return 0;
	r = add_kernel(g, release, (struct source){0}, &k, e);
	return r < 0 ? r : set_image(g, k, &image, e);
}

static int scan_images(struct guest *g, const char *dir, struct err *e)
{
	dir_list names = {0};
	struct slice suffix;
	int r = tree_list(g->tree, dir, &names, e);

	if (r < 0)
		return tolerate(g, "kernels", dir, e);
	/* "vmlinuz-" is sorted behind "vmlinux-", but is what boots where both are. */
	for (size_t i = names.n; r >= 0 && i > 0; i--) {
		const char *path;

		if (!kernel_name_of_image(slice_str(names.v[i - 1].name), &suffix))
			continue;
		path = arena_printf(g->scratch, "%s/%s", dir, names.v[i - 1].name);
		r = path ? add_image(g, path, e) : arena_full(g->scratch, e);
	}
	return r;
}

static int add_modules_dir(struct guest *g, const char *parent, const char *name,
			   struct err *e)
{
	const char *path = arena_printf(g->scratch, "%s/%s", parent, name);
	struct kernel_fact *k = by_release(g, name);
	struct file f;
	int r;

	if (!path)
		return arena_full(g->scratch, e);
	r = tree_find(g->tree, path, &f, e);
	if (r < 0)
		return tolerate(g, "kernels", path, e);
	if (f.node.type != NODE_DIR || (k && k->modules_dir))
		return 0;
	if (!k) {
		r = add_kernel(g, name, guest_source(g, &f, 0, 0), &k, e);
		if (r < 0)
			return r;
	}
	k->modules_dir = arena_strdup(g->arena, f.path);
	return k->modules_dir ? 0 : arena_full(g->arena, e);
}

static int scan_modules(struct guest *g, const char *parent, struct err *e)
{
	dir_list names = {0};
	int r = tree_list(g->tree, parent, &names, e);

	if (r < 0)
		return tolerate(g, "kernels", parent, e);
	for (size_t i = 0; r >= 0 && i < names.n; i++)
		if (text_is_digit(slice_at(slice_str(names.v[i].name), 0)))
			r = add_modules_dir(g, parent, names.v[i].name, e);
	return r;
}

/* Only configuration files may be left of a package; packages of modules come beside the
 * kernel's own. */
static bool owns_kernel(const struct package_fact *p)
{
	return p->kernel && text_same(p->kind, "kernel") &&
	       !text_same(p->status, "config-files") &&
	       !text_same(p->status, "not-installed");
}

static int add_packages(struct guest *g, struct err *e)
{
	for (size_t i = 0; i < g->facts->packages.n; i++) {
		const struct package_fact *p = &g->facts->packages.v[i];
		struct kernel_fact *k;
		int r = 0;

		if (!owns_kernel(p))
			continue;
		k = by_release(g, p->kernel);
		if (!k)
			r = add_kernel(g, p->kernel, p->source, &k, e);
		if (r < 0)
			return r;
		/* Modules may be a package of their own: the image's names it better. */
		if (!k->package || slice_search(slice_str(k->package), "image", 5) ==
					   slice_str(k->package).n)
			k->package = p->name;
	}
	return 0;
}

static int attach_entry(struct guest *g, struct kernel_fact *k,
			const struct entry_fact *entry, struct err *e)
{
	const strs *initramfs = &entry->initramfs;

	if (entry->title && !vec_push(g->arena, &k->entries, entry->title))
		return arena_full(g->arena, e);
	/* Microcode comes first where there are several. The default entry has the last
	 * word, also where it names none. */
	if (entry->is_default)
		k->initramfs.path = NULL;
	if (initramfs->n && !k->initramfs.path && (entry->is_default || !k->is_default))
		k->initramfs.path = initramfs->v[initramfs->n - 1];
	k->is_default |= entry->is_default;
	return 0;
}

/* A boot entry whose kernel is not there: it belongs to the kernel of that release if
 * that has no image at all. */
static int add_absent(struct guest *g, const struct entry_fact *entry,
		      struct kernel_fact **ret, struct err *e)
{
	struct kernel_fact *k;
	const char *release;
	int r = release_of(g, path_last_part(slice_str(entry->kernel)), NULL, &release,
			   e);

	if (r < 0)
		return r;
	k = by_release(g, release);
	if (!k || k->image) {
		r = add_kernel(g, release, entry->source, &k, e);
		if (r < 0)
			return r;
	}
	k->image_problem = arena_printf(g->arena,
					"a boot entry names %s, which is not "
					"there",
					entry->kernel);
	if (!k->image_problem)
		return arena_full(g->arena, e);
	*ret = k;
	return 0;
}

/* The kernel of this release that has no image yet, or one more: a copy of an image, or
 * the rescue image of Red Hat's, loads the same modules as the first of its release. */
static int kernel_without_image(struct guest *g, const char *release,
				struct source source, struct kernel_fact **ret,
				struct err *e)
{
	struct kernel_fact *k = by_release(g, release);
	const char *modules_dir = k ? k->modules_dir : NULL;
	int r;

	if (!k || k->image) {
		r = add_kernel(g, release, source, &k, e);
		if (r < 0)
			return r;
		k->modules_dir = modules_dir;
	}
	*ret = k;
	return 0;
}

static int find_entry_kernel(struct guest *g, const struct entry_fact *entry,
			     struct kernel_fact **ret, struct err *e)
{
	const char *release = NULL;
	struct image image = {0};
	struct kernel_fact *k;
	struct file f;
	int r = tree_find(g->tree, entry->kernel, &f, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		return add_absent(g, entry, ret, e);
	}
	if (r < 0)
		return r;
	k = by_image(g, f.path);
	if (k) {
		*ret = k;
		return 0;
	}
	r = read_image(g, &f, &image, e);
	if (r >= 0)
		r = release_of(g, path_last_part(slice_str(f.path)), &image, &release, e);
	if (r < 0)
		return r;
	r = kernel_without_image(g, release, entry->source, &k, e);
	if (r >= 0)
		r = set_image(g, k, &image, e);
	if (r >= 0)
		*ret = k;
	return r;
}

/* "memtest86+x64.bin", and "mt86+x64" or "mt86plus" of newer ones. */
static bool is_memory_test(struct slice base)
{
	return slice_starts(base, "memtest") || slice_starts(base, "mt86");
}

static int add_entries(struct guest *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < g->facts->boot.entries.n; i++) {
		const struct entry_fact *entry = &g->facts->boot.entries.v[i];
		struct kernel_fact *k = NULL;

		/* Memory testers are started as kernels are. */
		if (!entry->kernel ||
		    is_memory_test(path_last_part(slice_str(entry->kernel))))
			continue;
		r = find_entry_kernel(g, entry, &k, e);
		r = r < 0 ? tolerate(g, "kernels", entry->kernel, e)
			  : attach_entry(g, k, entry, e);
	}
	return r;
}

/* The image that Fedora, Arch Linux and kernel-install keep with the modules counts where
 * no other was found. */
static int find_spare_image(struct guest *g, struct kernel_fact *k, struct err *e)
{
	struct image image = {0};
	const char *path;
	struct file f;
	int r;

	if (k->image || !k->modules_dir || k->image_problem)
		return 0;
	path = arena_printf(g->scratch, "%s/vmlinuz", k->modules_dir);
	if (!path)
		return arena_full(g->scratch, e);
	r = tree_find(g->tree, path, &f, e);
	if (r >= 0)
		r = read_image(g, &f, &image, e);
	if (r < 0)
		return tolerate(g, "kernels", path, e);
	return set_image(g, k, &image, e);
}

static int complete(struct guest *g, struct kernel_fact *k, struct err *e)
{
	int r = find_spare_image(g, k, e);

	k->flavour = kernel_flavour(k->release, g->arena);
	return r < 0 ? r : kernel_find_files(g, k, e);
}

static int read_all(struct guest *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(image_dirs); i++)
		r = scan_images(g, image_dirs[i], e);
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(module_dirs); i++)
		r = scan_modules(g, module_dirs[i], e);
	if (r >= 0)
		r = add_packages(g, e);
	if (r >= 0)
		r = add_entries(g, e);
	for (size_t i = 0; r >= 0 && i < g->facts->kernels.n; i++)
		r = complete(g, &g->facts->kernels.v[i], e);
	return r;
}

const struct guest_reader read_kernels = {
	.name = "kernels",
	.doc = "kernel images, modules directories and which boot entries start them",
	.read = read_all,
};
