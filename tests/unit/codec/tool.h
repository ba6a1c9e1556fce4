/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a program of the system, as an oracle, in a folder that goes away afterwards. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "slice.h"

struct bytes {
	uint8_t *p;
	size_t n;
};

static inline struct slice bytes_slice(struct bytes b)
{
	return slice_of(b.p, b.n);
}

static inline int tool_write(const char *path, struct slice s)
{
	FILE *f = fopen(path, "wb");
	int bad;

	if (!f)
		return -1;
	bad = s.n && fwrite(s.p, 1, s.n, f) != s.n;
	return fclose(f) || bad ? -1 : 0;
}

/* The whole file, to be freed. */
static inline struct bytes tool_read(const char *path)
{
	struct bytes b = {NULL, 0};
	FILE *f = fopen(path, "rb");
	size_t cap = 0, n;

	if (!f)
		return b;
	do {
		if (b.n == cap) {
			cap = cap ? cap * 2 : 65536;
			b.p = realloc(b.p, cap);
			if (!b.p)
				abort();
		}
		n = fread(b.p + b.n, 1, cap - b.n, f);
		b.n += n;
	} while (n);
	fclose(f);
	return b;
}

/* Runs argv with its input and output joined to files (NULL: /dev/null), in the folder
 * `dir` (NULL: here). Its exit status; 127 when there is no such program. */
static inline int tool_run(const char *const *argv, const char *dir, const char *in,
			   const char *out)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int fd_in = open(in ? in : "/dev/null", O_RDONLY);
		int fd_out =
			open(out ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int fd_err = open("/dev/null", O_WRONLY);

		if (fd_in < 0 || fd_out < 0 || (dir && chdir(dir) != 0))
			_exit(126);
		dup2(fd_in, 0);
		dup2(fd_out, 1);
		dup2(fd_err, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* `input` through a filter program; n is SIZE_MAX when there is no such program. */
static inline struct bytes tool_filter(const char *const *argv, struct slice input)
{
	char dir[] = "/tmp/paravet-test-XXXXXX", in[64], out[64];
	struct bytes b = {NULL, SIZE_MAX};
	int status = -1;

	if (!mkdtemp(dir))
		return b;
	snprintf(in, sizeof(in), "%s/in", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	if (tool_write(in, input) == 0)
		status = tool_run(argv, NULL, in, out);
	if (status == 0)
		b = tool_read(out);
	else if (status != 127)
		fprintf(stderr, "%s failed: %d\n", argv[0], status);
	unlink(in);
	unlink(out);
	rmdir(dir);
	return b;
}
