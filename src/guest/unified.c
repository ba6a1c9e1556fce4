/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unified.h"

#include "limits.h"
#include "pe.h"
#include "text.h"

/* A text without zero bytes and blanks at its end. */
static int read_text(const struct file_bytes *b, const struct pe_section *s,
		     struct arena *a, struct slice *ret, struct err *e)
{
	struct slice text;
	int r;

	if (s->size > LIMIT_CONFIG_FILE)
		return err_set(e, ERR_LIMIT, "a section %.8s of more than %zu bytes",
			       (const char *)s->name.p, LIMIT_CONFIG_FILE);
	r = file_bytes_read(b, s->off, s->size, a, &text, e);
	if (r >= 0)
		*ret = text_trim(slice_of(text.p, slice_find(text, 0, '\0')));
	return r;
}

static int set_text(const struct file_bytes *b, const struct pe_section *s,
		    struct arena *a, const char **ret, struct err *e)
{
	struct slice text;
	int r = read_text(b, s, a, &text, e);

	if (r < 0)
		return r;
	*ret = arena_strndup(a, text);
	return *ret ? 0 : arena_full(a, e);
}

/* The lines of a command line are one. */
static int set_cmdline(const struct file_bytes *b, const struct pe_section *s,
		       struct arena *a, const char **ret, struct err *e)
{
	char *copy = NULL;
	struct slice text;
	int r = read_text(b, s, a, &text, e);

	if (r < 0)
		return r;
	copy = arena_strndup(a, text);
	if (!copy)
		return arena_full(a, e);
	for (char *c = copy; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	*ret = copy;
	return 0;
}

/* The value of KEY= in a text of such lines; empty without one. */
static struct slice value_of(struct slice text, const char *name)
{
	struct text t = text_of(text);
	struct slice line, key, value, found = SLICE_NONE;

	while (text_line(&t, &line))
		if (text_split(line, '=', &key, &value) && slice_eq(text_trim(key), name))
			found = text_unquote(text_trim(value));
	return found;
}

/* The first of these keys that is there. */
static int set_value(struct slice text, const char *const *keys, struct arena *a,
		     const char **ret, struct err *e)
{
	for (size_t i = 0; keys[i]; i++) {
		struct slice value = value_of(text, keys[i]);

		if (!value.n)
			continue;
		*ret = arena_strndup(a, value);
		return *ret ? 0 : arena_full(a, e);
	}
	return 0;
}

/* In the order in which systemd-boot takes them. */
static int set_system(struct slice text, struct arena *a, struct unified_profile *to,
		      struct err *e)
{
	static const char *const names[] = {"PRETTY_NAME", "IMAGE_ID", "NAME", "ID",
					    NULL};
	static const char *const versions[] = {"IMAGE_VERSION", "VERSION", "VERSION_ID",
					       "BUILD_ID", NULL};
	static const char *const sort_keys[] = {"IMAGE_ID", "ID", NULL};
	int r = set_value(text, names, a, &to->name, e);

	if (r >= 0)
		r = set_value(text, versions, a, &to->version, e);
	if (r >= 0)
		r = set_value(text, sort_keys, a, &to->sort_key, e);
	return r;
}

static int set_title(struct slice text, struct arena *a, struct unified_profile *to,
		     struct err *e)
{
	static const char *const keys[] = {"TITLE", "ID", NULL};

	to->title = NULL;
	return set_value(text, keys, a, &to->title, e);
}

static int read_section(const struct file_bytes *b, const struct pe_section *s,
			struct arena *a, struct unified_profile *to, struct err *e)
{
	struct slice text = SLICE_NONE;
	int r = 0;

	if (slice_eq(s->name, ".linux")) {
		to->kernel = (struct unified_range){s->off, s->size};
	} else if (slice_eq(s->name, ".initrd")) {
		to->initramfs = (struct unified_range){s->off, s->size};
	} else if (slice_eq(s->name, ".cmdline")) {
		r = set_cmdline(b, s, a, &to->cmdline, e);
	} else if (slice_eq(s->name, ".uname")) {
		r = set_text(b, s, a, &to->release, e);
	} else if (slice_eq(s->name, ".osrel")) {
		r = read_text(b, s, a, &text, e);
		if (r >= 0)
			r = set_system(text, a, to, e);
	} else if (slice_eq(s->name, ".profile")) {
		r = read_text(b, s, a, &text, e);
		if (r >= 0)
			r = set_title(text, a, to, e);
	}
	return r;
}

static int end_profile(struct unified *u, const struct unified_profile *p,
		       struct arena *a, struct err *e)
{
	if (u->profiles.n == LIMIT_UNIFIED_PROFILES)
		return err_set(e, ERR_LIMIT, "more than %d profiles",
			       LIMIT_UNIFIED_PROFILES);
	return vec_push(a, &u->profiles, *p) ? 0 : arena_full(a, e);
}

static bool has_kernel(const struct pe *pe)
{
	for (size_t i = 0; i < pe->sections.n; i++)
		if (slice_eq(pe->sections.v[i].name, ".linux"))
			return true;
	return false;
}

static int read_profiles(const struct file_bytes *b, const struct pe *pe, struct arena *a,
			 struct unified *ret, struct err *e)
{
	struct unified_profile base = {0}, own = {0}, *to = &base;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < pe->sections.n; i++) {
		const struct pe_section *s = &pe->sections.v[i];

		if (slice_eq(s->name, ".profile")) {
			if (to == &own)
				r = end_profile(ret, &own, a, e);
			own = base;
			to = &own;
		}
		if (r >= 0)
			r = read_section(b, s, a, to, e);
	}
	return r < 0 ? r : end_profile(ret, to, a, e);
}

int unified_read(const struct file_bytes *b, struct arena *a, struct unified *ret,
		 struct err *e)
{
	struct unified u = {0};
	struct slice magic;
	struct pe pe;
	int r = file_bytes_head(b, 2, a, &magic, e);

	if (r >= 0 && !slice_eq(magic, "MZ"))
		return err_set(e, ERR_ABSENT, "no program for UEFI");
	if (r >= 0)
		r = pe_read(b, a, &pe, e);
	if (r < 0)
		return r;
	if (!has_kernel(&pe))
		return err_set(e, ERR_ABSENT, "no unified kernel image");
	u.is_signed = pe.is_signed;
	u.arch = pe.arch;
	r = read_profiles(b, &pe, a, &u, e);
	if (r >= 0)
		*ret = u;
	return r;
}

int unified_part(struct file *f, enum unified_part part, struct arena *a,
		 const struct unified_profile **ret, struct err *e)
{
	struct file_bytes bytes = file_bytes_of(f);
	struct err why = ERR_INIT;
	const struct unified_range *range;
	struct unified u;
	int r = unified_read(&bytes, a, &u, &why);

	/* Whatever is no program for UEFI is told by who reads it. */
	if (r == -ERR_ABSENT || r == -ERR_CORRUPT)
		return 0;
	if (r < 0) {
		*e = why;
		return r;
	}
	range = part == UNIFIED_KERNEL ? &u.profiles.v[0].kernel
				       : &u.profiles.v[0].initramfs;
	if (!range->size)
		return err_set(e, ERR_ABSENT, "the unified kernel image has no %s",
			       part == UNIFIED_KERNEL ? "kernel" : "initramfs");
	if (ret)
		*ret = &u.profiles.v[0];
	return file_part(f, range->off, range->size, f, e);
}
