/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Were a module and a kernel built alike: for one processor, version and configuration?
 */
#include "module_judging.h"

#include <string.h>

#include "text.h"
#include "vermagic.h"

/* "2.6" of "2.6.18-53.el5 SMP"; NULL: it is no version of Linux. */
static const char *series_of(struct module_judging *j, const char *version)
{
	struct slice s = version ? slice_str(version) : SLICE_NONE, major, rest;
	size_t n = 0;
	uint64_t number;

	if (!text_split(s, '.', &major, &rest) || !text_u64(major, UINT32_MAX, &number))
		return NULL;
	while (text_is_digit(slice_at(rest, n)))
		n++;
	if (n == 0 || !slice_sub(s, 0, major.n + 1 + n, &s))
		return NULL;
	return module_plain_part(j, s);
}

/* The version that stands before the other words. */
static const char *first_word(struct module_judging *j, const char *vermagic)
{
	struct slice rest = slice_str(vermagic), word = SLICE_NONE;

	text_word(&rest, &word);
	return module_plain_part(j, word);
}

bool module_judge_series(struct module_judging *j)
{
	const struct build_fact *k = j->kernel;
	const char *module = series_of(j, j->file->vermagic),
		   *kernel = series_of(j, k->release ? k->release : k->vermagic);
	struct module_link *link;

	if (!module || !kernel ||
	    (strcmp(module, "2.4") == 0) == (strcmp(kernel, "2.4") == 0))
		return true;
	link = module_add_link(
		j, "Linux", MODULE_REFUSED,
		module_say(j,
			   "it is a module of Linux %s (built for %s), the kernel is "
			   "Linux %s",
			   module, first_word(j, j->file->vermagic), kernel));
	link->module = module;
	link->kernel = kernel;
	return false;
}

void module_judge_arch(struct module_judging *j)
{
	const char *module = j->file->arch, *kernel = j->kernel->arch;
	struct module_link *link;
	bool known = module && kernel && strcmp(module, "unknown") != 0;

	if (!known)
		link = module_add_link(
			j, "architecture", MODULE_UNKNOWN,
			module_say(j, "the architecture of the %s is not known",
				   kernel ? "module" : "kernel"));
	else if (strcmp(module_arch(module), module_arch(kernel)) != 0)
		link = module_add_link(
			j, "architecture", MODULE_REFUSED,
			module_say(j, "the module is for %s, the kernel for %s",
				   module_plain(j, module), module_plain(j, kernel)));
	else
		link = module_add_link(
			j, "architecture", MODULE_LOADS,
			module_say(j, "both are for %s", module_plain(j, kernel)));
	link->module = module ? module_plain(j, module) : NULL;
	link->kernel = kernel ? module_plain(j, kernel) : NULL;
}

/* Do CRCs stand in for the version? */
static enum known uses_crcs(const struct module_judging *j)
{
	return j->file->states_crcs ? j->kernel->states_crcs : KNOWN_NO;
}

static void judge_version(struct module_judging *j, const char *module)
{
	const char *kernel =
		j->kernel->release ? module_plain(j, j->kernel->release) : NULL;
	enum known crcs = uses_crcs(j);
	bool same = module && kernel && strcmp(module, kernel) == 0;
	struct module_link *link;

	if (same)
		link = module_add_link(j, "version", MODULE_LOADS,
				       module_say(j, "it was built for %s", kernel));
	else if (crcs == KNOWN_YES)
		link = module_add_link(
			j, "version", MODULE_LOADS,
			module_say(j,
				   "it was built for %s, not for %s; that does not count "
				   "where symbol CRCs are compared",
				   module ? module : "an unknown version",
				   kernel ? kernel : "this kernel"));
	else if (!module || !kernel || crcs == KNOWN_NOT)
		link = module_add_link(
			j, "version", MODULE_UNKNOWN,
			!module ? "the module does not say for which kernel it is"
			: !kernel
				? module_say(j,
					     "it was built for %s; which kernel this is "
					     "is not known",
					     module)
				: module_say(
					  j,
					  "it was built for %s, not for %s, and whether "
					  "symbol CRCs count instead is not known",
					  module, kernel));
	else
		link = module_add_link(
			j, "version", MODULE_REFUSED,
			module_say(j, "it was built for %s, not for %s", module, kernel));
	link->module = module;
	link->kernel = kernel;
}

static bool is_kind_done(const struct module_judging *j, const char *kind)
{
	for (size_t i = 0; i < j->v->links.n; i++)
		if (strcmp(j->v->links.v[i].name, kind) == 0)
			return true;
	return false;
}

/* One kind of word. A word that only one of them has differs too. */
static void judge_word(struct module_judging *j, const char *kind, const char *module,
		       const char *kernel)
{
	bool same = module && kernel && strcmp(module, kernel) == 0;
	bool named = strcmp(kind, module ? module : kernel) != 0;
	struct module_link *link;

	if (is_kind_done(j, kind))
		return;
	if (same)
		link = module_add_link(j, kind, MODULE_LOADS,
				       module_say(j, "both say %s", module));
	else if (module && kernel)
		link = module_add_link(
			j, kind, MODULE_REFUSED,
			module_say(j, "%s: the module is built for %s, the kernel for %s",
				   kind, module, kernel));
	else
		link = module_add_link(
			j, kind, MODULE_REFUSED,
			module_say(j, "%s%sthe %s is built with %s, the %s without",
				   named ? kind : "", named ? ": " : "",
				   module ? "module" : "kernel", module ? module : kernel,
				   module ? "kernel" : "module"));
	link->module = module;
	link->kernel = kernel;
	if (!same && strcmp(kind, "processor family") == 0)
		j->v->remedy = module_say(
			j,
			"take the driver package made for this kernel's own processor "
			"type (%s): each processor-specific kernel needs its own",
			!kernel                      ? "a generic one"
			: strcmp(kernel, "K7") == 0  ? "K7 is the architecture athlon"
			: strcmp(kernel, "686") == 0 ? "686 is the architecture i686"
						     : kernel);
}

void module_judge_vermagic(struct module_judging *j)
{
	const char *said = j->file->vermagic, *wanted = j->kernel->vermagic;
	magic_words module = {0}, kernel = {0};
	struct err e = ERR_INIT;

	if ((said && magic_split(said, j->arena, &module, &e) < 0) ||
	    (wanted && magic_split(wanted, j->arena, &kernel, &e) < 0)) {
		module_add_link(j, "version", MODULE_UNKNOWN,
				module_say(j, "%s", e.text));
		return;
	}
	judge_version(j, magic_word(&module, "version"));
	if (!wanted) {
		module_add_link(j, "build", MODULE_UNKNOWN,
				"no module of this kernel shows how it was built: "
				"--neighbour names "
				"one");
		return;
	}
	if (!said)
		return; /* told by the link "version" */
	for (size_t i = 1; i < kernel.n; i++)
		judge_word(j, kernel.v[i].kind, magic_word(&module, kernel.v[i].kind),
			   kernel.v[i].word);
	for (size_t i = 1; i < module.n; i++)
		judge_word(j, module.v[i].kind, module.v[i].word,
			   magic_word(&kernel, module.v[i].kind));
}
