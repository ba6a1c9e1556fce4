/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * commit-run IMAGE FORMAT [CHANGE...] -- overlay OUT BACKING FORMAT | copy OUT |
 *     in-place RECORD PATH [IMAGE PATH CHANGE...]
 * commit-run IMAGE undo RECORD [IMAGE]
 * commit-run IMAGE hold read|write
 *
 * Changes the disk in an image, on a copy on write, and commits the changes; or undoes
 * them. A change is OFFSET:LENGTH:BYTE, or OFFSET:LENGTH:zero. In place, the record says
 * that the disk is PATH, and the number of calls that killer.h counts is told; a second
 * raw image may be changed with the first. To hold an
 * image is to lock it until the standard input ends, once "held" was told. Files
 * behind the image are looked for in the working directory: for tests only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commit.h"
#include "killer.h"
#include "lock.h"

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

static int open_to_write(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int r = fd < 0 ? err_set(e, ERR_ABSENT, "%.300s: %s", path, strerror(errno))
		       : change_lock(fd, CHANGE_LOCK_WRITE, e);

	return r < 0 ? r : fd;
}

static int open_target(struct cow *disk, const char *image, const char *path,
		       struct change_target *ret, struct err *e)
{
	int fd = open_to_write(image, e);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	killer_watch(fd);
	*ret = (struct change_target){
		disk, {.path = path, .size = cow_size(disk), .inode = st.st_ino}, fd};
	return 0;
}

/* "IMAGE PATH CHANGE...": a second disk. */
static int open_second(char **words, struct change_target *ret, struct err *e)
{
	struct blocks *source;
	struct cow *disk;
	int scratch, r = blocks_raw(open(words[0], O_RDONLY | O_CLOEXEC), &source, e);

	if (r >= 0)
		r = cow_scratch(NULL, &scratch, e);
	if (r >= 0)
		r = cow_new(source, scratch, UINT64_C(4) << 30, &disk, e);
	for (char **text = words + 2; r >= 0 && *text; text++)
		r = change(disk, *text, e);
	return r < 0 ? r : open_target(disk, words[0], words[1], ret, e);
}

static int in_place(struct cow *disk, const char *image, char **sink, struct err *e)
{
	struct change_target targets[2];
	size_t n = sink[3] ? 2 : 1;
	int record_fd, r = open_target(disk, image, sink[2], &targets[0], e);

	if (r >= 0 && n > 1)
		r = open_second(sink + 3, &targets[1], e);
	if (r < 0)
		return r;
	record_fd = create(sink[1]);
	killer_watch(record_fd);
	r = change_commit_in_place(targets, n, record_fd, e);
	fprintf(stderr, "%u calls\n", killer_count());
	return r;
}

static int undo(const char *image, const char *record_path, const char *second,
		struct err *e)
{
	int record_fd = open(record_path, O_RDONLY), r;
	int fds[2] = {open_to_write(image, e), second ? open_to_write(second, e) : 0};
	_cleanup_arena_ struct arena *a = arena_new((size_t)1024 * 1024);
	struct undo_record record;
	struct undo_state state;

	if (fds[0] < 0 || fds[1] < 0)
		return -(int)e->code;
	for (size_t i = 0; i < (second ? 2 : 1); i++)
		killer_watch(fds[i]);
	r = undo_open(record_fd, a, &record, e);
	if (r >= 0)
		r = undo_restore(&record, fds, &state, e);
	fprintf(stderr, "%u calls\n", killer_count());
	return r;
}

static int hold(const char *image, const char *mode, struct err *e)
{
	_cleanup_close_ int fd = open(image, O_RDWR | O_CLOEXEC);
	int r = change_lock(
		fd, strcmp(mode, "read") == 0 ? CHANGE_LOCK_READ : CHANGE_LOCK_WRITE, e);

	if (r < 0)
		return r;
	puts("held");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

static int commit(struct cow *disk, const char *image, char **sink, struct err *e)
{
	struct change_backing backing = {sink[2], sink[2] ? sink[3] : NULL};

	if (strcmp(sink[0], "overlay") == 0)
		return change_commit_overlay(disk, &backing, create(sink[1]), e);
	if (strcmp(sink[0], "copy") == 0)
		return change_commit_copy(disk, create(sink[1]), e);
	if (strcmp(sink[0], "in-place") == 0)
		return in_place(disk, image, sink, e);
	return err_set(e, ERR_USAGE, "what is %.100s?", sink[0]);
}

static int told(int r, const struct err *e)
{
	if (r < 0)
		fprintf(stderr, "%s: %s\n", err_code_name(e->code), e->text);
	return r < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct blocks_opener opener = {.open = open_other};
	_cleanup_arena_ struct arena *a = arena_new((size_t)1024 * 1024);
	int fd = argc > 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1, scratch = -1, i = 3;
	struct blocks *source = NULL;
	struct cow *disk = NULL;
	struct err e = ERR_INIT;
	int r;

	if (argc >= 4 && argc <= 5 && strcmp(argv[2], "undo") == 0)
		return told(undo(argv[1], argv[3], argv[4], &e), &e);
	if (argc == 4 && strcmp(argv[2], "hold") == 0)
		return told(hold(argv[1], argv[3], &e), &e);
	r = fd < 0 ? err_set(&e, ERR_USAGE, "no image")
		   : blocks_open(fd, argv[2], &opener, a, NULL, &source, &e);

	if (r >= 0)
		r = cow_scratch(NULL, &scratch, &e);
	if (r >= 0)
		r = cow_new(source, scratch, UINT64_C(4) << 30, &disk, &e);
	for (; r >= 0 && i < argc && strcmp(argv[i], "--") != 0; i++)
		r = change(disk, argv[i], &e);
	if (r >= 0)
		r = argc > i + 2 ? commit(disk, argv[1], argv + i + 1, &e)
				 : err_set(&e, ERR_USAGE, "commit where to?");
	r = told(r, &e);
	cow_free(disk);
	blocks_free(source);
	return r;
}
