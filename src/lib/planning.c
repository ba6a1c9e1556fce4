/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a verdict to the steps that follow from it. */
#include <string.h>

#include "applying.h"
#include "plan_text.h"

int paravet_add_plan_kernel(struct paravet *p, const char *release)
{
	const char *kept = arena_strdup(p->arena, release);

	err_clear(&p->error);
	if (!kept || !vec_push(p->arena, &p->plan_kernels, kept))
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

int planning_make(struct paravet *p, const struct facts *f, const struct verdict *v,
		  struct plan *ret, struct err *e)
{
	const struct asked_platform *asked = &p->platforms.v[0];
	const struct plan_options o = {p->plan_kernels, asked->options.choices};

	return plan_make(f, asked->platform, v, &o, p->arena, ret, e);
}

static int make(struct paravet *p, struct plan *ret)
{
	if (!p->was_judged)
		return err_set(&p->error, ERR_USAGE, "nothing was judged yet");
	if (p->platforms.n != 1)
		return err_set(&p->error, ERR_USAGE,
			       "a plan is made for one platform; %zu are set",
			       p->platforms.n);
	return planning_make(p, &p->facts, &p->verdicts.v[0], ret, &p->error);
}

/* Why no step changes files from outside; ERR_NONE: one does. */
static void find_offline(const struct plan *plan, struct err *ret)
{
	const struct plan_step *first = NULL;
	bool open = false, any = false;

	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct plan_step *s = &plan->steps.v[i];
		bool offline = plan_step_is_offline(s);

		if (plan_step_is_next(s, offline, &open))
			return;
		any = any || offline;
		if (open && !first)
			first = s;
	}
	if (any && first)
		err_set(ret, ERR_UNSUPPORTED,
			"step %llu is more than a change of files, and the changes of "
			"files rest on it",
			(unsigned long long)first->n);
	else
		err_set(ret, ERR_UNSUPPORTED,
			"no step is a change of files in the guest");
}

/* The tools of the guest make other bytes; only edits are the same there. */
static bool edits_files(const struct plan *plan)
{
	for (size_t i = 0; i < plan->steps.n; i++)
		if (strcmp(plan->steps.v[i].where, "guest") == 0 &&
		    plan->steps.v[i].edits.n && !plan->steps.v[i].drivers.n)
			return true;
	return false;
}

/* What `apply` would make of it. That it cannot be tried is no failure: the plan says
 * why. */
static int try_changes(struct paravet *p, struct plan *plan)
{
	struct applied tried = {.plan = *plan};
	struct err why = ERR_INIT;

	if (!plan->steps.n || (!p->applying && !p->root))
		return 0;
	find_offline(plan, &why);
	if (why.code == ERR_NONE && p->root)
		err_set(&why, ERR_UNSUPPORTED, "files of a folder are not changed");
	else if (why.code == ERR_NONE && applying_try(p, &tried, &why) >= 0)
		*plan = tried.plan;
	if (why.code == ERR_NONE)
		return 0;
	plan->untried = arena_strdup(p->arena, why.text);
	return plan->untried ? 0 : arena_full(p->arena, &p->error);
}

const char *paravet_plan(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options;
	struct plan plan;

	handle_start_document(p);
	if (handle_report_options(p, flags, &options) < 0 || make(p, &plan) < 0 ||
	    ((format != PARAVET_SCRIPT || edits_files(&plan)) &&
	     try_changes(p, &plan) < 0))
		return NULL;
	if (format == PARAVET_JSON)
		plan_to_json(&p->facts, &plan, &p->document);
	else if (format == PARAVET_MARKDOWN)
		report_plan_markdown(&p->facts, &plan, &options, &p->document);
	else if (format == PARAVET_SCRIPT)
		report_plan_script(&p->facts, &plan, &p->document);
	else
		report_plan(&p->facts, &plan, &options, &p->document);
	return handle_finish_document(p);
}
