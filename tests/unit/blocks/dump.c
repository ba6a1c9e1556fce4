/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blocks-dump [-c BYTES] IMAGE [FORMAT]: the whole disk in an image to the standard
 * output, read in pieces of BYTES. The chain goes to the standard error, one line a file.
 * Opens whatever the image names: for tests only.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blocks.h"

struct known {
	dev_t dev;
	ino_t ino;
	char path[4096];
};

static struct known files[64];
static unsigned count;

/* The number of an open file: the same for the same file. */
static unsigned number_of(int fd, const char *path)
{
	struct stat st;
	unsigned i = 0;

	if (fstat(fd, &st) < 0 || count == 64)
		exit(3);
	while (i < count && (files[i].dev != st.st_dev || files[i].ino != st.st_ino))
		i++;
	if (i == count) {
		files[i].dev = st.st_dev;
		files[i].ino = st.st_ino;
		snprintf(files[i].path, sizeof(files[i].path), "%s", path);
		count++;
	}
	return i;
}

static int open_other(void *ctx, unsigned from, const char *name, int *ret_fd,
		      unsigned *ret_id, struct err *e)
{
	char dir[4096], path[8200];
	int fd;

	(void)ctx;
	snprintf(dir, sizeof(dir), "%s", files[from].path);
	if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/%s", dirname(dir), name);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_ABSENT, "cannot open %.300s", path);
	*ret_id = number_of(fd, path);
	*ret_fd = fd;
	return 0;
}

static int dump(struct blocks *b, size_t piece, struct err *e)
{
	uint8_t *buf = malloc(piece);
	int r = buf ? 0 : -ERR_NOMEM;

	for (uint64_t off = 0; r == 0 && off < b->size; off += piece) {
		size_t n = b->size - off < piece ? (size_t)(b->size - off) : piece;

		r = blocks_read(b, off, buf, n, e);
		if (r == 0 && fwrite(buf, 1, n, stdout) != n)
			r = err_set(e, ERR_IO, "cannot write");
	}
	free(buf);
	return r;
}

int main(int argc, char **argv)
{
	struct blocks_opener opener = {.open = open_other};
	struct arena *a = arena_new((size_t)1024 * 1024);
	struct blocks_chain chain = {0};
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	size_t piece = 65536;
	int fd, r;

	if (argc > 2 && strcmp(argv[1], "-c") == 0) {
		piece = strtoul(argv[2], NULL, 10);
		argv += 2;
		argc -= 2;
	}
	fd = argc > 1 ? open(argv[1], O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd < 0 || !a)
		return 3;
	number_of(fd, argv[1]);
	r = blocks_open(fd, argc > 2 ? argv[2] : NULL, &opener, a, &chain, &b, &e);
	if (r < 0)
		close(fd);
	for (size_t i = 0; i < chain.links.n; i++)
		fprintf(stderr, "%s %s %s\n", chain.links.v[i].role,
			chain.links.v[i].format, chain.links.v[i].name);
	if (r == 0)
		r = dump(b, piece, &e);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", err_code_name(e.code), e.text);
	blocks_free(b);
	arena_free(a);
	return r < 0 ? 1 : 0;
}
