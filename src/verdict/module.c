/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of the links is the kernel's (kernel/module: check_modinfo, check_version,
 * simplify_symbols). With CRCs on both sides the version in vermagic does not count: the
 * CRCs decide. insmod(8) of Linux 2.4 does the same with kernel_version= and the CRCs in
 * the symbols' names.
 */
#include "module.h"

#include <string.h>

#include "module_judging.h"

const char *module_answer_name(enum module_answer answer)
{
	static const char *const names[] = {"loads", "refused", "unknown"};

	return names[answer];
}

/* The first refusal decides; then the first thing that is missing. NULL: it loads. */
static const struct module_link *decider(const struct module_verdict *v)
{
	static const enum module_answer order[] = {MODULE_REFUSED, MODULE_UNKNOWN};

	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < v->links.n; i++)
			if (v->links.v[i].state == order[k])
				return &v->links.v[i];
	return NULL;
}

static void decide(struct module_verdict *v)
{
	const struct module_link *link = decider(v);

	v->answer = link ? link->state : MODULE_LOADS;
	v->reason = link ? link->text : NULL;
}

static void advise(struct module_verdict *v)
{
	const struct module_link *link = decider(v);

	if (link && !v->remedy)
		v->remedy = link->remedy;
	if (v->answer == MODULE_REFUSED && !v->remedy)
		v->remedy = "take the module that was built for this kernel";
}

static void add_remarks(struct module_judging *j)
{
	static const char *const platform[] = {"xen_pci_platform", "xen_platform_pci"};

	for (size_t i = 0; i < ARRAY_LEN(platform); i++)
		if (j->file->name && module_name_eq(j->file->name, platform[i]))
			module_remark(
				j, "xen-pci-platform and xen-platform-pci are two names "
				   "of one module: the guide prints the first, the file "
				   "has the second");
	if (j->file->differing && j->kernel->release &&
	    slice_starts(slice_str(j->kernel->release), "2.4."))
		module_remark(j, "on RHEL 3 the driver package has to match the kernel's "
				 "processor type and variant (athlon, i686, ia32e; smp, "
				 "hugemem): kernels of one version differ in their CRCs");
}

static int judge_one(const struct build_fact *kernel, const struct loading_fact *file,
		     struct arena *a, struct module_verdict *ret, struct err *e)
{
	struct module_judging j = {.kernel = kernel, .file = file, .arena = a, .v = ret};

	ret->file = module_plain(&j, file->file);
	ret->name = module_plain(&j, file->name);
	ret->kernel = kernel->release ? module_plain(&j, kernel->release) : NULL;
	ret->is_default = kernel->is_default;
	for (size_t i = 0; i < kernel->read.n; i++)
		if (!vec_push(a, &ret->read, module_plain(&j, kernel->read.v[i])))
			j.full = true;
	if (file->problem) {
		module_add_link(
			&j, "file",
			file->is_module == KNOWN_NO ? MODULE_REFUSED : MODULE_UNKNOWN,
			module_say(&j, "it %s: %s",
				   file->is_module == KNOWN_NO ? "is no whole module"
							       : "could not be read",
				   module_plain(&j, file->problem)));
	} else if (module_judge_series(&j)) {
		module_judge_arch(&j);
		module_judge_vermagic(&j);
		module_judge_crcs(&j);
		module_judge_symbols(&j);
		module_judge_needs(&j);
		add_remarks(&j);
	}
	decide(ret);
	return j.full ? arena_full(a, e) : 0;
}

/* A module that needs another of the files given shares its fate. */
static int spread(const struct build_fact *kernel, struct arena *a,
		  struct module_verdict *of, size_t at, struct err *e)
{
	const struct loading_fact *file = &kernel->loadings.v[at];
	struct module_judging j = {
		.kernel = kernel, .file = file, .arena = a, .v = &of[at]};

	for (size_t i = 0; i < file->needs.n; i++)
		for (size_t k = 0; k < kernel->loadings.n; k++) {
			const struct need_fact *need = &file->needs.v[i];
			struct module_link *link;

			if (k == at || !need->state ||
			    strcmp(need->state, "given") != 0 || !need->name ||
			    !kernel->loadings.v[k].name ||
			    !module_name_eq(kernel->loadings.v[k].name, need->name) ||
			    of[k].answer == MODULE_LOADS)
				continue;
			link = module_add_link(&j, "dependencies", of[k].answer,
					       module_say(&j, "it needs %s, which %s: %s",
							  of[k].name,
							  of[k].answer == MODULE_REFUSED
								  ? "is refused"
								  : "may not load",
							  of[k].reason));
			link->remedy = decider(&of[k])->remedy;
		}
	if (j.full)
		return arena_full(a, e);
	return 0;
}

static int judge_kernel(const struct build_fact *kernel, struct arena *a,
			module_verdicts *ret, struct err *e)
{
	size_t first = ret->n;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < kernel->loadings.n; i++) {
		struct module_verdict v = {0};

		r = judge_one(kernel, &kernel->loadings.v[i], a, &v, e);
		if (r >= 0 && !vec_push(a, ret, v))
			r = arena_full(a, e);
	}
	for (size_t i = 0; r >= 0 && i < kernel->loadings.n; i++)
		r = spread(kernel, a, ret->v + first, i, e);
	for (size_t i = first; r >= 0 && i < ret->n; i++) {
		decide(&ret->v[i]);
		advise(&ret->v[i]);
	}
	return r;
}

int module_judge(const struct loadings *l, struct arena *a, module_verdicts *ret,
		 struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < l->kernels.n; i++)
		r = judge_kernel(&l->kernels.v[i], a, ret, e);
	return r;
}

/* From the best to the worst: a refusal is worse than not knowing only when it is
 * certain, so what is not known counts most, as with check. */
enum module_answer module_answer_of(const module_verdicts *list)
{
	enum module_answer worst = MODULE_LOADS;
	bool any_default = false;

	for (size_t i = 0; i < list->n; i++)
		any_default = any_default || list->v[i].is_default;
	for (size_t i = 0; i < list->n; i++)
		if ((list->v[i].is_default || !any_default) && list->v[i].answer > worst)
			worst = list->v[i].answer;
	return list->n ? worst : MODULE_UNKNOWN;
}
