/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a verdict to the steps that follow from it. */
#include "handle.h"
#include "plan_text.h"

static int make(struct paravet *p, struct plan *ret)
{
	if (!p->was_judged)
		return err_set(&p->error, ERR_USAGE, "nothing was judged yet");
	if (p->platforms.n != 1)
		return err_set(&p->error, ERR_USAGE,
			       "a plan is made for one platform; %zu are set",
			       p->platforms.n);
	return plan_make(&p->facts, p->platforms.v[0].platform, &p->verdicts.v[0],
			 p->arena, ret, &p->error);
}

const char *paravet_plan(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options = {.color = flags & PARAVET_COLOR,
					 .verbose = flags & PARAVET_VERBOSE};
	struct plan plan;

	handle_start_document(p);
	if (make(p, &plan) < 0)
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
