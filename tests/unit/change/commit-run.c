/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commit-run IMAGE FORMAT [CHANGE...] -- overlay OUT BACKING FORMAT | copy OUT
 *
 * Changes the disk in an image, on a copy on write, and commits the changes. A change is
 * OFFSET:LENGTH:BYTE, or OFFSET:LENGTH:zero. Files behind the image are looked for in the
 * working directory: for tests only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commit.h"

static int open_other(void *ctx, unsigned from, const char *name, int *ret_fd,
		      unsigned *ret_id, struct err *e)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	(void)ctx;
	if (fd < 0)
		return err_set(e, ERR_ABSENT, "cannot open %.300s", name);
	*ret_id = from + 1;
	*ret_fd = fd;
	return 0;
}

static int change(struct cow *disk, const char *text, struct err *e)
{
	char *end;
	uint64_t off = strtoull(text, &end, 10), len = strtoull(end + 1, &end, 10);
	_cleanup_free_ uint8_t *bytes = malloc(len + 1);

	if (!bytes || *end != ':')
		return err_set(e, ERR_USAGE, "what is %.100s?", text);
	if (strcmp(end, ":zero") == 0)
		return cow_zero(disk, off, len, e);
	memset(bytes, (int)strtoul(end + 1, NULL, 10), len);
	return cow_write(disk, off, bytes, len, e);
}

static int create(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(3);
	}
	return fd;
}

static int commit(struct cow *disk, char **sink, struct err *e)
{
	struct change_backing backing = {sink[2], sink[2] ? sink[3] : NULL};

	if (strcmp(sink[0], "overlay") == 0)
		return change_commit_overlay(disk, &backing, create(sink[1]), e);
	if (strcmp(sink[0], "copy") == 0)
		return change_commit_copy(disk, create(sink[1]), e);
	return err_set(e, ERR_USAGE, "what is %.100s?", sink[0]);
}

int main(int argc, char **argv)
{
	struct blocks_opener opener = {.open = open_other};
	struct arena *a = arena_new((size_t)1024 * 1024);
	int fd = argc > 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1, scratch = -1, i = 3;
	struct blocks *source = NULL;
	struct cow *disk = NULL;
	struct err e = ERR_INIT;
	int r = fd < 0 ? err_set(&e, ERR_USAGE, "no image")
		       : blocks_open(fd, argv[2], &opener, a, NULL, &source, &e);

	if (r >= 0)
		r = cow_scratch(NULL, &scratch, &e);
	if (r >= 0)
		r = cow_new(source, scratch, UINT64_C(4) << 30, &disk, &e);
	for (; r >= 0 && i < argc && strcmp(argv[i], "--") != 0; i++)
		r = change(disk, argv[i], &e);
	if (r >= 0)
		r = argc > i + 2 ? commit(disk, argv + i + 1, &e)
				 : err_set(&e, ERR_USAGE, "commit where to?");
	if (r < 0)
		fprintf(stderr, "%s: %s\n", err_code_name(e.code), e.text);
	cow_free(disk);
	blocks_free(source);
	arena_free(a);
	return r < 0 ? 1 : 0;
}
