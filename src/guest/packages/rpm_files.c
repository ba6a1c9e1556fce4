/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm_files.h"

#include <string.h>

#include "limits.h"
#include "text.h"

/* Words that make a "kernel-..." something else than a kernel. */
static const char *const not_kernels[] = {
	"abi",       "addons",      "bootwrapper", "common",     "cross",
	"debuginfo", "devel",       "doc",         "docs",       "extra",
	"firmware",  "headers",     "hmcdrv",      "install",    "internal",
	"kabi",      "kgraft",      "libs",        "livepatch",  "macros",
	"man",       "matched",     "module",      "modules",    "obs",
	"optional",  "pcmcia",      "selftests",   "source",     "sourcecode",
	"srpm",      "stablelists", "syms",        "tools",      "unsupported",
	"utils",     "vdso",        "wedge",       "whitelists",
};

/* Kernels of Red Hat, its kin, Oracle and SUSE, without "kernel-" and without "-core". */
static const char *const flavours[] = {
	"smp",        "hugemem",    "largesmp",  "PAE",           "BOOT",
	"bigmem",     "enterprise", "debug",     "kdump",         "rt",
	"uek",        "ml",         "lt",        "xen",           "xenU",
	"PAEdebug",   "plus",       "64k",       "16k",           "default",
	"desktop",    "server",     "pae",       "bigsmp",        "trace",
	"vanilla",    "azure",      "preempt",   "ec2",           "xenpae",
	"lpae",       "kvmsmall",   "linus",     "rt-debug",      "uek-debug",
	"PAE-debug",  "64k-debug",  "16k-debug", "default-base",  "zfcpdump",
	"automotive", "rt-64k",     "uek64k",    "uek-container", "vmi",
	"64kb",       "ppc64",
};

static bool is_one_of(struct slice s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(s, list[i]))
			return true;
	return false;
}

static bool has_other_word(struct slice s)
{
	for (size_t at = 0; at <= s.n;) {
		size_t end = slice_find(s, at, '-');
		struct slice word;

		if (slice_sub(s, at, end - at, &word) &&
		    is_one_of(word, not_kernels, ARRAY_LEN(not_kernels)))
			return true;
		at = end + 1;
	}
	return false;
}

enum rpm_name_kind rpm_name_kind(struct slice name)
{
	struct slice rest;

	if (slice_eq(name, "kernel") || slice_eq(name, "kernel-core"))
		return RPM_NAME_KERNEL;
	if (slice_starts(name, "kmod-") && !has_other_word(name))
		return RPM_NAME_MODULES;
	if ((!slice_starts(name, "kernel") && !slice_starts(name, "linux")) ||
	    has_other_word(name))
		return RPM_NAME_OTHER;
	if (!slice_starts(name, "kernel-") ||
	    !slice_sub(name, strlen("kernel-"), name.n - strlen("kernel-"), &rest))
		return RPM_NAME_MAYBE;
	if (slice_ends(rest, "-core"))
		rest.n -= strlen("-core");
	return is_one_of(rest, flavours, ARRAY_LEN(flavours)) ? RPM_NAME_KERNEL
							      : RPM_NAME_MAYBE;
}

bool rpm_name_wanted(struct slice name)
{
	return rpm_name_kind(name) != RPM_NAME_OTHER;
}

enum dir_kind {
	DIR_OTHER,
	DIR_BOOT,    /* holds images with a release in their names */
	DIR_PARENT,  /* /lib/modules: its subdirectories are releases */
	DIR_MODULES, /* /lib/modules/RELEASE */
};

static int add_release(struct rpm_files *f, struct slice release, struct err *e)
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

static int classify(struct rpm_files *f, struct slice dir, enum dir_kind *ret,
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
	if (release.n + 1 >= rest.n)
		*ret = DIR_MODULES;
	return add_release(f, release, e);
}

int rpm_files_dir(struct rpm_files *f, struct slice dir, struct err *e)
{
	enum dir_kind kind;
	int r = classify(f, dir, &kind, e);

	if (r < 0)
		return r;
	if (!vec_push(f->scratch, &f->kinds, (uint8_t)kind))
		return arena_full(f->scratch, e);
	return 0;
}

static int add_boot_file(struct rpm_files *f, struct slice name, struct err *e)
{
	static const char *const images[] = {"vmlinuz-", "vmlinux-", "Image-",
					     "image-",   "zImage-",  "uImage-"};

	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		size_t n = strlen(images[i]);
		struct slice release;

		if (!slice_starts(name, images[i]) ||
		    !slice_sub(name, n, name.n - n, &release))
			continue;
		f->has_image |= text_is_digit(slice_at(release, 0));
		return add_release(f, release, e);
	}
	return 0;
}

static int add_file(struct rpm_files *f, enum dir_kind kind, struct slice name,
		    struct err *e)
{
	switch (kind) {
	case DIR_BOOT:
		return add_boot_file(f, name, e);
	case DIR_PARENT:
		return add_release(f, name, e);
	case DIR_MODULES:
		f->has_image |= slice_eq(name, "vmlinuz") || slice_eq(name, "vmlinux") ||
				slice_eq(name, "Image") || slice_eq(name, "image");
		return 0;
	case DIR_OTHER:
		break;
	}
	return 0;
}

int rpm_files_base(struct rpm_files *f, uint32_t dir, struct slice name, struct err *e)
{
	if (dir >= f->kinds.n)
		return err_set(e, ERR_BUG, "a directory that was not given");
	return add_file(f, (enum dir_kind)f->kinds.v[dir], name, e);
}

int rpm_files_path(struct rpm_files *f, struct slice path, struct err *e)
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
