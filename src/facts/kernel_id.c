/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel_id.h"

#include <string.h>

#include "escape.h"
#include "text.h"

/* Architectures of kernel packages (rpm's names). */
static const char *const arches[] = {
	"athlon", "i386",   "i486",    "i586",  "i686",    "ia32e",        "ia64",
	"amd64",  "x86_64", "ppc",     "ppc64", "ppc64le", "ppc64iseries", "ppc64pseries",
	"s390",   "s390x",  "aarch64", "alpha", "noarch",  "src",
};

/* Packages that are kernels, with the variant that their name carries. */
static const struct package {
	const char *name, *variant;
	enum kernel_kind kind;
} packages[] = {
	{"kernel", "", KERNEL_IMAGE},
	{"kernel-core", "", KERNEL_IMAGE},
	{"kernel-smp", "smp", KERNEL_IMAGE},
	{"kernel-hugemem", "hugemem", KERNEL_IMAGE},
	{"kernel-largesmp", "largesmp", KERNEL_IMAGE},
	{"kernel-PAE", "PAE", KERNEL_IMAGE},
	{"kernel-BOOT", "BOOT", KERNEL_IMAGE},
	{"kernel-debug", "debug", KERNEL_IMAGE},
	{"kernel-PAE-debug", "PAE-debug", KERNEL_IMAGE},
	{"kernel-kdump", "kdump", KERNEL_IMAGE},
	{"kernel-rt", "rt", KERNEL_IMAGE},
	{"kernel-uek", "uek", KERNEL_IMAGE},
	{"kernel-ml", "ml", KERNEL_IMAGE},
	{"kernel-lt", "lt", KERNEL_IMAGE},
	{"kernel-xen", "xen", KERNEL_PV_ONLY},
	{"kernel-xenU", "xenU", KERNEL_PV_ONLY},
};

/* Variants that uname -r glues to the release of RHEL 3, 4 and 5. */
static const struct {
	const char *suffix;
	enum kernel_kind kind;
} uname_variants[] = {
	{"smp", KERNEL_IMAGE},   {"hugemem", KERNEL_IMAGE}, {"largesmp", KERNEL_IMAGE},
	{"PAE", KERNEL_IMAGE},   {"BOOT", KERNEL_IMAGE},    {"debug", KERNEL_IMAGE},
	{"kdump", KERNEL_IMAGE}, {"xenU", KERNEL_PV_ONLY},  {"xen", KERNEL_PV_ONLY},
};

static size_t find_last(struct slice s, uint8_t byte)
{
	for (size_t i = s.n; i > 0; i--)
		if (slice_at(s, i - 1) == byte)
			return i - 1;
	return s.n;
}

static struct slice from(struct slice s, size_t at)
{
	return at >= s.n ? SLICE_NONE : slice_of(s.p + at, s.n - at);
}

static bool is_arch(struct slice s)
{
	for (size_t i = 0; i < ARRAY_LEN(arches); i++)
		if (slice_eq(s, arches[i]))
			return true;
	return false;
}

/* Takes ".i686" off the end. */
static int take_arch(struct slice *text, struct arena *a, struct kernel_id *k,
		     struct err *e)
{
	size_t dot = find_last(*text, '.');

	if (dot == text->n || !is_arch(from(*text, dot + 1)))
		return 0;
	k->arch = arena_strndup(a, from(*text, dot + 1));
	text->n = dot;
	return k->arch ? 0 : arena_full(a, e);
}

/* The mark of the distribution in a release: where it starts, where it ends, and the RHEL
 * it stands for. ".EL" is RHEL 3 or 4 by the kernel's version, ".el5" and up by its
 * number. */
static bool find_mark(struct slice release, const char *version, size_t *ret_end,
		      unsigned *ret_rhel)
{
	size_t at = slice_search(release, ".EL", 3);
	uint64_t n = 0;

	if (at < release.n) {
		*ret_rhel = strcmp(version, "2.4.21") == 0  ? 3
			    : strcmp(version, "2.6.9") == 0 ? 4
							    : 0;
		*ret_end = at + 3;
		return true;
	}
	at = slice_search(release, ".el", 3);
	if (at == release.n || !text_is_digit(slice_at(release, at + 3)))
		return false;
	for (at += 3; text_is_digit(slice_at(release, at)) && n < 100; at++)
		n = n * 10 + (uint64_t)(slice_at(release, at) - '0');
	*ret_rhel = (unsigned)n;
	*ret_end = at;
	return true;
}

static int take_numbers(struct slice release, struct kernel_id *k, struct err *e)
{
	size_t n = 0;

	while (text_is_digit(slice_at(release, n)))
		n++;
	if (!text_u64(slice_of(release.p, n), UINT32_MAX, &k->build))
		return err_set(e, ERR_USAGE,
			       "the release '%s' does not begin with a number",
			       escape_short(release).text);
	k->is_update =
		slice_at(release, n) == '.' && text_is_digit(slice_at(release, n + 1));
	return 0;
}

/* In uname's form the variant stands right behind the mark: ".el5PAE", ".ELsmp". */
static size_t take_variant(struct slice tail, struct kernel_id *k)
{
	for (size_t i = 0; i < ARRAY_LEN(uname_variants); i++) {
		if (!slice_starts(tail, uname_variants[i].suffix))
			continue;
		k->variant = uname_variants[i].suffix;
		k->kind = uname_variants[i].kind;
		return strlen(k->variant);
	}
	return 0;
}

static const struct slice vendor_marks = {(const uint8_t *)"._+~", 4};

static int split_release(struct slice release, struct arena *a, struct kernel_id *k,
			 struct err *e)
{
	struct slice tail = SLICE_NONE;
	size_t end = release.n;
	int r = take_numbers(release, k, e);

	if (r < 0)
		return r;
	if (find_mark(release, k->version, &end, &k->rhel))
		tail = from(release, end);
	if (!k->is_rpm_name)
		tail = from(tail, take_variant(tail, k));
	/* A rebuild's own mark follows: ".centos.plus", "_4". Anything else is a variant
	 * that no kernel of the family has. */
	if (tail.n &&
	    slice_find(vendor_marks, 0, (uint8_t)slice_at(tail, 0)) == vendor_marks.n)
		return err_set(e, ERR_USAGE, "'%s' is no variant of a kernel known here",
			       escape_short(tail).text);
	k->release = arena_strndup(a, slice_of(release.p, end));
	k->vendor = arena_strndup(a, tail);
	return k->release && k->vendor ? 0 : arena_full(a, e);
}

static bool looks_like_version(struct slice s)
{
	static const struct slice marks = {(const uint8_t *)"._+~", 4};

	for (size_t i = 0; i < s.n; i++)
		if (!text_is_alnum(slice_at(s, i)) &&
		    slice_find(marks, 0, (uint8_t)slice_at(s, i)) == marks.n)
			return false;
	return text_is_digit(slice_at(s, 0)) && slice_find(s, 0, '.') < s.n;
}

static int take_version(struct slice version, struct arena *a, struct kernel_id *k,
			struct err *e)
{
	struct slice epoch, rest;

	if (text_split(version, ':', &epoch, &rest) && text_is_digit(slice_at(epoch, 0)))
		version = rest;
	if (!looks_like_version(version))
		return err_set(e, ERR_USAGE, "'%s' is not a kernel version",
			       escape_short(version).text);
	k->version = arena_strndup(a, version);
	return k->version ? 0 : arena_full(a, e);
}

static int take_package(struct slice name, struct arena *a, struct kernel_id *k,
			struct err *e)
{
	k->package = arena_strndup(a, name);
	if (!k->package)
		return arena_full(a, e);
	if (!slice_starts(name, "kernel") || (name.n > 6 && slice_at(name, 6) != '-'))
		return err_set(e, ERR_USAGE, "'%s' is not a kernel package",
			       escape_short(name).text);
	k->kind = KERNEL_NOT;
	for (size_t i = 0; i < ARRAY_LEN(packages); i++) {
		if (strcmp(packages[i].name, k->package) == 0) {
			k->variant = packages[i].variant;
			k->kind = packages[i].kind;
		}
	}
	return 0;
}

/* name-version-release, from the right: a name may hold dashes, the other two may not. */
static int split_rpm(struct slice text, struct arena *a, struct kernel_id *k,
		     struct err *e)
{
	size_t second = find_last(text, '-'), first;
	int r;

	first = find_last(slice_of(text.p, second < text.n ? second : 0), '-');
	if (second == text.n || first == second)
		return err_set(e, ERR_USAGE,
			       "'%s' is neither name-version-release.arch nor the output "
			       "of uname -r",
			       escape_short(text).text);
	r = take_package(slice_of(text.p, first), a, k, e);
	if (r >= 0)
		r = take_version(slice_of(text.p + first + 1, second - first - 1), a, k,
				 e);
	return r >= 0 ? split_release(from(text, second + 1), a, k, e) : r;
}

static int split_uname(struct slice text, struct arena *a, struct kernel_id *k,
		       struct err *e)
{
	size_t dash = slice_find(text, 0, '-');
	int r;

	if (dash == text.n)
		return err_set(e, ERR_USAGE, "'%s' has no release behind its version",
			       escape_short(text).text);
	r = take_version(slice_of(text.p, dash), a, k, e);
	return r >= 0 ? split_release(from(text, dash + 1), a, k, e) : r;
}

int kernel_id_parse(struct slice text, struct arena *a, struct kernel_id *ret,
		    struct err *e)
{
	struct kernel_id k = {.kind = KERNEL_IMAGE, .variant = ""};
	int r;

	text = text_trim(text);
	if (text.n == 0)
		return err_set(e, ERR_USAGE, "an empty name");
	if (slice_find(text, 0, ' ') < text.n || slice_find(text, 0, '\t') < text.n)
		return err_set(e, ERR_USAGE, "'%s' is more than one word",
			       escape_short(text).text);
	k.is_rpm_name = !text_is_digit(slice_at(text, 0));
	if (k.is_rpm_name && slice_ends(text, ".rpm"))
		text.n -= 4;
	if (!k.is_rpm_name &&
	    slice_ends(text, ".debug")) { /* RHEL 6: 2.6.32-71.el6.i686.debug */
		k.variant = "debug";
		text.n -= strlen(".debug");
	}
	r = take_arch(&text, a, &k, e);
	if (r >= 0)
		r = k.is_rpm_name ? split_rpm(text, a, &k, e)
				  : split_uname(text, a, &k, e);
	if (r < 0)
		return r;
	if (k.arch && (strcmp(k.arch, "src") == 0 || strcmp(k.arch, "noarch") == 0))
		k.kind = KERNEL_NOT;
	*ret = k;
	return 0;
}

const char *kernel_id_uname(const struct kernel_id *k, struct arena *a)
{
	if (k->rhel >= 6)
		return arena_printf(a, "%s-%s%s%s%s%s%s", k->version, k->release,
				    k->vendor, k->arch ? "." : "", k->arch ? k->arch : "",
				    *k->variant ? "." : "", k->variant);
	return arena_printf(a, "%s-%s%s%s", k->version, k->release, k->variant,
			    k->vendor);
}
