/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images that are not read here (VMDK, VHDX and the like): QEMU's own qemu-nbd reads them
 * and serves them to the worker, over a socket that has no name by then. It is confined:
 * read only, no connections, and no files but the guest's disks and those behind them
 * that the worker has asked for by name (files.c). The worker asks by the number of an
 * image that was opened before, so that it chooses no file. The same way leads to disks
 * that another machine serves (remote.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "escape.h"
#include "handle.h"
#include "limits.h"
#include "text.h"

static const char *const program = "qemu-nbd";

enum {
	/* Until it has opened the image. */
	GREETING_MS = 15000,
	/* Address space of the program, its libraries and its caches. */
	MEMORY_MIB = 4096,
	SECONDS = 600,
	/* Of what it says when it fails. */
	COMPLAINT_MAX = 600,
};

/* What such a program reads of this machine itself, where it is there. */
static const char *const own_files[] = {
	"/usr",      "/lib",         "/lib64",     "/etc/ld.so.cache",
	"/dev/null", "/dev/urandom", "/gnu/store", "/nix/store"};

/* Descriptors of all that it may read. */
struct readable {
	int fds[ARRAY_LEN(own_files) + LIMIT_FILES];
	size_t n;
};

static void close_readable(struct readable *r)
{
	for (size_t i = 0; i < r->n; i++)
		close(r->fds[i]);
}

static void add_own(struct readable *r)
{
	for (size_t i = 0; i < ARRAY_LEN(own_files); i++) {
		int fd = open(own_files[i], O_PATH | O_CLOEXEC);

		if (fd >= 0)
			r->fds[r->n++] = fd;
	}
}

/* A file that was let through before, if it is the same still. */
static int add_opened(struct readable *r, const struct opened *file, struct err *e)
{
	_cleanup_close_ int fd = open(file->path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, ERR_IO, "%s: %s",
			       escape_short(slice_str(file->path)).text, strerror(errno));
	if (st.st_dev != file->dev || st.st_ino != file->ino)
		return err_set(e, ERR_IO, "%s: is another file than before",
			       escape_short(slice_str(file->path)).text);
	r->fds[r->n++] = TAKE_FD(fd);
	return 0;
}

/* The disks of the guest, and the files behind them for which the worker has asked: the
 * policy was applied to each by its name. */
static int list_readable(const struct paravet *p, struct readable *r, struct err *e)
{
	int got = 0;

	add_own(r);
	for (size_t i = 0; got >= 0 && i < p->opened.n && i < LIMIT_FILES; i++)
		if (!p->opened.v[i].remote)
			got = add_opened(r, &p->opened.v[i], e);
	return got;
}

/* A socket that listens, and the one connection to it, made before anybody else knows of
 * it. The kernel chooses a name outside the file system, which goes with the socket. */
static int make_connection(int *ret_listen, int *ret_client, struct err *e)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t n = sizeof(name.sun_family), got = sizeof(name);
	_cleanup_close_ int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_close_ int client =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* A queue of one, which is full then: who connected before us would show. */
	if (server < 0 || client < 0 || bind(server, (struct sockaddr *)&name, n) < 0 ||
	    getsockname(server, (struct sockaddr *)&name, &got) < 0 ||
	    listen(server, 0) < 0 || connect(client, (struct sockaddr *)&name, got) < 0 ||
	    fcntl(client, F_SETFL, 0) < 0)
		return err_set(e, ERR_IO, "cannot make a socket for %s: %s", program,
			       strerror(errno));
	*ret_listen = TAKE_FD(server);
	*ret_client = TAKE_FD(client);
	return 0;
}

/* QEMU takes a comma for the end of a value, and two for one. */
static const char *option_value(struct arena *a, const char *path)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(2 * LIMIT_PATH + 2);

	for (; *path; path++) {
		strbuf_char(&out, *path);
		if (*path == ',')
			strbuf_char(&out, ',');
	}
	return strbuf_ok(&out) ? arena_strdup(a, strbuf_text(&out)) : NULL;
}

/* The bytes of the image, as QEMU names them. A part ends where its archive pads it. */
static const char *bytes_of(struct paravet *p, const struct opened *image)
{
	enum { SECTOR = 512 };
	const char *file = option_value(p->arena, image->path);
	uint64_t size = (image->part.size + SECTOR - 1) / SECTOR * SECTOR;

	if (!file)
		return NULL;
	if (!image->part.size)
		return arena_printf(p->arena, "file.driver=file,file.filename=%s", file);
	return arena_printf(p->arena,
			    "file.driver=raw,file.offset=%" PRIu64 ",file.size=%" PRIu64
			    ",file.file.driver=file,file.file.filename=%s",
			    image->part.at, size, file);
}

/* Locks are for writers: an image that a machine uses can be read as any other here. */
static int command(struct paravet *p, const struct opened *image, const char *format,
		   strs *argv, struct err *e)
{
	const char *bytes = bytes_of(p, image), *options, *full;
	int r = process_find(program, p->arena, &full, e);

	if (r < 0)
		return err_set(e, ERR_PROGRAM,
			       "%s is not installed, which reads it: install the package "
			       "qemu-utils (Debian, Ubuntu), qemu-img (Fedora, RHEL) or "
			       "qemu-tools (SUSE)",
			       program);
	options =
		bytes ? arena_printf(p->arena, "driver=%s,read-only=on,force-share=on,%s",
				     format, bytes)
		      : NULL;
	if (!options || !vec_push(p->arena, argv, full) ||
	    !vec_push(p->arena, argv, "--read-only") ||
	    !vec_push(p->arena, argv, "--image-opts") ||
	    !vec_push(p->arena, argv, options))
		return arena_full(p->arena, e);
	return 0;
}

static int start(struct paravet *p, const struct opened *image, const char *format,
		 int listen_fd, struct process *ret, struct err *e)
{
	static const struct process_limits limits = {
		.memory = (uint64_t)MEMORY_MIB * 1024 * 1024, .seconds = SECONDS};
	_cleanup_(close_readable) struct readable r = {.n = 0};
	struct sandbox_program files = {.readable = r.fds};
	struct process_options o = {.limits = &limits, .listen_fd = listen_fd};
	strs argv = {0};
	int got = command(p, image, format, &argv, e);

	if (got >= 0)
		got = list_readable(p, &r, e);
	if (got < 0)
		return got;
	files.n = r.n;
	o.files = handle_sandbox(p) == SANDBOX_OFF ? NULL : &files;
	return process_start(&argv, &o, ret, e);
}

/* Takes "START'QUOTED': " off the front. */
static void drop_quoted(struct slice *said, const char *start)
{
	struct slice before, rest;

	if (slice_starts(*said, start) && text_split(*said, '\'', &before, &rest) &&
	    text_split(rest, '\'', &before, &rest) &&
	    text_split(rest, ':', &before, &rest))
		*said = text_trim(rest);
}

/* Its first line, without its own name and the options and name of a file that it
 * repeats, and of what it says to do the last line, which is a command. */
static void add_complaint(struct strbuf *out, struct slice all)
{
	struct text lines = text_of(all);
	struct slice said = SLICE_NONE, last = SLICE_NONE, before, rest;

	while (text_line(&lines, &last))
		if (!said.n || !slice_starts(said, program))
			said = last;
	if (slice_eq(last, "") || last.p == said.p)
		last = SLICE_NONE;
	if (text_split(said, ':', &before, &rest) && slice_eq(before, program))
		said = text_trim(rest);
	drop_quoted(&said, "Failed to blk_new_open '");
	drop_quoted(&said, "Could not open '");
	escape_text(out, said);
	if (last.n) {
		strbuf_str(out, ": ");
		escape_text(out, last);
	}
}

/* What it said before it ended. */
static int complaint(struct process *child, struct err *e)
{
	_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(4 * COMPLAINT_MAX);
	char buf[COMPLAINT_MAX];
	ssize_t n = read(child->errors, buf, sizeof(buf));

	add_complaint(&said, slice_of(buf, n > 0 ? (size_t)n : 0));
	process_end(child);
	if (WIFEXITED(child->status) &&
	    WEXITSTATUS(child->status) == PROCESS_NOT_CONFINED)
		return err_set(e, ERR_PROGRAM,
			       "this kernel cannot confine %s (Landlock, Linux 5.13): if "
			       "you trust the image, --sandbox=off runs it as it is",
			       program);
	return err_set(e, ERR_CORRUPT, "%s cannot open it: %s", program,
		       said.n ? strbuf_text(&said) : "it gives no reason");
}

/* Until it greets, which it does when the image is open. */
static int await_greeting(struct process *child, int sock, struct err *e)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	char first;

	if (poll(&p, 1, GREETING_MS) == 0)
		return err_set(e, ERR_LIMIT, "%s did not open it within %d seconds",
			       program, GREETING_MS / 1000);
	return recv(sock, &first, 1, MSG_PEEK) == 1 ? 0 : complaint(child, e);
}

static int connect_to(struct paravet *p, unsigned id, int *ret_fd, unsigned *ret_id,
		      struct err *e)
{
	const struct remote *remote = p->opened.v[id - 1].remote;

	*ret_id = id;
	return remote->path ? remote_ssh_connect(p, remote, ret_fd, e)
			    : remote_connect(remote, ret_fd, e);
}

int serving_broker(void *ctx, unsigned from, const char *format, int *ret_fd,
		   unsigned *ret_id, struct err *e)
{
	struct paravet *p = ctx;
	_cleanup_close_ int listening = -1, sock = -1;
	struct process child = PROCESS_NONE;
	int r;

	/* The worker that asks has been forked: nobody else is to have them. */
	keys_pass_on(p, false);
	if (p->servers.n == LIMIT_FILES)
		return err_set(e, ERR_LIMIT,
			       "more than %d images that other programs read",
			       LIMIT_FILES);
	if (from > 0 && from <= p->opened.n && p->opened.v[from - 1].remote)
		return connect_to(p, from, ret_fd, ret_id, e);
	if (from == 0 || from > p->opened.n || !blocks_served_name(format))
		return err_set(e, ERR_BUG, "an image that was never opened");
	r = make_connection(&listening, &sock, e);
	if (r >= 0)
		r = start(p, &p->opened.v[from - 1], format, listening, &child, e);
	if (r < 0)
		return r;
	close(TAKE_FD(listening));
	r = await_greeting(&child, sock, e);
	if (r >= 0 && !vec_push(p->arena, &p->servers, child))
		r = arena_full(p->arena, e);
	if (r < 0) {
		process_end(&child);
		return r;
	}
	*ret_id = from;
	*ret_fd = TAKE_FD(sock);
	return 0;
}

void serving_end(struct paravet *p)
{
	for (size_t i = 0; i < p->gates.n; i++)
		sandbox_stop(&p->gates.v[i]);
	p->gates.n = 0;
	for (size_t i = 0; i < p->servers.n; i++)
		process_end(&p->servers.v[i]);
	p->servers.n = 0;
}
