/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The confined worker. Everything that reads an image runs in a child process that holds
 * the image's file descriptors and one socket to its parent, and nothing else: no other
 * files, no network, no new processes, bounded memory and time. It sends back one bounded
 * result. Its death (signal, limit, timeout) is an error for the caller, never a crash.
 *
 * A worker may be given one scratch file to write to, and files that are kept. A server
 * is a worker that goes on: it answers a peer over a socket, and now and then has a word
 * for its parent.
 */
#pragma once

#include "err.h"
#include "strbuf.h"
#include "vec.h"

enum sandbox_mode {
	SANDBOX_AUTO,    /* every layer that this kernel offers */
	SANDBOX_REQUIRE, /* an error unless they are active, see sandbox_layers() */
	SANDBOX_OFF      /* run the job in this process (debugging) */
};

/* What the worker does; writes its result to `out`. `box` asks the parent for files. */
struct sandbox;
typedef int (*sandbox_job)(void *ctx, struct sandbox *box, struct strbuf *out,
			   struct err *e);

/* Runs in the parent when the job calls sandbox_ask() or sandbox_ask_disk(): answers a
 * request with an fd, which is handed over, and a number; or fails, and the error's text
 * reaches the worker. */
typedef int (*sandbox_broker)(void *ctx, unsigned from, const char *name, int *ret_fd,
			      unsigned *ret_id, struct err *e);

/* A file that the worker may write to. */
struct sandbox_scratch {
	int fd;
	uint64_t max; /* up to this size */
};

/* What a server may use besides. */
struct sandbox_server {
	int peer_fd; /* stream socket: it may receive and send there */
};

struct sandbox_options {
	enum sandbox_mode mode;
	const int *keep_fds; /* stay open in the worker, with the same numbers */
	size_t keep_count;
	int dir_fd;        /* a directory whose tree may be read, or -1 */
	uint64_t memory;   /* RLIMIT_AS above what is mapped at the start, bytes */
	unsigned seconds;  /* of processor time; the wall clock may take 4 times as much.
			      A server: only until it is ready */
	size_t result_max; /* bytes of result accepted */
	sandbox_broker broker; /* of files; or NULL */
	/* Of disks that another process serves (NBD); `name` is the format of the image.
	 * Or NULL. */
	sandbox_broker disk_broker;
	void *broker_ctx;
	const struct sandbox_scratch *scratch; /* or NULL */
	/* Files for its results: it may also size them, and wait until they are on
	 * stable storage. At most LIMIT_WORKER_OUTPUTS. */
	const struct sandbox_scratch *outputs;
	size_t output_count;
	const struct sandbox_server *server; /* for sandbox_start(), else NULL */
};

/* Runs the job in a worker and appends its result to `ret`, which on failure is left as
 * it was. Bytes and error text of a worker are untrusted; the text is made printable. */
int sandbox_run(const struct sandbox_options *o, sandbox_job job, void *ctx,
		struct strbuf *ret, struct err *e);

struct sandbox_child {
	int pid;  /* -1: it is gone */
	int sock; /* readable when there is a word, or when it is gone */
};

/* Runs the job in a process that goes on after this call, which returns when the job has
 * called sandbox_ready(); the broker serves until then. Always a process of its own:
 * SANDBOX_OFF takes only its descriptors away. It dies with the calling thread. */
int sandbox_start(const struct sandbox_options *o, sandbox_job job, void *ctx,
		  struct sandbox_child *ret, struct err *e);

/* A word of the child, if there is one, borrowed from `buf`, which has room for one and
 * SANDBOX_HEADER more. 1: there is; 0: not now; negative: there will be none any more,
 * ERR_ABSENT when the job has ended without an error. */
enum { SANDBOX_HEADER = 12 };
int sandbox_hear(struct sandbox_child *c, void *buf, size_t cap, struct slice *ret,
		 struct err *e);

/* Ends it, waits for it and closes its socket. Idempotent. */
void sandbox_stop(struct sandbox_child *c);

/* Called by the job of a server: all is prepared. */
int sandbox_ready(struct sandbox *box, struct err *e);
/* Called by the job of a server: a word for sandbox_hear(). False: the parent is gone, or
 * has no room for it now (never when `wait` is true). */
bool sandbox_tell(struct sandbox *box, struct slice word, bool wait);
/* Where a server polls for room (POLLOUT) and for its parent's end (POLLHUP). */
int sandbox_parent_fd(const struct sandbox *box);

/* Called by the job: the parent's broker is asked (see struct blocks_opener). */
int sandbox_ask(struct sandbox *box, unsigned from, const char *name, int *ret_fd,
		unsigned *ret_id, struct err *e);
int sandbox_ask_disk(struct sandbox *box, unsigned from, const char *format, int *ret_fd,
		     unsigned *ret_id, struct err *e);

/* Called by the job: the layers really active, of "memory", "chroot", "capabilities",
 * "untraceable", "rlimits", "no_new_privs", "landlock", "seccomp". SANDBOX_REQUIRE wants
 * all but "chroot" ("memory" is not there under AddressSanitizer). */
const strs *sandbox_layers(const struct sandbox *box);

/* What a program that reads images by their names may use. */
struct sandbox_program {
	const int *readable; /* files, and folders with all that is in them */
	size_t n;
};

/* In a child between fork() and exec(): nothing else can be opened, nothing written, no
 * connection made, no other process touched. False where this kernel has no Landlock
 * (Linux 5.13) or no seccomp. */
bool sandbox_confine_program(const struct sandbox_program *p);

/* Closes every descriptor of this process but these, which are sorted, and fills standard
 * input, output and error. For a child after fork(). */
void sandbox_close_others(int *kept, size_t n);
