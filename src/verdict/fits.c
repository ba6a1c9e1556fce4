/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fits.h"

#include "chain.h"
#include "text.h"

static const char *why_not(struct judge *j, const struct module_fact *m, const char *name)
{
	struct fault fault;

	if (!m || !m->state)
		return say(j, "%s was not looked for, or could not be read", name);
	if (text_same(m->state, "builtin"))
		return NULL;
	if (!text_same(m->state, "file"))
		return say(j, "%s is %s%s%s", name,
			   text_same(m->state, "absent") ? "missing" : "damaged",
			   m->problem ? ": " : "",
			   m->problem ? plain(j, m->problem) : "");
	fault = file_fault(j, m, NULL);
	if (fault.state == ANSWER_READY)
		fault = closure_fault(j, m);
	return fault.state == ANSWER_READY ? NULL : fault.text;
}

int module_fits(const struct facts *f, const struct kernel_fact *k, const char *module,
		struct arena *a, const char **ret_why, struct err *e)
{
	struct judge j = {.facts = f, .kernel = k, .arena = a};
	const char *name = plain(&j, module);

	*ret_why = why_not(&j, module_by_name(&k->modules, module), name);
	return j.full ? arena_full(a, e) : 0;
}
