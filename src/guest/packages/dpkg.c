/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packages of Debian and its kin that own a kernel: names from dpkg's status file
 * (deb-control(5) stanzas), kernel releases from the lists of files in info/. A package
 * that only depends on a kernel owns no file of it, and is left out that way.
 */
#include "packages/dpkg.h"

#include "guest.h"
#include "limits.h"
#include "text.h"
#include "tolerate.h"

static const char database[] = "/var/lib/dpkg";

/* What a name starts with; the longer ones first, for the release behind it. */
static const char *const kernel_packages[] = {
	"linux-image-unsigned-", "linux-image-extra-", "linux-image-",
	"linux-modules-extra-",  "linux-modules-",     "linux-restricted-modules-",
	"kernel-image-",         "proxmox-kernel-",    "pve-kernel-",
	"raspberrypi-kernel",
};

/* The name behind the prefix, or false when it is not a kernel package's. */
static bool kernel_package(struct slice name, struct slice *ret_rest)
{
	for (size_t i = 0; i < ARRAY_LEN(kernel_packages); i++) {
		size_t n = slice_str(kernel_packages[i]).n;

		if (slice_starts(name, kernel_packages[i]))
			return slice_sub(name, n, name.n - n, ret_rest);
	}
	return false;
}

struct stanza {
	struct slice package, status, version, arch;
	unsigned line;
	bool any;
};

static void set_field(struct stanza *s, struct slice key, struct slice value,
		      unsigned line)
{
	struct slice word;

	s->any = true;
	value = text_trim(value);
	if (slice_eq(key, "Package")) {
		s->package = value;
		s->line = line;
	} else if (slice_eq(key, "Version")) {
		s->version = value;
	} else if (slice_eq(key, "Architecture")) {
		s->arch = value;
	} else if (slice_eq(key, "Status")) {
		/* "install ok installed": what is wanted, errors, what is. */
		while (text_word(&value, &word))
			s->status = word;
	}
}

static int end_stanza(struct stanza *s, struct arena *a, dpkg_list *list, unsigned line,
		      struct err *e)
{
	struct dpkg_package p = {.line = s->line};
	struct slice rest;

	if (!s->any)
		return 0;
	if (s->package.n == 0)
		return err_set(e, ERR_CORRUPT,
			       "the package that ends at line %u has no name", line);
	if (kernel_package(s->package, &rest)) {
		p.name = arena_strndup(a, s->package);
		p.version = s->version.n ? arena_strndup(a, s->version) : NULL;
		p.arch = s->arch.n ? arena_strndup(a, s->arch) : NULL;
		p.status =
			arena_strndup(a, s->status.n ? s->status : slice_str("unknown"));
		if (!p.name || !p.status || (s->version.n && !p.version) ||
		    (s->arch.n && !p.arch) || !vec_push(a, list, p))
			return arena_full(a, e);
	}
	*s = (struct stanza){0};
	return 0;
}

int dpkg_parse(struct slice status, struct arena *a, dpkg_list *list, struct err *e)
{
	struct text t = text_of(status);
	struct slice line, key, value;
	struct stanza s = {0};
	int r = 0;

	if (slice_find(status, 0, '\0') < status.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while (r >= 0 && text_line(&t, &line)) {
		if (text_trim(line).n == 0)
			r = end_stanza(&s, a, list, t.line, e);
		else if (text_is_blank(slice_at(line, 0)))
			continue;
		else if (text_split(line, ':', &key, &value))
			set_field(&s, key, value, t.line);
		else
			return err_set(e, ERR_CORRUPT, "line %u is no field", t.line);
	}
	if (r >= 0)
		r = end_stanza(&s, a, list, t.line, e);
	if (r >= 0 && status.n && slice_at(status, status.n - 1) != '\n')
		r = err_set(e, ERR_CORRUPT, "cut short in line %u", t.line);
	return r;
}

/* "6.1.0-56-amd64" of "/boot/vmlinuz-6.1.0-56-amd64" or of a path in its modules'
 * directory. */
static bool kernel_of_path(struct slice path, struct slice *ret)
{
	static const char *const starts[] = {
		"/boot/vmlinuz-",
		"/boot/vmlinux-",
		"/lib/modules/",
		"/usr/lib/modules/",
	};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		size_t n = slice_str(starts[i]).n;
		struct slice rest;

		if (!slice_starts(path, starts[i]) ||
		    !slice_sub(path, n, path.n - n, &rest))
			continue;
		return slice_sub(rest, 0, slice_find(rest, 0, '/'), ret) &&
		       text_is_digit(slice_at(*ret, 0));
	}
	return false;
}

int dpkg_kernels(struct slice list, struct arena *a, strs *ret, struct err *e)
{
	struct text t = text_of(list);
	struct slice line, release;

	while (text_line(&t, &line)) {
		const char *copy;

		if (!kernel_of_path(line, &release))
			continue;
		/* A package of modules has thousands of files of one kernel. */
		if (ret->n && slice_eq(release, ret->v[ret->n - 1]))
			continue;
		copy = arena_strndup(a, release);
		if (!copy || !strs_add_once(a, ret, copy))
			return arena_full(a, e);
		if (ret->n > LIMIT_KERNELS)
			return err_set(e, ERR_LIMIT,
				       "a package has files of more than %d kernels",
				       LIMIT_KERNELS);
	}
	return 0;
}

/* The list of files of a package; ERR_ABSENT when there is none. */
static int read_list(struct guest *g, const struct dpkg_package *p, struct slice *ret,
		     struct err *e)
{
	const char *paths[2] = {
		arena_printf(g->scratch, "%s/info/%s.list", database, p->name),
		arena_printf(g->scratch, "%s/info/%s:%s.list", database, p->name,
			     p->arch ? p->arch : ""),
	};
	int r = -ERR_ABSENT;

	for (size_t i = 0; r == -ERR_ABSENT && i < ARRAY_LEN(paths); i++) {
		struct file f;

		if (!paths[i])
			return arena_full(g->scratch, e);
		r = tree_read(g->tree, paths[i], LIMIT_TABLE_FILE, g->scratch, &f, ret,
			      e);
	}
	return r;
}

static const char *keep(struct guest *g, const char *s)
{
	return s ? arena_strdup(g->arena, s) : NULL;
}

static int add_fact(struct guest *g, const struct file *f, const struct dpkg_package *p,
		    const char *release, struct err *e)
{
	struct package_fact fact = {
		.kind = "kernel",
		.manager = "dpkg",
		.name = keep(g, p->name),
		.version = keep(g, p->version),
		.arch = keep(g, p->arch),
		.status = keep(g, p->status),
		.kernel = keep(g, release),
		.source = guest_source(g, f, p->line, 0),
	};

	if (!fact.name || !fact.kernel || !vec_push(g->arena, &g->facts->packages, fact))
		return arena_full(g->arena, e);
	return 0;
}

static int add_package(struct guest *g, const struct file *f,
		       const struct dpkg_package *p, struct err *e)
{
	struct slice list, rest;
	strs kernels = {0};
	int r = read_list(g, p, &list, e);

	if (r >= 0)
		r = dpkg_kernels(list, g->scratch, &kernels, e);
	if (r == -ERR_ABSENT) {
		/* Nothing says which files it has: its name may say which kernel. */
		err_clear(e);
		r = 0;
		if (kernel_package(slice_str(p->name), &rest) &&
		    text_is_digit(slice_at(rest, 0))) {
			const char *release = arena_strndup(g->scratch, rest);

			if (!release || !vec_push(g->scratch, &kernels, release))
				return arena_full(g->scratch, e);
		}
	}
	if (r < 0)
		return tolerate(g, "packages", p->name, e);
	for (size_t i = 0; r >= 0 && i < kernels.n; i++)
		r = add_fact(g, f, p, kernels.v[i], e);
	return r;
}

/* Databases that have no reader here. */
static const struct {
	const char *path, *name;
} other_databases[] = {
	{"/var/db/pkg", "Portage database"},
	{"/var/lib/pkgtools/packages", "Slackware package database"},
	{"/var/log/packages", "Slackware package database"},
};

static int name_others(struct guest *g, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(other_databases); i++) {
		struct file f;
		int r = tree_find(g->tree, other_databases[i].path, &f, e);

		if (r >= 0) {
			err_set(e, ERR_UNSUPPORTED,
				"the %s is not read yet: kernels are known by their "
				"files only",
				other_databases[i].name);
			return guest_problem(g, "packages", guest_source(g, &f, 0, 0), e);
		}
		r = tolerate(g, "packages", other_databases[i].path, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_database(struct guest *g, struct err *e)
{
	dpkg_list list = {0};
	struct slice status;
	struct file f;
	int r = tree_read(g->tree, "/var/lib/dpkg/status", LIMIT_TABLE_FILE, g->scratch,
			  &f, &status, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		return name_others(g, e);
	}
	if (r < 0)
		return tolerate(g, "packages", "/var/lib/dpkg/status", e);
	r = dpkg_parse(status, g->scratch, &list, e);
	if (r < 0)
		r = tolerate(g, "packages", f.path, e);
	for (size_t i = 0; r >= 0 && i < list.n; i++)
		r = add_package(g, &f, &list.v[i], e);
	return r;
}

const struct guest_reader read_dpkg = {"packages", "packages of dpkg that own a kernel",
				       read_database};
