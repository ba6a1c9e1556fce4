/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the jobs of the confined worker share. A job answers with one letter and a
 * document: 'F' and what it found, or 'E', a letter for the code, and the error.
 */
#pragma once

#include "handle.h"

struct job {
	struct paravet *handle;
	struct sandbox *box;
	struct arena *arena, *scratch;
	struct assembly assembly;
	VEC(struct assembly_disk) disks;
};

/* In the worker. job_done() also after a failure of job_new(). */
int job_new(struct paravet *p, struct sandbox *box, struct job *ret, struct err *e);
void job_done(struct job *job);
/* Opens the handle's disks, or its root directory, and puts the tree together. */
int job_assemble(struct job *job, struct guest *g, struct err *e);
void job_failed(const struct err *why, struct strbuf *out);

/* In the parent: runs a job with every file of the handle, and one that it may write to
 * or NULL; takes its answer apart. */
int job_run(struct paravet *p, sandbox_job job, void *ctx,
	    const struct sandbox_scratch *scratch, struct strbuf *result, struct err *e);
int job_result(const struct strbuf *result, struct slice *ret, struct err *e);
