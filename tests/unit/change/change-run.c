/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes an image as the lines on stdin say, for oracle-ext-write.py. Paths are found by
 * the reader, anew for each line.
 *   replace PATH FILE | append PATH FILE
 *   create DIR NAME MODE|like PATH|- FILE | mkdirs DIR PATH MODE|like PATH|-
 *   unlink DIR NAME
 *   room KIND PATH BYTES [KIND PATH BYTES]...
 *   keep - PATH                from now on @PATH is what this path is now
 * Each prints "ok INODE NOTES LINKS"; a failure is "error CODE TEXT" and exit status 1.
 * With "replay" the journal comes first, and where it was replayed that is printed.
 * Usage: change-run IMAGE TIME [replay]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fs_write.h"
#include "limits.h"
#include "tree.h"

enum { WORDS = 64, LINE = 65536 };

static struct blocks *disk;
static struct fs_writer *writer;
static struct arena *arena;

/* Of the line "keep". */
static struct {
	char path[LIMIT_PATH];
	struct node node;
} kept;

static struct slice map_file(const char *path, int flags, int protection)
{
	int fd = open(path, flags);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		exit(2);
	}
	p = st.st_size ? mmap(NULL, (size_t)st.st_size, protection, MAP_SHARED, fd, 0)
		       : NULL;
	close(fd);
	if (p == MAP_FAILED) {
		perror(path);
		exit(2);
	}
	return slice_of(p, (size_t)st.st_size);
}

/* Finds each path by a reader of the disk as it is now. */
static int find(const char *const *paths, struct node *nodes, size_t n, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_FACTS);
	_cleanup_(fs_freep) struct fs *fs = NULL;
	const char *name;
	struct tree *tree;
	struct file file;
	int r = a ? fs_open(disk, a, &fs, &name, e)
		  : err_set(e, ERR_NOMEM, "out of memory");

	if (r >= 0)
		r = tree_new(a, &tree, e);
	if (r >= 0)
		r = tree_mount(tree, "/", fs, (struct place){"image", ""}, e);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		if (strcmp(paths[i], "-") == 0)
			continue;
		if (paths[i][0] == '@' && strcmp(paths[i] + 1, kept.path) == 0) {
			nodes[i] = kept.node;
			continue;
		}
		r = tree_find(tree, paths[i], &file, e);
		if (r >= 0)
			nodes[i] = file.node;
	}
	return r;
}

static struct fs_new as_new(char **word, const struct node *like)
{
	struct fs_new new = {.name = slice_str(word[2]), .mode = FS_MODE_LIKE};

	if (strcmp(word[3], "like") != 0)
		new.mode = (uint32_t)strtoul(word[3], NULL, 8);
	if (strcmp(word[4], "-") != 0)
		new.like = like;
	return new;
}

static int room(char **word, size_t n, struct err *e)
{
	static const char *const kinds[] = {"replace", "append", "create", "mkdir"};
	struct fs_step steps[WORDS] = {0};
	struct node nodes[WORDS];
	size_t count = 0;
	int r = 0;

	for (size_t i = 1; r >= 0 && i + 2 < n; i += 3, count++) {
		const char *path = word[i + 1];

		r = find(&path, &nodes[count], 1, e);
		for (unsigned k = 0; k < 4; k++)
			if (strcmp(word[i], kinds[k]) == 0)
				steps[count].kind = k;
		steps[count].node = &nodes[count];
		steps[count].bytes = strtoull(word[i + 2], NULL, 10);
	}
	return r < 0 ? r : fs_writer_room(writer, steps, count, e);
}

static int change(char **word, size_t n, struct fs_wrote *ret, struct err *e)
{
	const char *verb = word[0];
	const char *paths[2] = {word[1], n > 4 ? word[4] : "-"};
	struct node nodes[2];
	struct fs_new new;
	char both[LIMIT_PATH];
	int r;

	if (strcmp(verb, "room") == 0)
		return room(word, n, e);
	if (strcmp(verb, "keep") == 0) {
		snprintf(kept.path, sizeof(kept.path), "%s", word[2]);
		paths[0] = word[2];
		return find(paths, &kept.node, 1, e);
	}
	if (strcmp(verb, "unlink") == 0) {
		snprintf(both, sizeof(both), "%s/%s", word[1], word[2]);
		paths[1] = both;
	}
	r = find(paths, nodes, 2, e);
	if (r < 0)
		return r;
	if (strcmp(verb, "replace") == 0)
		return fs_writer_replace(writer, &nodes[0],
					 map_file(word[2], O_RDONLY, PROT_READ), ret, e);
	if (strcmp(verb, "append") == 0)
		return fs_writer_append(writer, &nodes[0],
					map_file(word[2], O_RDONLY, PROT_READ), ret, e);
	if (strcmp(verb, "unlink") == 0)
		return fs_writer_unlink(writer, &nodes[0], slice_str(word[2]), &nodes[1],
					e);
	new = as_new(word, &nodes[1]);
	if (strcmp(verb, "link") == 0) {
		new.kind = FS_NEW_LINK;
		return fs_writer_create(writer, &nodes[0], &new, slice_str(word[5]), ret,
					e);
	}
	if (strcmp(verb, "device") == 0) {
		new.kind = FS_NEW_DEVICE;
		new.major = 202;
		new.minor = (uint8_t)strtoul(word[5], NULL, 10);
		new.group = 6;
		return fs_writer_create(writer, &nodes[0], &new, SLICE_NONE, ret, e);
	}
	if (strcmp(verb, "mkdirs") == 0)
		return fs_writer_mkdirs(writer, &nodes[0], word[2], &new, ret, e);
	return fs_writer_create(writer, &nodes[0], &new,
				map_file(word[5], O_RDONLY, PROT_READ), ret, e);
}

static int complain(const struct err *e)
{
	printf("error %s %s\n", err_code_name(e->code), e->text);
	return 1;
}

static int open_writer(const char *time, bool replay, struct err *e)
{
	int64_t now = strtoll(time, NULL, 10);
	const char *name = NULL;
	int r = replay ? fs_writer_replay(disk, now, e) : 0;

	if (r > 0)
		printf("replayed\n");
	return r < 0 ? r : fs_writer_open(disk, arena, now, &writer, &name, e);
}

int main(int argc, char **argv)
{
	static char line[LINE];
	struct err e = ERR_INIT;
	struct slice image;

	if (argc != 3 && argc != 4)
		return 2;
	image = map_file(argv[1], O_RDWR, PROT_READ | PROT_WRITE);
	arena = arena_new(LIMIT_FACTS);
	if (!arena || blocks_buffer((void *)(uintptr_t)image.p, image.n, &disk, &e) < 0 ||
	    open_writer(argv[2], argc == 4, &e) < 0)
		return complain(&e);
	while (fgets(line, sizeof(line), stdin)) {
		struct fs_wrote wrote = {0};
		char *word[WORDS], *rest = line;
		size_t n = 0;

		line[strcspn(line, "\n")] = 0;
		while (n < WORDS && (word[n] = strsep(&rest, " ")))
			n++;
		if (n < 3 || change(word, n, &wrote, &e) < 0)
			return complain(&e);
		printf("ok %" PRIu64 " %u %" PRIu32 "\n", wrote.node.id, wrote.notes,
		       wrote.links);
	}
	if (fs_writer_finish(writer, &e) < 0)
		return complain(&e);
	fs_writer_free(writer);
	blocks_free(disk);
	arena_free(arena);
	return 0;
}
