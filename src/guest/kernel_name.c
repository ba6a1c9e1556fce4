/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of kernels. Distributions put the variant at the end of the release: behind the
 * build number (6.1.0-56-cloud-amd64, 4.12.14-122-default), behind a plus sign
 * (5.14.0-70.el9.x86_64+debug), or right behind it (2.6.18-8.el5PAE).
 */
#include "kernel_name.h"

#include "text.h"

static const char *const prefixes[] = {"vmlinuz-", "vmlinux-", "kernel-",
				       "bzImage-", "image-",   "Image-"};

/* Files beside an image whose names start as its own. */
static const char *const not_images[] = {
	".old",      ".bak",     "~",    ".hmac", ".sig", ".efi.signed", ".dpkg-new",
	".dpkg-tmp", ".rpmsave", ".img", ".map",  ".cfg", ".conf",       ".sha512",
};

bool kernel_name_of_image(struct slice base, struct slice *ret_suffix)
{
	for (size_t i = 0; i < ARRAY_LEN(not_images); i++)
		if (slice_ends(base, not_images[i]))
			return false;
	if (slice_ends(base, ".gz") && !slice_sub(base, 0, base.n - 3, &base))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t n = slice_str(prefixes[i]).n;

		if (slice_starts(base, prefixes[i]) && base.n > n)
			return slice_sub(base, n, base.n - n, ret_suffix);
	}
	return false;
}

static bool is_letter(int c)
{
	return text_is_alnum(c) && !text_is_digit(c);
}

/* "6.1.0", "56", "cloud-amd64": the third part, where the second is a build number. A
 * version with a plus sign (6.12.43+deb13-amd64) has its build number inside. */
static bool by_dashes(struct slice release, struct slice *ret)
{
	struct slice version, build, rest;

	if (!text_split(release, '-', &version, &rest))
		return false;
	if (slice_find(version, 0, '+') < version.n) {
		*ret = rest;
		return is_letter(slice_at(rest, 0));
	}
	if (!text_is_digit(slice_at(rest, 0)) || !text_split(rest, '-', &build, &rest))
		return false;
	*ret = rest;
	/* 686-pae and 686 are variants too; a second number is none. */
	return is_letter(slice_at(rest, 0)) || slice_starts(rest, "686") ||
	       slice_starts(rest, "486");
}

static const char *const arch_suffixes[] = {
	".x86_64",  ".i386",    ".i486",  ".i586",  ".i686", ".ia64",
	".aarch64", ".ppc64le", ".ppc64", ".s390x", ".s390", ".noarch",
};

static struct slice without_arch(struct slice release)
{
	for (size_t i = 0; i < ARRAY_LEN(arch_suffixes); i++)
		if (slice_ends(release, arch_suffixes[i]) &&
		    slice_sub(release, 0, release.n - slice_str(arch_suffixes[i]).n,
			      &release))
			break;
	return release;
}

/* The longer ones first: "largesmp" also ends in "smp". */
static const char *const endings[] = {
	"largesmp", "hugemem", "bigsmp", "smp",   "PAEdebug", "PAE", "pae",  "xenU",
	"xen0",     "xen",     "kdump",  "debug", "uek",      "rt",  "-pve", "-virtual",
};

static const char *by_ending(struct slice release)
{
	struct slice base = without_arch(release);

	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (slice_ends(base, endings[i]))
			return endings[i][0] == '-' ? endings[i] + 1 : endings[i];
	return NULL;
}

/* Red Hat's real-time kernels say ".rt56." in the middle. */
static bool is_realtime(struct slice release)
{
	size_t at = slice_search(release, ".rt", 3);

	return at < release.n && text_is_digit(slice_at(release, at + 3));
}

const char *kernel_flavour(const char *release, struct arena *a)
{
	struct slice s = slice_str(release), left, tail;
	const char *ending;

	if (by_dashes(s, &tail))
		return arena_strndup(a, tail);
	if (text_split(s, '-', &left, &tail) && text_split(tail, '+', &left, &tail) &&
	    tail.n)
		return arena_strndup(a, tail);
	ending = by_ending(s);
	if (ending)
		return arena_strdup(a, ending);
	return is_realtime(s) ? "rt" : NULL;
}
