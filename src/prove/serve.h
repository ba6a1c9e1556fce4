/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Serves a disk to a virtual machine over the NBD protocol, from a confined process of
 * its own: the source is only read, what the machine writes goes to a nameless temporary
 * file, and reads of the ranges that are watched are reported.
 *
 *     struct served s = SERVED_NONE;
 *     serve_start(fd, "qcow2", &opener, ranges, n, &options, &s, e);
 *     ... start QEMU, which inherits s.client_fd:
 *         -blockdev driver=nbd,node-name=d0,server.type=fd,server.str=FD,export=NAME
 *     close(TAKE_FD(s.client_fd)) in this process, so that the server sees QEMU's end
 *     ... poll s.event_fd for POLLIN, then serve_next() until it returns 0
 *     serve_stop(&s);
 *
 * The process dies with the thread that started it. It is a child: do not wait for
 * processes that are not yours (waitpid(-1)).
 */
#pragma once

#include "blocks.h"
#include "sandbox.h"

struct serve_range {
	uint64_t off, len; /* bytes on the disk */
	unsigned id;       /* the caller's: comes back in the event */
};

/* Each comes at most once; the two of a range once for each range, and again for what
 * happens SERVE_AGAIN_MS later: who reads a range first may not be the one that is waited
 * for. SERVE_FAILED once for each code. */
enum { SERVE_AGAIN_MS = 100 };
enum serve_event_kind {
	SERVE_CONNECTED,    /* the machine has opened the disk */
	SERVE_READ_WATCHED, /* a read in range `id` */
	SERVE_FIRST_WRITE,  /* the first write anywhere */
	SERVE_WROTE,        /* a write in range `id` */
	SERVE_FAILED,       /* a request was answered with an error: `code`, `why` */
	SERVE_CLOSED,       /* the machine has closed the disk: the last event */
	SERVE_EVENT_KIND_COUNT
};

struct serve_event {
	enum serve_event_kind kind;
	unsigned id;           /* of the range; 0 for the other kinds */
	uint64_t milliseconds; /* since serve_start() */
	uint64_t reads, writes, read_bytes, written_bytes; /* so far, this one included */
	/* Of SERVE_FAILED. ERR_LIMIT: written_limit is reached. The machine gets ENOSPC
	 * for it, on which QEMU stops its processors (werror=enospc is its default). */
	enum err_code code;
	char why[256]; /* printable */
};

struct serve_options {
	struct blocks_part part;   /* of the file, that is the image */
	const char *export_name;   /* NULL: "" */
	const char *temporary_dir; /* for the nameless file; NULL: $TMPDIR or /var/tmp */
	uint64_t written_limit;    /* bytes the machine may change, in blocks of 4 KiB */
	enum sandbox_mode sandbox;
};

struct served {
	struct sandbox_child child;
	int client_fd; /* close-on-exec; for the machine's server.type=fd */
	int event_fd;  /* readable when there is an event, or the process is gone */
	unsigned *ids; /* of the ranges */
	size_t count;
};

#define SERVED_NONE \
	{ \
		.child = {-1, -1}, .client_fd = -1, .event_fd = -1 \
	}

/* Starts the process; returns when it has opened the disk and is ready for the machine.
 * Takes image_fd over on success. `opener` is asked for the files behind the image, as by
 * blocks_open(), and runs in this process; NULL: there may be none. Nothing of `watched`,
 * `o` and `opener` is needed afterwards. `format` as for blocks_open(). */
int serve_start(int image_fd, const char *format, const struct blocks_opener *opener,
		const struct serve_range *watched, size_t n,
		const struct serve_options *o, struct served *ret, struct err *e);

/* The next event, without waiting: 1 one, 0 none. Negative: there will be none any more;
 * ERR_ABSENT after SERVE_CLOSED, otherwise `e` says what happened to the process. */
int serve_next(struct served *s, struct serve_event *ret, struct err *e);

/* Ends the process, waits for it, and frees and closes everything, client_fd included
 * where it is still there. Idempotent. */
void serve_stop(struct served *s);
