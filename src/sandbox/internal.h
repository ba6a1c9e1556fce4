/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the sandbox share.
 *
 *     sandbox.c   the parent: serves the worker's messages, explains its death
 *     start.c     the parent: its socket, its fork
 *     worker.c    the child: confines itself, runs the job, sends the result
 *     channel.c   the messages between them
 *     confine.c   the order of the layers, and those made of plain system calls
 *     landlock.c  no file may be opened
 *     seccomp.c   which system calls are left; filter.h turns that into a program
 *     program.c   the same for a program that is no worker of ours, with
 *                 seccomp_program.c
 */
#pragma once

#include <sys/types.h>

#include "sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

struct sandbox {
	const struct sandbox_options *options;
	int sock; /* to the parent; -1 without a worker: the broker is called directly */
	const char *names[8];
	strs layers;
};

/* channel.c. One message is one packet of a SOCK_SEQPACKET socket: a type and up to two
 * numbers, then bytes whose end is the packet's end. */
enum message_type {
	MESSAGE_ASK = 1, /* worker: a = from, b = what is asked for, bytes = name */
	MESSAGE_PART,    /* worker: bytes = part of the result */
	MESSAGE_END,     /* worker: bytes = last part of the result */
	MESSAGE_ERROR,   /* worker: a = error code, bytes = its text */
	MESSAGE_REPLY,   /* parent: a = error code, b = id, bytes = error text; an fd */
	MESSAGE_READY    /* server: from now on every part is a word of its own */
};

enum asked { ASKED_FILE, ASKED_DISK };

/* One packet: below the default size of a socket's buffer. */
enum { MESSAGE_HEADER = SANDBOX_HEADER, MESSAGE_MAX = 64 * 1024 };

struct message {
	enum message_type type;
	uint32_t a, b;
	struct slice bytes; /* borrowed */
	int fd;             /* sent along, or received and then owned; -1 for none */
};

/* Sends one message; `wait` false fails instead of waiting for room. */
bool channel_send(int sock, const struct message *m, bool wait);
/* Decodes one packet; false when it is none of ours. */
_must_check_ bool channel_decode(struct slice packet, struct message *ret);
/* Waits for a message of up to `cap` bytes and for the fd that comes with it. */
_must_check_ bool channel_receive(int sock, void *buf, size_t cap, struct message *ret);

/* What the parent prepares for the child. */
struct worker {
	const struct sandbox_options *options;
	sandbox_job job;
	void *ctx;
	int *kept; /* the numbers that stay open; `sock` is one of them */
	size_t kept_count;
	int sock; /* above standard error */
	pid_t parent;
};

/* start.c. Forks the worker; the caller closes the socket. */
int worker_start(const struct sandbox_options *o, sandbox_job job, void *ctx,
		 pid_t *ret_pid, int *ret_sock, struct err *e);

/* worker.c. The child's whole life. */
_Noreturn void worker_main(const struct worker *w);

/* confine.c. Gives up everything but the fds; names the layers in box->layers. */
int confine(struct sandbox *box, const struct worker *w, struct err *e);

/* landlock.c. What may be opened; everything else can not. False: not available. */
struct landlock_rule {
	int fd;
	uint64_t allowed; /* LANDLOCK_ACCESS_FS_ bits, of it and what is beneath */
};
bool landlock_confine(const struct landlock_rule *rules, size_t n);

/* seccomp.c. The calls of the table, or death. False: not available. */
struct seccomp_fds {
	int sock;    /* to the parent */
	int peer;    /* of a server, else -1 */
	int scratch; /* or -1 */
	const struct sandbox_scratch *outputs;
	size_t output_count;
	int output;    /* the one that a row is written for */
	bool dir_mode; /* a directory may be read */
};
bool seccomp_confine(const struct seccomp_fds *fds);
/* seccomp_program.c. All calls but those that reach other processes and machines, which
 * fail. */
bool seccomp_confine_program(void);
