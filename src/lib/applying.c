/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a plan to a guest that has it made. */
#include "applying.h"

#include <string.h>
#include <time.h>

#include "applied_text.h"
#include "escape.h"
#include "lock.h"
#include "text.h"

void paravet_set_applying(struct paravet *p, int applying)
{
	p->applying = applying != 0;
}

static int keep_name(struct paravet *p, const char *name, const char **ret)
{
	err_clear(&p->error);
	*ret = arena_strdup(p->arena, name);
	if (!*ret)
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

int paravet_set_output(struct paravet *p, const char *path, enum paravet_output kind)
{
	const char *copy;
	int r = keep_name(p, path, &copy);

	p->output_kind = kind;
	if (r == 0 && !vec_push(p->arena, &p->outputs, copy)) {
		arena_full(p->arena, &p->error);
		r = handle_status(p);
	}
	return r;
}

int paravet_set_undo(struct paravet *p, const char *path)
{
	return keep_name(p, path, &p->undo);
}

/* --- one worker --- */

/* What the first worker may take: an initramfs that has to be packed anew with the best
 * compression takes a minute each time it is tried. */
enum { REHEARSE_SECONDS = 900 };

/* For what the first worker did, and writing it: a copy of a large disk
 * takes long, and the clock may show four times as much. */
enum { COMMIT_SECONDS = 3600 };

static void close_scratch(struct change_order *o)
{
	for (size_t i = 0; i < o->handle->disks.n; i++) {
		cleanup_close(&o->scratch[i]);
		o->scratch[i] = -1;
	}
}

/* What the worker may write to, the scratch files first. */
struct writable {
	struct sandbox_scratch list[2 * LIMIT_DISKS + 1];
	size_t n;
};

static void add_writable(struct writable *w, int fd, uint64_t max)
{
	if (fd >= 0)
		w->list[w->n++] = (struct sandbox_scratch){fd, max};
}

static int open_scratch(struct change_order *o, struct writable *w, struct err *e)
{
	uint64_t size, memory;
	int r = cow_needs(LIMIT_CHANGED, &size, &memory, e);

	for (size_t i = 0; r >= 0 && i < o->handle->disks.n; i++) {
		r = cow_scratch(NULL, &o->scratch[i], e);
		if (r >= 0)
			add_writable(w, o->scratch[i], size);
	}
	return r;
}

/* The changes, and what stands behind them, borrowed from `result`. */
static int take_answer(struct paravet *p, const struct strbuf *result,
		       struct changes *changes, struct slice *ret_facts, struct err *e)
{
	struct slice body;
	int r = job_result(result, &body, e);

	if (r < 0)
		return r;
	*ret_facts = SLICE_NONE;
	text_split(body, '\n', &body, ret_facts);
	r = changes_from_json(body, p->arena, changes, e);
	return r < 0 ? err_wrap(e, "the worker's answer") : 0;
}

static int run_worker(struct change_order *o, struct strbuf *result, struct err *e)
{
	struct writable w = {.n = 0};
	struct paravet *p = o->handle;
	struct job_files files;
	int r;

	for (size_t i = 0; i < p->disks.n; i++)
		o->scratch[i] = -1;
	r = open_scratch(o, &w, e);
	for (size_t i = 0; i < o->n; i++)
		add_writable(&w, o->sinks[i].output, INT64_MAX);
	add_writable(&w, o->record, INT64_MAX);
	files = (struct job_files){w.list, w.n,
				   o->sink ? COMMIT_SECONDS : REHEARSE_SECONDS};
	if (r >= 0)
		r = job_open_disks(p, e);
	if (r >= 0)
		r = job_run(p, change_job, o, files, result, e);
	handle_close_inputs(p);
	close_scratch(o);
	return r;
}

/* --- before anything is written --- */

/* Judges the guest as it would be, and plans what is left. */
static int judge_again(struct paravet *p, struct slice json, struct applied *ret,
		       struct err *e)
{
	const struct asked_platform *asked = &p->platforms.v[0];
	struct facts facts = {0};
	struct verdict verdict;
	int r = facts_from_json(json, p->arena, &facts, e);

	if (r < 0)
		return err_wrap(e, "the worker's answer");
	if (!facts.machine.source)
		facts.machine = p->facts.machine;
	facts.given_packages = (__typeof__(facts.given_packages)){0};
	r = verdict_judge(&facts, asked->platform, &asked->options, p->arena, &verdict,
			  e);
	if (r < 0)
		return r;
	ret->after = verdict.answer;
	return planning_make(p, &facts, &verdict, &ret->left, e);
}

static int rehearse(struct change_order *o, struct applied *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_FACTS_JSON);
	struct slice facts;
	int r = run_worker(o, &result, e);

	if (r >= 0)
		r = take_answer(o->handle, &result, &ret->changes, &facts, e);
	return r < 0 ? r : judge_again(o->handle, facts, ret, e);
}

/* Damage would not make an answer better; a change must not make it worse. */
static int check_outcome(const struct applied *a, struct err *e)
{
	if (a->after >= a->plan.answer)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "with the changes the answer would be %s instead of %s: nothing "
		       "was written",
		       answer_name(a->after), answer_name(a->plan.answer));
}

static struct change_order order_of(struct paravet *p, const struct applied *a)
{
	return (struct change_order){
		.handle = p, .plan = &a->plan, .now = time(NULL), .record = -1};
}

int applying_try(struct paravet *p, struct applied *ret, struct err *e)
{
	struct change_order o = order_of(p, ret);
	int r = rehearse(&o, ret, e);

	if (r >= 0)
		r = check_outcome(ret, e);
	if (r < 0)
		return r;
	ret->plan.after = answer_name(ret->after);
	return change_foretell(&ret->plan, &ret->changes, p->arena, e);
}

static int find_disk(const struct paravet *p, const char *name, size_t *ret,
		     struct err *e)
{
	for (*ret = 0; *ret < p->disks.n; ++*ret)
		if (text_same(p->disks.v[*ret].name, name))
			return 0;
	return err_set(e, ERR_CORRUPT, "the worker changed a disk that was not named");
}

/* --- the result --- */

static const char *format_of(const struct paravet *p, size_t disk)
{
	const char *format =
		p->facts.disks.n > disk ? p->facts.disks.v[disk].format : NULL;

	return text_same(format, "qcow2")             ? "qcow2"
	       : format && blocks_served_name(format) ? format
						      : "raw";
}

static const struct {
	enum sink sink;
	const char *name;
} kinds[] = {
	[PARAVET_OUTPUT_OVERLAY] = {SINK_OVERLAY, "overlay"},
	[PARAVET_OUTPUT_COPY] = {SINK_COPY, "copy"},
	[PARAVET_OUTPUT_IN_PLACE] = {SINK_IN_PLACE, "in-place"},
};

static bool is_new_file(const struct paravet *p)
{
	return p->output_kind == PARAVET_OUTPUT_OVERLAY ||
	       p->output_kind == PARAVET_OUTPUT_COPY;
}

/* The new file of a disk: the only one, or the one named for it. */
static const char *output_of(const struct paravet *p, size_t disk)
{
	return p->outputs.v[p->outputs.n == 1 ? 0 : disk];
}

/* One name is enough for one disk; which it will be is not known before. */
static int check_names(const struct paravet *p, const struct changes *c, struct err *e)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT(LIMIT_TEXT);

	if (!is_new_file(p) || p->outputs.n == p->disks.n ||
	    (p->outputs.n == 1 && c->disks.n == 1))
		return 0;
	for (size_t i = 0; i < c->disks.n; i++) {
		strbuf_str(&names, i ? ", " : "");
		escape_text(&names, slice_str(c->disks.v[i].disk));
	}
	return err_set(
		e, ERR_USAGE,
		"the changes lie on %zu of %zu disks (%s): name a new file with -o "
		"for each disk, in the order of the disks",
		c->disks.n, p->disks.n, strbuf_text(&names));
}

static int open_output(struct paravet *p, const char *name, struct change_order *o,
		       struct change_outputs *out, struct err *e)
{
	struct change_sink *s = &o->sinks[o->n];
	struct change_output *to = &out->list[out->n];
	int r = find_disk(p, name, &s->disk, e);

	if (r < 0)
		return r;
	s->backing.format = format_of(p, s->disk);
	if (o->sink == SINK_IN_PLACE)
		r = change_output_in_place(name, p->arena, to, &s->id, e);
	else
		r = change_output_new(output_of(p, s->disk), p->disks.v[s->disk].prove_fd,
				      to, e);
	out->n++;
	if (r >= 0 && o->sink == SINK_OVERLAY)
		r = change_backing_name(name, to->path, p->arena, &s->backing.file, e);
	s->output = to->fd;
	o->n++;
	return r;
}

static int open_outputs(struct paravet *p, const struct changes *c,
			struct change_order *o, struct change_outputs *out, struct err *e)
{
	int r = check_names(p, c, e);

	o->sink = kinds[p->output_kind].sink;
	if (r >= 0 && c->disks.n > p->disks.n)
		r = err_set(e, ERR_CORRUPT, "the worker changed a disk twice");
	for (size_t i = 0; r >= 0 && i < c->disks.n; i++)
		r = open_output(p, c->disks.v[i].disk, o, out, e);
	if (r >= 0 && o->sink == SINK_IN_PLACE)
		r = change_outputs_record(out, p->undo, e);
	o->record = out->record_fd;
	return r;
}

/* The second worker must make what the first one has shown. */
static int commit(struct change_order *o, const struct applied *a, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_FACTS_JSON),
				       shown = STRBUF_INIT(LIMIT_FACTS_JSON),
				       made = STRBUF_INIT(LIMIT_FACTS_JSON);
	struct changes changes;
	struct slice rest;
	int r = run_worker(o, &result, e);

	if (r >= 0)
		r = take_answer(o->handle, &result, &changes, &rest, e);
	if (r < 0)
		return r;
	changes_to_json(&a->changes, &shown);
	changes_to_json(&changes, &made);
	if (!strbuf_ok(&shown) || strcmp(strbuf_text(&shown), strbuf_text(&made)) != 0)
		return err_set(e, ERR_REFUSED,
			       "the guest changed meanwhile: is it running?");
	return 0;
}

static int tell_results(struct paravet *p, const struct change_order *o,
			struct applied *a, struct err *e)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *disk = p->disks.v[o->sinks[i].disk].name;
		struct applied_result r = {
			.disk = disk,
			.file = o->sink == SINK_IN_PLACE
					? disk
					: output_of(p, o->sinks[i].disk)};

		if (!vec_push(p->arena, &a->results, r))
			return arena_full(p->arena, e);
	}
	a->kind = kinds[p->output_kind].name;
	a->undo = o->sink == SINK_IN_PLACE ? p->undo : NULL;
	return 0;
}

static int write_result(struct paravet *p, struct change_order *o, struct applied *a,
			struct err *e)
{
	struct change_outputs out = CHANGE_OUTPUTS_NONE;
	int r = open_outputs(p, &a->changes, o, &out, e);

	if (r >= 0)
		r = commit(o, a, e);
	if (r >= 0)
		r = change_outputs_keep(&out, e);
	if (r < 0 && change_outputs_began(&out))
		err_wrap(e,
			 "%s%s may hold some of the changes: take them back with "
			 "paravet undo %s",
			 escape_short(slice_str(p->disks.v[o->sinks[0].disk].name)).text,
			 o->n > 1 ? " and other disks" : "",
			 escape_short(slice_str(p->undo)).text);
	change_outputs_done(&out, r >= 0);
	return r < 0 ? r : tell_results(p, o, a, e);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The description names the copies by their names alone: it stands beside them. */
static int name_copies(struct paravet *p, const struct applied *a,
		       struct machine_order *o, struct err *e)
{
	for (size_t i = 0; i < a->changes.disks.n; i++) {
		struct applied_result copy = {.disk = a->changes.disks.v[i].disk};
		size_t disk;
		int r = find_disk(p, copy.disk, &disk, e);

		if (r >= 0)
			r = check_names(p, &a->changes, e);
		if (r < 0)
			return r;
		copy.file = base_name(output_of(p, disk));
		if (!vec_push(p->arena, &o->copies, copy))
			return arena_full(p->arena, e);
	}
	return 0;
}

/* Opens the file that the description goes to, with the new text in it; nothing when
 * nothing of it changes. */
static int open_machine(struct paravet *p, const struct applied *a,
			struct change_output *out, const char **ret_note, struct err *e)
{
	struct machine_order order = {.machine = &p->facts.machine,
				      .text = p->machine_text,
				      .plan = &a->plan,
				      .changes = &a->changes};
	struct slice text = SLICE_NONE;
	int r = 0;

	if (!p->machine_output)
		return 0;
	if (p->output_kind == PARAVET_OUTPUT_COPY)
		r = name_copies(p, a, &order, e);
	if (r >= 0)
		r = machine_rewritten(&order, p->arena, &text, ret_note, e);
	if (r >= 0 && !text.n) {
		*ret_note =
			arena_printf(p->arena, "%s was not written: no step changes %s",
				     escape_short(slice_str(p->machine_output)).text,
				     escape_short(slice_str(p->machine)).text);
		return *ret_note ? 0 : arena_full(p->arena, e);
	}
	if (r < 0)
		return r;
	r = change_output_new(p->machine_output, p->disks.v[0].prove_fd, out, e);
	return r < 0 ? r : change_output_fill(out, text, e);
}

/* The description gets its name last: it may name what is written before it. */
static int write_all(struct paravet *p, struct change_order *o, struct applied *a,
		     struct err *e)
{
	struct change_output machine = CHANGE_OUTPUT_NONE;
	const char *note = NULL;
	int r = open_machine(p, a, &machine, &note, e);

	if (r >= 0 && a->changes.files.n)
		r = write_result(p, o, a, e);
	if (r >= 0 && machine.fd >= 0) {
		r = change_output_keep(&machine, e);
		a->machine = p->machine_output;
	}
	change_output_done(&machine, r >= 0);
	if (r >= 0 && note && !vec_push(p->arena, &a->notes, note))
		r = arena_full(p->arena, e);
	return r;
}

/* What is read must not change meanwhile, nor may somebody write to the disk below an
 * overlay. A disk that is changed itself gets its lock with the file to write to; where
 * nothing is written, none is needed. */
static int lock_disks(const struct paravet *p, struct err *e)
{
	int r = 0;

	if (!is_new_file(p))
		return 0;
	for (size_t i = 0; r >= 0 && i < p->disks.n; i++) {
		r = change_lock(p->disks.v[i].prove_fd, CHANGE_LOCK_READ, e);
		if (r < 0)
			err_wrap(e, "%s",
				 escape_short(slice_str(p->disks.v[i].name)).text);
	}
	return r;
}

/* A package that a kernel would refuse is not installed, and nothing else is done. */
static int check_packages(const struct plan *plan, struct err *e)
{
	return plan->refusals.n ? err_set(e, ERR_REFUSED, "%s: nothing was written",
					  plan->refusals.v[0])
				: 0;
}

static int apply(struct paravet *p, struct applied *a, struct err *e)
{
	struct change_order o = order_of(p, a);
	int r = planning_make(p, &p->facts, &p->verdicts.v[0], &a->plan, e);

	a->after = a->plan.answer;
	a->left = a->plan;
	if (r >= 0)
		r = check_packages(&a->plan, e);
	if (r < 0 || a->plan.steps.n == 0)
		return r;
	r = lock_disks(p, e);
	if (r >= 0)
		r = applying_try(p, a, e);
	return r < 0 || p->output_kind == PARAVET_OUTPUT_NONE ? r
							      : write_all(p, &o, a, e);
}

static int check_call(struct paravet *p)
{
	if (!p->was_judged || !p->applying)
		return handle_misuse(p, p->was_judged
						? "paravet_set_applying() comes before "
						  "paravet_read()"
						: "nothing was judged yet");
	if (p->platforms.n != 1)
		return handle_misuse(p, "a plan is applied for one platform");
	if (p->root)
		return handle_misuse(p, "files of a folder are not changed: name the "
					"disks instead");
	if (p->output_kind == PARAVET_OUTPUT_IN_PLACE ? !p->undo
						      : is_new_file(p) && !p->outputs.n)
		return handle_misuse(p, "where to write to was not said");
	if (is_new_file(p) && p->outputs.n > 1 && p->outputs.n != p->disks.n)
		return handle_misuse(p, "one new file for all disks, or one for each, in "
					"their order");
	return 0;
}

static int refuse_parts(const struct paravet *p, struct err *e)
{
	for (size_t i = 0; i < p->disks.n; i++)
		if (p->disks.v[i].part.size &&
		    (p->output_kind == PARAVET_OUTPUT_OVERLAY ||
		     p->output_kind == PARAVET_OUTPUT_IN_PLACE))
			return err_set(e, ERR_UNSUPPORTED,
				       "%s lies in an archive, where nothing is changed "
				       "and no overlay can be put over it: write a copy "
				       "with --copy -o FILE",
				       escape_short(slice_str(p->disks.v[i].name)).text);
	return 0;
}

/* A name of a disk is what an overlay stores, and what undo looks for. */
static int refuse_remote(const struct paravet *p, struct err *e)
{
	for (size_t i = 0; i < p->disks.n; i++)
		if (p->disks.v[i].remote && p->output_kind != PARAVET_OUTPUT_NONE)
			return err_set(e, ERR_UNSUPPORTED,
				       "%s: only a file or device is changed: copy the "
				       "disk with `qemu-img convert -O qcow2 URI FILE`",
				       escape_short(slice_str(p->disks.v[i].name)).text);
	return 0;
}

int paravet_apply(struct paravet *p)
{
	int r;

	err_clear(&p->error);
	r = check_call(p);
	if (r < 0)
		return r;
	if (refuse_remote(p, &p->error) < 0 || refuse_parts(p, &p->error) < 0)
		return handle_status(p);
	p->was_applied = apply(p, &p->applied, &p->error) >= 0;
	return handle_status(p);
}

const char *paravet_applied(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options = {.color = flags & PARAVET_COLOR,
					 .verbose = flags & PARAVET_VERBOSE};

	handle_start_document(p);
	if (!p->was_applied) {
		handle_misuse(p, "nothing was applied yet");
		return NULL;
	}
	if (format == PARAVET_JSON)
		applied_to_json(&p->facts, &p->applied, &p->document);
	else
		report_applied(&p->facts, &p->applied, &options, &p->document);
	return handle_finish_document(p);
}

int paravet_applied_answer(const struct paravet *p)
{
	return p->was_applied ? answer_exit_status(p->applied.after) : PARAVET_UNKNOWN;
}
