/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding platform files, and asking a platform what it holds. */
#include "platform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limits.h"
#include "strbuf.h"

#define SUFFIX ".yaml"

const char *platform_default_dir(void)
{
	const char *dir = secure_getenv("PARAVET_PLATFORMS");

	return dir && *dir ? dir : PLATFORMS_DIR;
}

static int read_file(const char *path, struct strbuf *text, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[8192];
	ssize_t n;

	if (fd < 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
		strbuf_add(text, buf, (size_t)n);
		if (!strbuf_ok(text))
			return err_set(e, ERR_LIMIT, "%s: more than %zu bytes", path,
				       LIMIT_CONFIG_FILE);
	}
	return 0;
}

int platform_load_file(const char *path, struct arena *a, struct platform **ret,
		       struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	int r = read_file(path, &text, e);

	if (r < 0)
		return r;
	return platform_parse(slice_of(strbuf_text(&text), text.n), path, a, ret, e);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

#define HOW_TO_FIND \
	": make install puts them in place; PARAVET_PLATFORMS names their folder"

/* The ids of a folder: its files named ID.yaml, sorted. */
static int list_ids(const char *dir, struct arena *a, strs *ret, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	if (!d)
		return err_set(e, ERR_IO, "platform files: %s: %s" HOW_TO_FIND, dir,
			       strerror(errno));
	while (r == 0 && (entry = readdir(d))) {
		struct slice name = slice_str(entry->d_name), id;
		char *copy;

		if (entry->d_name[0] == '.' || !slice_ends(name, SUFFIX) ||
		    !slice_sub(name, 0, name.n - strlen(SUFFIX), &id) || !id.n)
			continue;
		copy = arena_strndup(a, id);
		if (!copy || !vec_push(a, ret, copy))
			r = arena_full(a, e);
	}
	closedir(d);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_names);
	return r;
}

static int no_such_id(const char *id, const strs *there, struct err *e)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT(600);

	for (size_t i = 0; i < there->n; i++)
		strbuf_printf(&list, "%s%s", i ? ", " : "", there->v[i]);
	return err_set(e, ERR_USAGE, "there is no platform %s: choose from %s", id,
		       strbuf_text(&list));
}

int platform_load_dir(const char *dir, const strs *ids, struct arena *a,
		      platform_list *ret, struct err *e)
{
	strs there = {0};
	platform_list list = {0};
	int r = list_ids(dir, a, &there, e);

	if (r < 0)
		return r;
	if (!there.n)
		return err_set(e, ERR_ABSENT, "no platform files in %s" HOW_TO_FIND, dir);
	if (!ids || !ids->n)
		ids = &there;
	for (size_t i = 0; i < ids->n; i++) {
		struct platform *p;
		const char *path;

		if (!strs_has(&there, ids->v[i]))
			return no_such_id(ids->v[i], &there, e);
		path = arena_printf(a, "%s/%s" SUFFIX, dir, ids->v[i]);
		if (!path)
			return arena_full(a, e);
		r = platform_load_file(path, a, &p, e);
		if (r < 0)
			return r;
		if (strcmp(p->id, ids->v[i]) != 0)
			return err_set(e, ERR_CORRUPT,
				       "%s:1: id is %s, the file's name says %s", path,
				       p->id, ids->v[i]);
		if (!vec_push(a, &list, p))
			return arena_full(a, e);
	}
	*ret = list;
	return 0;
}

static int add_all(const strs *from, struct arena *a, strs *to, struct err *e)
{
	for (size_t i = 0; i < from->n; i++)
		if (!strs_add_once(a, to, from->v[i]))
			return arena_full(a, e);
	return 0;
}

int platform_asked_modules(const platform_list *list, struct arena *a, strs *ret,
			   struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct platform *p = list->v[i];
		int r = 0;

		for (size_t j = 0; r == 0 && j < p->drivers.n; j++)
			r = add_all(&p->drivers.v[j].modules, a, ret, e);
		for (size_t j = 0; r == 0 && j < p->devices.n; j++) {
			const struct platform_device *d = &p->devices.v[j];

			for (size_t k = 0; r == 0 && k < d->choices.n; k++)
				r = add_all(&d->choices.v[k].not_with, a, ret, e);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int platform_asked_options(const platform_list *list, struct arena *a, strs *ret,
			   struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct platform *p = list->v[i];

		for (size_t j = 0; j < p->drivers.n; j++) {
			int r = add_all(&p->drivers.v[j].options, a, ret, e);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

const struct platform_device *platform_device(const struct platform *p, const char *role)
{
	for (size_t i = 0; i < p->devices.n; i++)
		if (strcmp(p->devices.v[i].role, role) == 0)
			return &p->devices.v[i];
	return NULL;
}

const char *support_name(enum support s)
{
	static const char *const names[SUPPORT_COUNT] = {"not listed", "supported",
							 "unsupported", "disputed"};

	return names[s < SUPPORT_COUNT ? s : SUPPORT_NOT_LISTED];
}

enum support support_of_name(const char *name)
{
	for (unsigned i = 0; name && i < SUPPORT_COUNT; i++)
		if (strcmp(support_name((enum support)i), name) == 0)
			return (enum support)i;
	return SUPPORT_NOT_LISTED;
}

/* No list takes in all; a value that is not known is in no list. */
static bool takes(const strs *list, const char *value)
{
	for (size_t i = 0; value && i < list->n; i++)
		if (platform_glob(list->v[i], value))
			return true;
	return !list->n;
}

int platform_support_for(const struct platform *p, const char *os, const char *version,
			 const char *arch, const char *flavour, struct arena *a,
			 support_rows *ret, struct err *e)
{
	for (size_t i = 0; i < p->support.n; i++) {
		const struct platform_support *row = &p->support.v[i];

		if (!takes(&row->distros, os) || !takes(&row->archs, arch) ||
		    !takes(&row->flavours, flavour))
			continue;
		if ((row->from || row->to) &&
		    !platform_version_in(version, row->from, row->to))
			continue;
		if (!vec_push(a, ret, row))
			return arena_full(a, e);
	}
	return 0;
}
