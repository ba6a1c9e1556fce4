/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/owned.h"

#include <string.h>

#include "limits.h"
#include "text.h"

enum dir_kind {
	DIR_OTHER,
	DIR_BOOT,    /* holds images with a release in their names */
	DIR_PARENT,  /* /lib/modules: its subdirectories are releases */
	DIR_MODULES, /* /lib/modules/RELEASE */
	DIR_BELOW,   /* deeper */
};

static int add_release(struct owned_files *f, struct slice release, struct err *e)
{
	const char *copy;

	if (!text_is_digit(slice_at(release, 0)) || release.n > LIMIT_NAME)
		return 0;
	/* A package of modules has hundreds of directories of one kernel. */
	for (size_t i = f->kernels.n; i > 0; i--)
		if (slice_eq(release, f->kernels.v[i - 1]))
			return 0;
	if (f->kernels.n == LIMIT_KERNELS)
		return err_set(e, ERR_LIMIT,
			       "a package has files of more than %d kernels",
			       LIMIT_KERNELS);
	copy = arena_strndup(f->keep, release);
	if (!copy || !vec_push(f->keep, &f->kernels, copy))
		return arena_full(f->keep, e);
	return 0;
}

/* What stands behind "/lib/modules/"; false when it is another directory. The package may
 * have been moved: rpm then records the paths below another root. */
static bool below_modules(struct slice path, struct slice *ret)
{
	static const char parent[] = "/lib/modules/";
	size_t n = strlen(parent), at = slice_search(path, parent, n);

	return at < path.n && slice_sub(path, at + n, path.n - at - n, ret);
}

static int classify(struct owned_files *f, struct slice dir, enum dir_kind *ret,
		    struct err *e)
{
	struct slice rest, release;

	*ret = DIR_OTHER;
	if (slice_ends(dir, "/boot/") || slice_starts(dir, "/boot/efi/")) {
		*ret = DIR_BOOT;
		return 0;
	}
	if (!below_modules(dir, &rest))
		return 0;
	if (rest.n == 0) {
		*ret = DIR_PARENT;
		return 0;
	}
	if (!slice_sub(rest, 0, slice_find(rest, 0, '/'), &release))
		return 0;
	*ret = release.n + 1 >= rest.n ? DIR_MODULES : DIR_BELOW;
	return add_release(f, release, e);
}

int owned_dir(struct owned_files *f, struct slice dir, struct err *e)
{
	enum dir_kind kind;
	int r = classify(f, dir, &kind, e);

	if (r < 0)
		return r;
	if (!vec_push(f->scratch, &f->kinds, (uint8_t)kind))
		return arena_full(f->scratch, e);
	return 0;
}

static int add_boot_file(struct owned_files *f, struct slice name, struct err *e)
{
	static const char *const images[] = {"vmlinuz-", "vmlinux-", "Image-",
					     "image-",   "zImage-",  "uImage-"};

	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		size_t n = strlen(images[i]);
		struct slice release;

		if (!slice_starts(name, images[i]) ||
		    !slice_sub(name, n, name.n - n, &release))
			continue;
		/* "vmlinuz-lts": the release is in the name of the modules' directory. */
		f->has_image |= i == 0 || text_is_digit(slice_at(release, 0));
		return add_release(f, release, e);
	}
	return 0;
}

/* One that is kept with its modules. */
static bool is_image(struct slice name)
{
	return slice_eq(name, "vmlinuz") || slice_eq(name, "vmlinux") ||
	       slice_eq(name, "Image") || slice_eq(name, "image");
}

static int add_file(struct owned_files *f, enum dir_kind kind, struct slice name,
		    struct err *e)
{
	switch (kind) {
	case DIR_BOOT:
		return add_boot_file(f, name, e);
	case DIR_PARENT:
		return add_release(f, name, e);
	case DIR_MODULES:
	case DIR_BELOW:
		f->has_image |= kind == DIR_MODULES && is_image(name);
		f->has_modules |= slice_search(name, ".ko", 3) < name.n;
		return 0;
	case DIR_OTHER:
		break;
	}
	return 0;
}

int owned_base(struct owned_files *f, uint32_t dir, struct slice name, struct err *e)
{
	if (dir >= f->kinds.n)
		return err_set(e, ERR_BUG, "a directory that was not given");
	return add_file(f, (enum dir_kind)f->kinds.v[dir], name, e);
}

int owned_path(struct owned_files *f, struct slice path, struct err *e)
{
	struct slice dir = path, name;
	enum dir_kind kind;
	int r;

	while (dir.n > 0 && slice_at(dir, dir.n - 1) != '/')
		dir.n--;
	r = classify(f, dir, &kind, e);
	if (r < 0 || !slice_sub(path, dir.n, path.n - dir.n, &name))
		return r;
	return add_file(f, kind, name, e);
}

int owned_facts(struct guest *g, const struct package_fact *package,
		const struct owned_files *files, struct err *e)
{
	if (!files->has_image && !files->has_modules)
		return 0;
	for (size_t i = 0; i < files->kernels.n; i++) {
		struct package_fact fact = *package;

		fact.status = "installed";
		fact.kind = files->has_image ? "kernel" : "modules";
		fact.kernel = arena_strdup(g->arena, files->kernels.v[i]);
		if (!fact.name || !fact.kernel ||
		    !vec_push(g->arena, &g->facts->packages, fact))
			return arena_full(g->arena, e);
	}
	return 0;
}
