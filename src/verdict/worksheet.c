/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a kernel's name comes to: its release, then what tables and rows say of it. */
#include "sheet_parts.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "text.h"

/* The first number of the kernel that a release began with; false when the row speaks of
 * another kernel version. */
static bool build_of(const struct platform_release *r, const struct kernel_id *k,
		     uint64_t *ret_build)
{
	struct slice version, build, first, major, minor;
	uint64_t rhel;

	if (!text_split(slice_str(r->kernel), '-', &version, &build) ||
	    !slice_eq(version, k->version))
		return false;
	first = build;
	text_split(build, '.', &first, &minor);
	return text_u64(first, UINT32_MAX, ret_build) &&
	       text_split(slice_str(r->release), '.', &major, &minor) &&
	       text_u64(major, 99, &rhel) && rhel == k->rhel;
}

/* Is it the kernel that the release began with? That of 6.1 is no z-stream, although its
 * release has several numbers: 131.0.15. */
static bool is_own_kernel(const struct platform_release *r, const struct kernel_id *k)
{
	const char *own = strchr(r->kernel, '-') + 1, *rest;

	if (strncmp(k->release, own, strlen(own)) != 0)
		return false;
	rest = k->release + strlen(own);
	return !*rest || (*rest == '.' && !text_is_digit((uint8_t)rest[1]));
}

/* The last release that began with this build or an earlier one. */
static void find_release(struct sheet *s)
{
	uint64_t best = 0, build;

	for (size_t i = 0; i < s->platform->releases.n; i++) {
		const struct platform_release *r = &s->platform->releases.v[i];

		if (!build_of(r, s->kernel, &build) || build > s->kernel->build ||
		    build < best)
			continue;
		best = build;
		s->release = r;
	}
	if (!s->release)
		return;
	s->w->release = s->release->name;
	s->w->version = s->release->release;
	s->w->release_inferred = best != s->kernel->build;
	s->w->update = s->kernel->is_update && !is_own_kernel(s->release, s->kernel);
}

_printf_(3, 4) static int remark(struct sheet *s, struct err *e, const char *fmt, ...)
{
	char text[400];
	const char *kept;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kept = arena_strdup(s->arena, text);
	return kept && vec_push(s->arena, &s->w->remarks, kept) ? 0
								: arena_full(s->arena, e);
}

/* rpm -q kernel lists no kernel-PAE: the package has to be named, or one of its files. */
static int say_what_tells_the_arch(struct sheet *s, struct err *e)
{
	bool rpm = s->kernel->is_rpm_name;

	return remark(s, e,
		      "the processor's architecture is not in this name; rpm %s "
		      "--queryformat '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}\\n' "
		      "%s%.100s tells it in the guest",
		      rpm ? "-q" : "-qf", rpm ? "" : "/boot/vmlinuz-",
		      rpm ? s->kernel->package : s->w->name);
}

static int say_what_is_inferred(struct sheet *s, struct err *e)
{
	int r = 0;

	if (s->w->release_inferred)
		r = remark(s, e,
			   "%s is inferred: its own kernel is %s, this is a later build",
			   s->release->name, s->release->kernel);
	if (r >= 0 && s->w->unlisted)
		r = remark(s, e, "%s", s->w->unlisted);
	if (r >= 0 && s->w->arch && !s->kernel->arch)
		r = remark(s, e,
			   "the processor's architecture is inferred: the table has no "
			   "other "
			   "with this variant");
	if (r >= 0 && !s->w->arch)
		r = say_what_tells_the_arch(s, e);
	return r;
}

/* Is it the version of a release that the platform knows? */
static bool is_known_version(const struct sheet *s)
{
	uint64_t build;

	for (size_t i = 0; i < s->platform->releases.n; i++)
		if (build_of(&s->platform->releases.v[i], s->kernel, &build))
			return true;
	return false;
}

static int say_no_row(struct sheet *s, struct err *e)
{
	if (!s->release && is_known_version(s))
		return remark(s, e,
			      "%s-%llu is older than the first kernel of RHEL %u that is "
			      "known here",
			      s->kernel->version, (unsigned long long)s->kernel->build,
			      s->kernel->rhel);
	return remark(s, e, "%s covers releases 3 to 6 of Red Hat Enterprise Linux",
		      s->platform->name);
}

static int apply_guest(struct sheet *s, enum support support, struct err *e)
{
	const struct platform_guest *g =
		s->release ? platform_guest_for(s->platform, s->release->release,
						s->w->arch, s->kernel->variant)
			   : NULL;
	struct worksheet *w = s->w;
	bool listed;

	w->support = support_name(support);
	w->answer = answer_name(ANSWER_UNKNOWN);
	if (!g)
		return say_no_row(s, e);
	if (g->support)
		w->support = g->support;
	listed = strcmp(w->support, support_name(SUPPORT_NOT_LISTED)) != 0;
	/* A combination outside the tables may work or not: nobody says. */
	if (listed && (w->arch || strcmp(g->answer, "blocked") == 0))
		w->answer = g->answer;
	w->guest = g;
	/* Nor does anybody say that a package is built for it. */
	if (listed || !g->package) {
		w->package = g->package;
		w->drivers = g->text;
	} else {
		w->drivers = "no package is documented for this kernel";
	}
	w->verified = g->verified;
	if (sheet_cites(s, &g->cites, &w->cites, e) < 0)
		return -(int)e->code;
	if (!g->host)
		return 0;
	if (sheet_host_tables(s, g->host, e) < 0)
		return -(int)e->code;
	sheet_check_host(s, g->host_from);
	return 0;
}

static int judge_kernel(struct sheet *s, struct err *e)
{
	enum support support;
	int r;

	s->w->arch = s->kernel->arch;
	s->w->variant = s->kernel->variant;
	find_release(s);
	r = sheet_support_tables(s, &support, e);
	if (r >= 0)
		r = apply_guest(s, support, e);
	if (r >= 0)
		r = sheet_notes(s, e);
	if (r >= 0)
		sheet_apply_host(s);
	return r >= 0 ? say_what_is_inferred(s, e) : r;
}

int worksheet_judge(const struct kernel_id *k, const char *name, const struct platform *p,
		    const struct host *host, struct arena *a, struct worksheet *ret,
		    struct err *e)
{
	static const char *const kinds[] = {
		[KERNEL_IMAGE] = "kernel",
		[KERNEL_PV_ONLY] = "para-virtualized kernel",
		[KERNEL_NOT] = "not a kernel",
	};
	struct worksheet w = {.kind = kinds[k->kind], .verified = true};
	struct sheet s = {.kernel = k, .platform = p, .host = host, .arena = a, .w = &w};
	int r = 0;

	w.name = escape_dup(a, slice_str(name));
	if (!w.name)
		return arena_full(a, e);
	if (k->kind == KERNEL_IMAGE)
		r = judge_kernel(&s, e);
	else if (k->kind == KERNEL_PV_ONLY)
		r = remark(&s, e,
			   "this kernel runs as a para-virtualized guest, to which the "
			   "chapter "
			   "does not apply: it has its own drivers");
	else
		r = remark(&s, e, "%s%s holds no kernel",
			   escape_short(slice_str(k->package)).text,
			   k->arch && strcmp(k->arch, "src") == 0 ? ".src" : "");
	if (r >= 0)
		*ret = w;
	return r;
}
