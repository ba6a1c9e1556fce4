/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker that changes a guest: on copies on write, until they are committed. */
#include "applying.h"

/* What a disk has that is written, and what of it is another byte than before. */
struct count {
	uint64_t bytes, written;
};

static int count_change(void *ctx, const struct cow_change *change,
			_unused_ struct err *e)
{
	struct count *c = ctx;

	c->written += change->new.n;
	if (change->differs)
		c->bytes += change->new.n;
	return 0;
}

/* Bytes that are only watched for undo (undo.h) make a changed disk in place alone. */
static int count_disks(struct job *job, struct changes *c, struct err *e)
{
	bool watches = job->handle->output_kind == PARAVET_OUTPUT_IN_PLACE;

	for (size_t i = 0; i < job->cows.n; i++) {
		struct disk_change d = {.disk = job->disks.v[i].name};
		struct count count = {0};
		int r = cow_compare(job->cows.v[i], count_change, &count, e);

		if (r < 0)
			return r;
		d.bytes = count.bytes;
		if ((d.bytes || (watches && count.written)) &&
		    !vec_push(job->arena, &c->disks, d))
			return arena_full(job->arena, e);
	}
	return 0;
}

static int commit_in_place(struct job *job, const struct change_order *o, struct err *e)
{
	struct change_target targets[LIMIT_DISKS];

	for (size_t i = 0; i < o->n; i++)
		targets[i] = (struct change_target){job->cows.v[o->sinks[i].disk],
						    o->sinks[i].id, o->sinks[i].output};
	return change_commit_in_place(targets, o->n, o->record, e);
}

static int commit(struct job *job, const struct change_order *o, struct err *e)
{
	int r = 0;

	if (o->sink == SINK_IN_PLACE)
		return commit_in_place(job, o, e);
	for (size_t i = 0; r >= 0 && i < o->n; i++) {
		const struct change_sink *s = &o->sinks[i];
		struct cow *cow = job->cows.v[s->disk];

		r = o->sink == SINK_COPY
			    ? change_commit_copy(cow, s->output, e)
			    : change_commit_overlay(cow, &s->backing, s->output, e);
	}
	return r;
}

/* The machine as it would be described: under the names of the disks that it has now. */
static int read_machine(struct job *job, const struct change_order *o,
			const struct changes *c, struct machine *ret, struct err *e)
{
	const struct machine_order order = {.machine = &job->handle->facts.machine,
					    .text = job->handle->machine_text,
					    .plan = o->plan,
					    .changes = c};
	struct slice text;
	int r = machine_rewritten(&order, job->arena, &text, e);

	return r < 0 || !text.n
		       ? r
		       : machine_read_again(job->handle, text, job->arena, ret, e);
}

/* The guest as it would be found, in an arena of its own. */
static int read_again(struct job *job, const struct change_order *o,
		      const struct changes *c, struct strbuf *out, struct err *e)
{
	struct arena *first = job->arena;
	struct facts facts = {0};
	struct guest g;
	int r = -ERR_NOMEM;

	assembly_done(&job->assembly);
	job->assembly = (struct assembly){0};
	job->arena = arena_new(LIMIT_FACTS);
	if (!job->arena)
		err_set(e, ERR_NOMEM, "out of memory");
	else
		r = job_collect(job, &facts, &g, e);
	if (r >= 0)
		r = read_machine(job, o, c, &facts.machine, e);
	if (r >= 0) {
		strbuf_char(out, '\n');
		facts_to_json(&facts, out);
	}
	assembly_done(&job->assembly);
	job->assembly = (struct assembly){0};
	arena_free(job->arena);
	job->arena = first;
	return r;
}

/* The tree over what can be written, with the facts that the plan was made of: the guest
 * need not be read again for them. */
static int open_guest(struct job *job, struct guest *g, struct err *e)
{
	struct facts assembled = {0};
	int r;

	*g = (struct guest){
		.arena = job->arena, .scratch = job->scratch, .facts = &assembled};
	r = job_assemble(job, g, e);
	g->facts = &job->handle->facts;
	if (r >= 0 && !g->tree)
		r = err_set(e, ERR_ABSENT, "no file system of the guest was found");
	return r;
}

/* The tree as it is after some of the changes. */
static int reopen(void *ctx, struct guest *g, struct err *e)
{
	struct job *job = ctx;

	assembly_done(&job->assembly);
	job->assembly = (struct assembly){0};
	return open_guest(job, g, e);
}

/* A guest that nothing here writes is refused, like one that is not clean: it is no
 * damage. */
static int refuse_unwritten(struct err *e)
{
	if (e->code == ERR_UNSUPPORTED)
		e->code = ERR_REFUSED;
	return -(int)e->code;
}

static int change(struct job *job, const struct change_order *o, struct strbuf *out,
		  struct err *e)
{
	_cleanup_(given_close) given_files_list given = {0};
	struct change_input in = {.plan = o->plan,
				  .given = &given,
				  .machine = job->handle->machine_output != NULL,
				  .replay = job->handle->output_kind !=
					    PARAVET_OUTPUT_IN_PLACE,
				  .now = o->now,
				  .reopen = reopen,
				  .ctx = job};
	struct changes changes;
	struct guest g;
	int r = open_guest(job, &g, e);

	if (r >= 0)
		r = given_open(job, &given, e);
	if (r >= 0 && change_guest(&g, &in, &changes, e) < 0)
		r = refuse_unwritten(e);
	if (r >= 0)
		r = count_disks(job, &changes, e);
	if (r < 0)
		return r;
	changes_to_json(&changes, out);
	return o->sink == SINK_NONE ? read_again(job, o, &changes, out, e)
				    : commit(job, o, e);
}

int change_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	const struct change_order *o = ctx;
	_cleanup_strbuf_ struct strbuf answer = STRBUF_INIT(LIMIT_FACTS_JSON);
	_cleanup_(job_done) struct job job = {0};
	struct err why = ERR_INIT;
	int r = job_new(o->handle, box, &job, e);

	if (r < 0)
		return r;
	job.scratch_fds = o->scratch;
	if (change(&job, o, &answer, &why) < 0) {
		job_failed(&why, out);
		return 0;
	}
	strbuf_char(out, 'F');
	strbuf_add(out, answer.s, answer.n);
	return strbuf_ok(&answer) && strbuf_ok(out)
		       ? 0
		       : err_set(e, ERR_LIMIT, "the facts of this guest are too large");
}
