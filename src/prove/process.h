/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * QEMU and other programs as child processes: each gets the descriptors that it needs and
 * no others, limits on what it may use, and dies with the thread that started it.
 */
#pragma once

#include "sandbox.h"
#include "vec.h"

struct process {
	int pid;    /* 0: none */
	int errors; /* what it writes to standard output and error; -1: none */
	int status; /* of wait(), once it has ended */
	bool for_user;
};

#define PROCESS_NONE \
	{ \
		.errors = -1 \
	}

struct process_limits {
	uint64_t memory;  /* address space, bytes */
	uint64_t seconds; /* of processor time */
	uint64_t written; /* bytes of a file */
};

/* The full path of a program of $PATH in the arena; ERR_PROGRAM when there is none. */
int process_find(const char *program, struct arena *a, const char **ret, struct err *e);

struct process_options {
	const int *keep; /* stay open in it under their own numbers */
	size_t keep_count;
	/* NULL: it is one of this machine's own programs, which may use what it needs. */
	const struct process_limits *limits;
	/* The one socket that it gets as a service of systemd's does (sd_listen_fds(3));
	 * 0: none. Nothing else stays open then. */
	int listen_fd;
	int input_fd;  /* its standard input; 0: nothing comes from there */
	int output_fd; /* where its standard output goes; 0: to that of its errors */
	/* It stands for the user: it has the terminal, on which it may ask, and the
	 * environment of this process. So that it can leave the terminal as it was, it
	 * is asked to end before it is killed. */
	bool for_user;
	const strs *environment; /* "NAME=value", beyond PATH and LC_ALL; or NULL */
	/* What it may open; NULL: everything. Where that cannot be enforced it ends with
	 * PROCESS_NOT_CONFINED. */
	const struct sandbox_program *files;
};

enum { PROCESS_NOT_CONFINED = 125 };

/* Starts argv[0], a full path. */
int process_start(const strs *argv, const struct process_options *o, struct process *ret,
		  struct err *e);
/* Has it ended? Never waits. */
bool process_has_ended(struct process *p);
/* Processor time that a process's threads have had, and that they have waited for while
 * others had it, in milliseconds. False where the kernel does not tell. */
bool process_times(int pid, uint64_t *ret_had, uint64_t *ret_waited);
/* Has it ended by itself, and as a program that did its work? */
bool process_went_well(const struct process *p);
/* How it ended, for people: "exit status 1", "signal 9 (Killed)"; in the arena. */
const char *process_end_text(const struct process *p, struct arena *a);
/* Ends it and waits for that. Idempotent. */
void process_end(struct process *p);
