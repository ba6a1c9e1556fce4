/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the jobs of the confined worker share. A job answers with one letter and a
 * document: 'F' and what it found, or 'E', a letter for the code, and the error.
 */
#pragma once

#include "cow.h"
#include "given_files.h"
#include "handle.h"

struct job {
	struct paravet *handle;
	struct sandbox *box;
	struct arena *arena, *scratch;
	struct assembly assembly;
	VEC(struct assembly_disk) disks;
	/* Where the disks are to be changed: an empty file for each, in which the changes
	 * go; NULL: they are only read. */
	const int *scratch_fds;
	VEC(struct cow *) cows; /* over the disks */
};

/* In the worker. job_done() also after a failure of job_new(). */
int job_new(struct paravet *p, struct sandbox *box, struct job *ret, struct err *e);
void job_done(struct job *job);
/* Opens the handle's disks, or its root directory, unless they are open, and puts the
 * tree together. */
int job_assemble(struct job *job, struct guest *g, struct err *e);
/* The same, and all facts of the guest. `g` is set up by the call, and its tree can be
 * used afterwards; it is NULL where no guest was found. */
int job_collect(struct job *job, struct facts *f, struct guest *g, struct err *e);
void job_failed(const struct err *why, struct strbuf *out);

/* given.c: in the worker, what is known of the packages that were given, in the facts; or
 * their files. */
int given_collect(struct job *job, struct guest *g, struct err *e);
int given_open(struct job *job, given_files_list *ret, struct err *e);
void given_close(given_files_list *list);

/* What a job may write to, and have. */
struct job_files {
	const struct sandbox_scratch *list;
	size_t n;
	unsigned seconds; /* of processor time that it may take; 0: as reading */
	bool keys;        /* it opens the guest's volumes */
};

/* In the parent: opens the handle's disks once more, which were kept open for that. */
int job_open_disks(struct paravet *p, struct err *e);
/* In the parent: runs a job with every file of the handle, and those that it may write
 * to; takes its answer apart. */
int job_run(struct paravet *p, sandbox_job job, void *ctx, struct job_files files,
	    struct strbuf *result, struct err *e);
int job_result(const struct strbuf *result, struct slice *ret, struct err *e);
