/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The confined worker. Everything that reads an image runs in a child process that holds
 * the image's file descriptors and one socket to its parent, and nothing else: no other
 * files, no network, no new processes, bounded memory and time. It sends back one bounded
 * result. Its death (signal, limit, timeout) is an error for the caller, never a crash.
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

/* Runs in the parent when the job calls sandbox_ask(): answers a request with an fd,
 * which is handed over, and a number; or fails, and the error's text reaches the worker.
 */
typedef int (*sandbox_broker)(void *ctx, unsigned from, const char *name, int *ret_fd,
			      unsigned *ret_id, struct err *e);

struct sandbox_options {
	enum sandbox_mode mode;
	const int *keep_fds; /* stay open in the worker, with the same numbers */
	size_t keep_count;
	int dir_fd;       /* a directory whose tree may be read, or -1 */
	uint64_t memory;  /* RLIMIT_AS above what is mapped at the start, bytes */
	unsigned seconds; /* of processor time; the wall clock may take 4 times as much */
	size_t result_max;     /* bytes of result accepted */
	sandbox_broker broker; /* or NULL */
	void *broker_ctx;
};

/* Runs the job in a worker and appends its result to `ret`, which on failure is left as
 * it was. Bytes and error text of a worker are untrusted; the text is made printable. */
int sandbox_run(const struct sandbox_options *o, sandbox_job job, void *ctx,
		struct strbuf *ret, struct err *e);

/* Called by the job: the parent's broker is asked (see struct blocks_opener). */
int sandbox_ask(struct sandbox *box, unsigned from, const char *name, int *ret_fd,
		unsigned *ret_id, struct err *e);

/* Called by the job: the layers really active, of "memory", "chroot", "capabilities",
 * "untraceable", "rlimits", "no_new_privs", "landlock", "seccomp". SANDBOX_REQUIRE wants
 * all but "chroot" ("memory" is not there under AddressSanitizer). */
const strs *sandbox_layers(const struct sandbox *box);
