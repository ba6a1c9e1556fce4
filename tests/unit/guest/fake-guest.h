/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest made of files in a temporary directory of the host. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "limits.h"

struct fake_guest {
	char dir[64];
	struct guest guest;
	struct facts facts;
	struct arena *tree_arena;
	struct fs *fs;
};

static inline void fake_new(struct fake_guest *f)
{
	*f = (struct fake_guest){.dir = "/tmp/paravet-guest-XXXXXX"};
	if (!mkdtemp(f->dir))
		abort();
	f->guest.arena = arena_new(LIMIT_FACTS);
	f->guest.scratch = arena_new(LIMIT_SCRATCH);
	f->tree_arena = arena_new(LIMIT_FACTS);
	f->guest.facts = &f->facts;
}

/* Writes a file, with the directories above it. */
static inline void fake_file(const struct fake_guest *f, const char *path,
			     struct slice content)
{
	char full[512];
	FILE *out;

	snprintf(full, sizeof(full), "%s%s", f->dir, path);
	for (char *c = full + strlen(f->dir) + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			if (mkdir(full, 0755) < 0 && errno != EEXIST)
				abort();
			*c = '/';
		}
	if (path[strlen(path) - 1] == '/')
		return;
	out = fopen(full, "wb");
	if (!out || fwrite(content.p, 1, content.n, out) != content.n)
		abort();
	fclose(out);
}

static inline void fake_text(const struct fake_guest *f, const char *path,
			     const char *text)
{
	fake_file(f, path, slice_of(text, strlen(text)));
}

static inline void fake_link(const struct fake_guest *f, const char *target,
			     const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", f->dir, path);
	if (symlink(target, full) < 0)
		abort();
}

/* The files written so far and later as the guest's tree. */
static inline void fake_open(struct fake_guest *f)
{
	struct err e = ERR_INIT;
	int fd;

	if (f->guest.tree)
		return;
	fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fs_open_directory(fd, f->tree_arena, &f->fs, &e) < 0 ||
	    tree_new(f->tree_arena, &f->guest.tree, &e) < 0 ||
	    tree_mount(f->guest.tree, "/", f->fs, (struct place){"disk", ""}, &e) < 0)
		abort();
}

/* Runs a reader as guest_read() does; prints why it failed. */
static inline int fake_read(struct fake_guest *f, const struct guest_reader *reader)
{
	struct err e = ERR_INIT;
	struct arena_mark mark = arena_mark(f->guest.scratch);
	int r = 0;

	fake_open(f);
	r = reader->read(&f->guest, &e);
	arena_rewind(f->guest.scratch, mark);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", reader->name, e.text);
	return r;
}

static inline int fake_remove(const char *path, _unused_ const struct stat *st,
			      _unused_ int flag, _unused_ struct FTW *ftw)
{
	return remove(path);
}

static inline void fake_done(struct fake_guest *f)
{
	nftw(f->dir, fake_remove, 16, FTW_DEPTH | FTW_PHYS);
	fs_free(f->fs);
	arena_free(f->tree_arena);
	arena_free(f->guest.scratch);
	arena_free(f->guest.arena);
}
