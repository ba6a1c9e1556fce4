/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest whose file systems are directories made for one test: files are written below a
 * temporary directory, one sub-directory a volume, and mounted as a tree.
 */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest.h"
#include "limits.h"

enum { TREE_VOLUMES = 4 };

struct guest_tree {
	char dir[64];
	struct arena *arena, *scratch;
	struct fs *fs[TREE_VOLUMES];
	size_t n;
	struct facts facts;
	struct guest guest;
	struct err e;
};

static int guest_tree_setup(void **state)
{
	struct guest_tree *t = calloc(1, sizeof(*t));

	snprintf(t->dir, sizeof(t->dir), "/tmp/paravet-test-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	t->arena = arena_new(LIMIT_FACTS);
	t->scratch = arena_new(LIMIT_SCRATCH);
	t->guest = (struct guest){
		.arena = t->arena, .scratch = t->scratch, .facts = &t->facts};
	assert_int_equal(tree_new(t->arena, &t->guest.tree, &t->e), 0);
	*state = t;
	return 0;
}

static int guest_tree_unlink(const char *path, const struct stat *st, int flag,
			     struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int guest_tree_teardown(void **state)
{
	struct guest_tree *t = *state;

	for (size_t i = 0; i < t->n; i++)
		fs_free(t->fs[i]);
	nftw(t->dir, guest_tree_unlink, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(t->arena);
	arena_free(t->scratch);
	free(t);
	return 0;
}

/* Adds a volume mounted at `mount`; facts of it may be filled in by the test. */
static struct volume_fact *guest_tree_volume(struct guest_tree *t, const char *mount)
{
	struct place place = {"disk.img",
			      arena_printf(t->arena, "partition %zu", t->n + 1)};
	struct volume_fact *v = vec_add(t->arena, &t->facts.volumes);
	char dir[128];
	int fd;

	snprintf(dir, sizeof(dir), "%s/%zu", t->dir, t->n);
	assert_int_equal(mkdir(dir, 0755), 0);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fs_open_directory(fd, t->arena, &t->fs[t->n], &t->e), 0);
	v->disk = place.disk;
	v->name = place.volume;
	v->number = ++t->n;
	if (mount) {
		assert_int_equal(
			tree_mount(t->guest.tree, mount, t->fs[t->n - 1], place, &t->e),
			0);
		v->read = true;
		assert_true(vec_push(t->arena, &v->mounted_at, mount));
	}
	return v;
}

/* Writes a file of volume `index`, with the directories above it. */
static void guest_tree_bytes(struct guest_tree *t, size_t index, const char *path,
			     struct slice bytes)
{
	char name[512];
	FILE *f;

	assert_true(snprintf(name, sizeof(name), "%s/%zu%s", t->dir, index, path) <
		    (int)sizeof(name));
	for (char *p = name + strlen(t->dir) + 3; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(name, 0755);
		*p = '/';
	}
	f = fopen(name, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	assert_int_equal(fclose(f), 0);
}

static inline void guest_tree_file(struct guest_tree *t, size_t index, const char *path,
				   const char *text)
{
	guest_tree_bytes(t, index, path, slice_str(text));
}

static inline struct disk_fact *guest_tree_disk(struct guest_tree *t, const char *scheme,
						const char *boot_code)
{
	struct disk_fact *d = vec_add(t->arena, &t->facts.disks);

	*d = (struct disk_fact){.name = "disk.img",
				.format = "raw",
				.scheme = scheme,
				.boot_code = boot_code};
	return d;
}

/* The text of the first problem that holds `part`, or NULL. */
static inline const char *guest_tree_problem(const struct guest_tree *t, const char *part)
{
	for (size_t i = 0; i < t->facts.problems.n; i++)
		if (strstr(t->facts.problems.v[i].text, part))
			return t->facts.problems.v[i].text;
	return NULL;
}
