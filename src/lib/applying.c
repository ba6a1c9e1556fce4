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
	int r = applying_work(o, &result, &ret->changes, &facts, e);

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

	if (r < 0)
		return r;
	r = check_outcome(ret, e);
	if (r < 0) {
		change_call_futile(&ret->plan, &ret->changes,
				   arena_printf(p->arena, "the answer would be %s",
						answer_name(ret->after)));
		return r;
	}
	change_find_futile(&ret->plan, &ret->changes, &ret->left);
	ret->plan.after = answer_name(ret->after);
	return change_foretell(&ret->plan, &ret->changes, p->arena, e);
}
/* What is read must not change meanwhile, nor may somebody write to the disk below an
 * overlay. A disk that is changed itself gets its lock with the file to write to; where
 * nothing is written, none is needed. */
static int lock_disks(const struct paravet *p, struct err *e)
{
	int r = 0;

	if (!applying_makes_files(p))
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

static int make_steps(struct paravet *p, struct change_order *o, struct applied *a,
		      struct err *e)
{
	int r = lock_disks(p, e);

	if (r >= 0)
		r = applying_try(p, a, e);
	return r < 0 || p->output_kind == PARAVET_OUTPUT_NONE
		       ? r
		       : applying_write(p, o, a, e);
}

static int apply(struct paravet *p, struct applied *a, struct err *e)
{
	struct change_order o = order_of(p, a);
	int r = planning_make(p, &p->facts, &p->verdicts.v[0], &a->plan, e);

	a->after = a->plan.answer;
	a->left = a->plan;
	if (r >= 0)
		r = check_packages(&a->plan, e);
	if (r >= 0 && a->plan.steps.n)
		r = make_steps(p, &o, a, e);
	return r < 0 || p->output_kind == PARAVET_OUTPUT_NONE
		       ? r
		       : applying_tell_unwritten(p, a, e);
}

static int check_call(struct paravet *p)
{
	const struct platform *platform =
		p->platforms.n ? p->platforms.v[0].platform : NULL;

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
	if (p->packages.n && !plan_takes_packages(platform)) {
		err_set(&p->error, ERR_USAGE,
			"packages of drivers are not installed for %s: leave out --kmod",
			platform->id);
		return handle_status(p);
	}
	if (applying_makes_files(p) && !p->outputs.n)
		return handle_misuse(p, "where to write to was not said");
	if (applying_makes_files(p) && p->outputs.n > 1 && p->outputs.n != p->disks.n)
		return handle_misuse(p, "one new file for all disks, or one for each, in "
					"their order");
	return 0;
}

/* Beside the first disk, unless it was said where. */
static int name_record(struct paravet *p, struct err *e)
{
	const struct disk_input *first = p->disks.n ? &p->disks.v[0] : NULL;
	struct stat st;

	if (p->output_kind != PARAVET_OUTPUT_IN_PLACE || p->undo || !first)
		return 0;
	if (fstat(first->prove_fd, &st) == 0 && S_ISBLK(st.st_mode))
		return err_set(
			e, ERR_USAGE,
			"%s is a device: beside it the undo record would be gone "
			"with the next restart: say where it goes with --undo FILE",
			escape_short(slice_str(first->name)).text);
	p->undo = arena_printf(p->arena, "%s.paravet-undo", first->name);
	return p->undo ? 0 : arena_full(p->arena, e);
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
				       "disk with `%s`",
				       escape_short(slice_str(p->disks.v[i].name)).text,
				       remote_copy_command(p->disks.v[i].remote));
	return 0;
}

/* What is written must not take each other's names when it is too late. */
static int check_output_names(const struct paravet *p, struct err *e)
{
	strs names = {0};
	bool kept = true;

	if (p->output_kind == PARAVET_OUTPUT_NONE)
		return 0;
	for (size_t i = 0; applying_makes_files(p) && i < p->outputs.n; i++)
		kept = kept && vec_push(p->arena, &names, p->outputs.v[i]);
	if (p->output_kind == PARAVET_OUTPUT_IN_PLACE && p->undo)
		kept = kept && vec_push(p->arena, &names, p->undo);
	if (p->machine_output)
		kept = kept && vec_push(p->arena, &names, p->machine_output);
	return kept ? change_names_differ(&names, e) : arena_full(p->arena, e);
}

int paravet_apply(struct paravet *p)
{
	int r;

	err_clear(&p->error);
	r = check_call(p);
	if (r < 0)
		return r;
	if (name_record(p, &p->error) < 0 || check_output_names(p, &p->error) < 0 ||
	    refuse_remote(p, &p->error) < 0 || refuse_parts(p, &p->error) < 0 ||
	    (p->output_kind != PARAVET_OUTPUT_NONE &&
	     domain_check_change(p, &p->error) < 0))
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
