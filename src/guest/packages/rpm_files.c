/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm_files.h"

#include <string.h>

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
