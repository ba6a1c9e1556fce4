/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Serves a disk to one program and prints the events:
 *     serve-run IMAGE FORMAT WRITTEN-LIMIT OFF:LEN... -- PROGRAM ARGUMENT...
 * "@FD@" in an argument becomes the number of the descriptor. Files behind the image are
 * looked for beside it. Exits as the program does, or 99.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve.h"

enum { RANGES_MAX = 16 };

struct beside {
	int dir;
	unsigned count;
};

static int open_beside(void *ctx, unsigned from, const char *name, int *ret_fd,
		       unsigned *ret_id, struct err *e)
{
	struct beside *b = ctx;
	int fd = openat(b->dir, name, O_RDONLY | O_CLOEXEC);

	(void)from;
	if (fd < 0)
		return err_set(e, ERR_ABSENT, "%s is not there", name);
	*ret_fd = fd;
	*ret_id = ++b->count;
	return 0;
}

static _Noreturn void run_program(char **argv, int fd)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	fcntl(fd, F_SETFD, 0);
	for (char **a = argv; *a; a++) {
		char *mark = strstr(*a, "@FD@"), *whole;

		if (mark && asprintf(&whole, "%.*s%s%s", (int)(mark - *a), *a, number,
				     mark + 4) > 0)
			*a = whole;
	}
	execvp(argv[0], argv);
	_exit(98);
}

static const char *const names[] = {
	[SERVE_CONNECTED] = "connected", [SERVE_READ_WATCHED] = "read",
	[SERVE_FIRST_WRITE] = "first",   [SERVE_WROTE] = "wrote",
	[SERVE_FAILED] = "failed",       [SERVE_CLOSED] = "closed",
};

/* Until the server has nothing more to say. */
static void print_events(struct served *s)
{
	struct serve_event v;
	struct err e = ERR_INIT;
	int r;

	while ((r = serve_next(s, &v, &e)) >= 0) {
		struct pollfd p = {.fd = s->event_fd, .events = POLLIN};

		if (r == 0) {
			poll(&p, 1, -1);
			continue;
		}
		printf("%s %u %" PRIu64 " %" PRIu64 " %s %s\n", names[v.kind], v.id,
		       v.read_bytes, v.written_bytes, err_code_name(v.code), v.why);
	}
	if (e.code != ERR_ABSENT)
		printf("died: %s\n", e.text);
}

static int serve(char **argv, const struct serve_range *ranges, size_t n, char **program)
{
	char *path = strdup(argv[1]);
	struct beside beside = {open(dirname(path), O_RDONLY | O_DIRECTORY), 0};
	struct blocks_opener opener = {open_beside, &beside};
	struct serve_options o = {.export_name = "disk",
				  .written_limit = strtoull(argv[3], NULL, 10),
				  .sandbox = SANDBOX_REQUIRE};
	struct served s = SERVED_NONE;
	struct err e = ERR_INIT;
	int status = 0, image = open(argv[1], O_RDONLY | O_CLOEXEC);
	pid_t pid;

	free(path);
	if (image < 0 ||
	    serve_start(image, argv[2], &opener, ranges, n, &o, &s, &e) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], e.text);
		return 99;
	}
	close(beside.dir);
	pid = fork();
	if (pid == 0)
		run_program(program, s.client_fd);
	close(s.client_fd);
	s.client_fd = -1;
	print_events(&s);
	serve_stop(&s);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

int main(int argc, char **argv)
{
	struct serve_range ranges[RANGES_MAX] = {0};
	size_t n = 0;
	int i = 4;

	for (; i < argc && strcmp(argv[i], "--") != 0 && n < RANGES_MAX; i++, n++) {
		char *end;

		ranges[n].off = strtoull(argv[i], &end, 10);
		ranges[n].len = *end == ':' ? strtoull(end + 1, NULL, 10) : 0;
		ranges[n].id = (unsigned)n + 100;
	}
	if (i + 1 >= argc) {
		fprintf(stderr, "usage: %s IMAGE FORMAT LIMIT OFF:LEN... -- PROGRAM\n",
			argv[0]);
		return 99;
	}
	return serve(argv, ranges, n, argv + i + 1);
}
