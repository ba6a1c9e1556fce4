/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest judged on one platform: its devices, its support, and the answer as a whole. */
#include "verdict.h"

#include <string.h>

#include "chain.h"
#include "root_layers.h"

const char *answer_name(enum answer answer)
{
	static const char *const names[ANSWER_COUNT] = {"unknown", "blocked", "fixable",
							"ready"};

	return names[answer < ANSWER_COUNT ? answer : ANSWER_UNKNOWN];
}

enum answer answer_of_name(const char *name)
{
	for (unsigned i = 0; name && i < ANSWER_COUNT; i++)
		if (strcmp(answer_name((enum answer)i), name) == 0)
			return (enum answer)i;
	return ANSWER_UNKNOWN;
}

bool answer_better(enum answer a, enum answer b)
{
	static const int rank[ANSWER_COUNT] = {[ANSWER_BLOCKED] = 0,
					       [ANSWER_UNKNOWN] = 1,
					       [ANSWER_FIXABLE] = 2,
					       [ANSWER_READY] = 3};

	return rank[a] > rank[b];
}

int answer_exit_status(enum answer answer)
{
	static const int status[ANSWER_COUNT] = {[ANSWER_READY] = 0,
						 [ANSWER_FIXABLE] = 1,
						 [ANSWER_BLOCKED] = 2,
						 [ANSWER_UNKNOWN] = 3};

	return status[answer];
}

int verdict_exit_status(const verdict_list *list)
{
	int worst = answer_exit_status(list->n ? ANSWER_READY : ANSWER_UNKNOWN);

	for (size_t i = 0; i < list->n; i++)
		if (answer_exit_status(list->v[i].answer) > worst)
			worst = answer_exit_status(list->v[i].answer);
	return worst;
}

int verdict_asked_modules(const platform_list *list, struct arena *a, strs *ret,
			  struct err *e)
{
	int r = platform_asked_modules(list, a, ret, e);

	return r == 0 ? stack_modules(a, ret, e) : r;
}

/* Identity selects citations; it decides nothing. */
static int add_support(struct judge *j, struct verdict *v, struct err *e)
{
	const struct os_fact *os = &j->facts->os;
	const struct kernel_fact *k = facts_default_kernel(j->facts);
	support_rows rows = {0};
	int r = platform_support_for(j->platform, os->id, os->version,
				     k && k->arch ? k->arch : os->arch,
				     k ? k->flavour : NULL, j->arena, &rows, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < rows.n; i++) {
		const struct platform_support *row = rows.v[i];
		struct support_verdict s = {.row = row->id,
					    .answer = row->answer,
					    .verified = row->verified,
					    .note = row->note};

		add_cites(j, &s.cites, &row->cites);
		if (!vec_push(j->arena, &v->support_rows, s))
			j->full = true;
		v->support =
			i && v->support != row->answer ? SUPPORT_DISPUTED : row->answer;
	}
	return 0;
}

/* What was taken for granted. */
static void add_remarks(struct judge *j, struct verdict *v)
{
	const struct facts *f = j->facts;
	const char *text = NULL;

	if (j->platform->emulated_boot.n && !f->machine.source && !facts_is_folder(f))
		text = f->disks.n > 1
			       ? say(j,
				     "no description of the machine was given "
				     "(--machine): the disks are taken in the order "
				     "in which they were named, %s first",
				     plain(j, f->disks.v[0].name))
			       : "no description of the machine was given (--machine): "
				 "the disk is taken as its first";
	if (text && !vec_push(j->arena, &v->remarks, text))
		j->full = true;
}

static enum answer whole_answer(const struct verdict *v)
{
	enum answer worst = v->devices.n ? ANSWER_READY : ANSWER_UNKNOWN;

	for (size_t i = 0; i < v->devices.n; i++)
		if (!v->devices.v[i].optional &&
		    answer_better(worst, v->devices.v[i].answer))
			worst = v->devices.v[i].answer;
	return worst;
}

int verdict_judge(const struct facts *f, const struct platform *p,
		  const struct verdict_options *options, struct arena *a,
		  struct verdict *ret, struct err *e)
{
	struct verdict v = {.platform = p->id, .platform_name = p->name};
	struct judge j = {.facts = f, .platform = p, .arena = a};
	int r;

	j.direct = options && options->direct;
	if (options)
		v.choices = options->choices;
	j.kernel = facts_default_kernel(f);
	if (!j.kernel && j.direct)
		j.kernel = facts_only_kernel(f);
	if (j.kernel) {
		v.kernel = j.kernel->release;
		j.cmdline = cmdline_of(f, j.kernel);
	}
	if (options && options->host) {
		v.host = host_text(options->host, a);
		if (!v.host)
			return arena_full(a, e);
	}
	r = find_sheet(&j, options ? options->host : NULL, &v.sheets, e);
	if (r < 0)
		return r;
	add_devices(&j, options, &v);
	add_sheet_support(&j, &v);
	add_remarks(&j, &v);
	r = add_fallbacks(&j, options, &v, e);
	if (r >= 0)
		r = add_support(&j, &v, e);
	if (r < 0)
		return r;
	if (j.full)
		return arena_full(a, e);
	v.answer = whole_answer(&v);
	*ret = v;
	return 0;
}

bool verdict_applies(const struct facts *f, const struct platform *p)
{
	const struct os_fact *os = &f->os;

	if (p->only_by_name)
		return false;
	if (!p->only_distros.n)
		return true;
	return os->id && strs_has(&p->only_distros, os->id) &&
	       (!os->version ||
		platform_version_in(os->version, p->only_from, p->only_to));
}
