/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has the kernel what a module needs: symbols, with the CRCs it wants, and other modules?
 */
#include "module_judging.h"

#include <string.h>

#include "text.h"

static void describe(struct module_judging *j, struct module_link *link,
		     const struct symbol_fact *s)
{
	const char *name = module_plain(j, s->name);

	if (strcmp(s->state, "differs") == 0)
		module_detail(j, link,
			      module_say(j, "%s: %s here, %s in %s", name,
					 module_plain(j, s->wanted),
					 module_plain(j, s->found),
					 module_plain(j, s->where)));
	else
		module_detail(j, link, name);
}

/* The listed symbols of a state; returns the first, or NULL. */
static const struct symbol_fact *describe_all(struct module_judging *j,
					      struct module_link *link, const char *state,
					      uint64_t count)
{
	const struct symbol_fact *first = NULL;
	uint64_t told = 0;

	for (size_t i = 0; i < j->file->listed.n; i++) {
		const struct symbol_fact *s = &j->file->listed.v[i];

		if (!s->state || strcmp(s->state, state) != 0)
			continue;
		first = first ? first : s;
		describe(j, link, s);
		told++;
	}
	if (told < count)
		module_detail(j, link,
			      module_say(j, "and %llu more",
					 (unsigned long long)(count - told)));
	return first;
}

static bool is_before(const char *release, const char *major, unsigned long minor)
{
	struct slice s = slice_str(release), digits;
	uint64_t n = 0;
	size_t end = strlen(major);

	if (!slice_starts(s, major))
		return false;
	while (text_is_digit(slice_at(s, end)))
		end++;
	return slice_sub(s, strlen(major), end - strlen(major), &digits) &&
	       text_u64(digits, UINT32_MAX, &n) && n < minor;
}

/* A kernel with CRCs and a module without. */
static void judge_no_crcs(struct module_judging *j)
{
	const char *release = j->kernel->release ? j->kernel->release : "";
	bool old = is_before(release, "2.6.", 27) ||
		   slice_starts(slice_str(release), "2.4.");

	module_add_link(
		j, "symbol CRCs", old ? MODULE_LOADS : MODULE_REFUSED,
		old ? "it states no symbol CRCs; this kernel takes that with a warning"
		    : "it states no symbol CRCs; this kernel wants them");
}

void module_judge_crcs(struct module_judging *j)
{
	const struct loading_fact *f = j->file;
	const struct symbol_fact *first;
	struct module_link *link;

	if (j->kernel->states_crcs == KNOWN_NO)
		return;
	if (!f->states_crcs) {
		if (j->kernel->states_crcs == KNOWN_YES)
			judge_no_crcs(j);
		return;
	}
	link = module_add_link(j, "symbol CRCs", MODULE_LOADS, "");
	if (f->differing) {
		first = describe_all(j, link, "differs", f->differing);
		link->state = MODULE_REFUSED;
		link->text = module_say(
			j,
			"it disagrees about the version of %s: %llu of %llu "
			"symbol CRCs differ",
			first ? module_plain(j, first->name) : "its symbols",
			(unsigned long long)f->differing, (unsigned long long)f->symbols);
	} else if (f->uncompared || j->kernel->states_crcs == KNOWN_NOT) {
		first = describe_all(j, link, "not compared", f->uncompared);
		link->state = MODULE_UNKNOWN;
		link->text =
			first ? module_say(j,
					   "the CRC of %s in this kernel is not known "
					   "(%llu symbol%s): Module.symvers would say",
					   module_plain(j, first->name),
					   (unsigned long long)f->uncompared,
					   module_plural(f->uncompared))
			      : "the symbol CRCs of this kernel are not known";
	} else {
		link->text = module_say(j, "%llu agree", (unsigned long long)f->fitting);
	}
}

/* A module that depends= names but that exports nothing needed is not needed: what it had
 * may have moved into the kernel. */
static bool symbols_are_there(const struct module_judging *j)
{
	return j->file->unresolved == 0 && j->file->unknown == 0;
}

static bool is_not_there(const struct need_fact *n)
{
	return !n->state || strcmp(n->state, "absent") == 0;
}

/* What is missing is exported by modules that were not given: their files are what is
 * missing. NULL: there are none. */
static const char *name_as_well(struct module_judging *j)
{
	const struct loading_fact *f = j->file;
	bool old = f->file && slice_ends(slice_str(f->file), ".o");
	const char *names = NULL;
	size_t n = 0;

	for (size_t i = 0; i < f->needs.n && !symbols_are_there(j); i++) {
		const struct need_fact *need = &f->needs.v[i];

		if (!is_not_there(need))
			continue;
		names = module_say(
			j, "%s%s%s.%s", n ? names : "", n ? ", " : "",
			module_plain(j, need->spelled ? need->spelled : need->name),
			old ? "o" : "ko");
		n++;
	}
	return n ? module_say(j, "name %s as well: this module needs what %s", names,
			      n == 1 ? "it exports" : "they export")
		 : NULL;
}

void module_judge_symbols(struct module_judging *j)
{
	const struct loading_fact *f = j->file;
	struct module_link *link = module_add_link(j, "symbols", MODULE_LOADS, "");
	const struct symbol_fact *first;

	if (f->unresolved) {
		first = describe_all(j, link, "unresolved", f->unresolved);
		link->state = MODULE_REFUSED;
		link->text = module_say(
			j, "nothing exports %s%s",
			first ? module_plain(j, first->name) : "a symbol",
			f->unresolved == 1
				? ""
				: module_say(j, " and %llu more",
					     (unsigned long long)f->unresolved - 1));
	} else if (f->unknown) {
		first = describe_all(j, link, "unknown", f->unknown);
		link->state = MODULE_UNKNOWN;
		link->text = module_say(
			j,
			"whether this kernel exports %s is not known (%llu "
			"symbol%s): Module.symvers or System.map would say",
			first ? module_plain(j, first->name) : "a symbol",
			(unsigned long long)f->unknown, module_plural(f->unknown));
	} else {
		link->text = module_say(j, "all %llu are there",
					(unsigned long long)f->symbols);
	}
	link->remedy = name_as_well(j);
}

static enum module_answer judge_need(struct module_judging *j, const struct need_fact *n,
				     const char **ret_text)
{
	const char *name = module_plain(j, n->name), *state = n->state ? n->state : "";

	if (strcmp(state, "builtin") == 0) {
		*ret_text = module_say(j, "%s: built in", name);
		return MODULE_LOADS;
	}
	if (strcmp(state, "broken") == 0) {
		*ret_text = module_say(j, "it needs %s, which is damaged: %s", name,
				       module_plain(j, n->problem));
		return MODULE_REFUSED;
	}
	if (strcmp(state, "file") == 0 || strcmp(state, "given") == 0) {
		bool fits =
			!n->arch || !j->kernel->arch ||
			strcmp(module_arch(n->arch), module_arch(j->kernel->arch)) == 0;

		*ret_text = fits ? module_say(j, "%s: %s", name,
					      *state == 'g' ? "among the files given"
							    : "there")
				 : module_say(j, "it needs %s, which is for %s", name,
					      module_plain(j, n->arch));
		return fits ? MODULE_LOADS : MODULE_REFUSED;
	}
	if (symbols_are_there(j)) {
		*ret_text = module_say(j, "%s: not there, and all symbols are without it",
				       name);
		return MODULE_LOADS;
	}
	*ret_text = strcmp(state, "absent") == 0
			    ? module_say(j, "it needs %s, which is missing", name)
			    : module_say(j, "it needs %s: %s", name,
					 n->problem ? module_plain(j, n->problem)
						    : "not known");
	return strcmp(state, "absent") == 0 ? MODULE_REFUSED : MODULE_UNKNOWN;
}

void module_judge_needs(struct module_judging *j)
{
	struct module_link *link = module_add_link(j, "dependencies", MODULE_LOADS, "");

	link->text = j->file->needs.n ? "" : "it needs no other module";
	for (size_t i = 0; i < j->file->needs.n; i++) {
		const struct need_fact *need = &j->file->needs.v[i];
		const char *text;
		enum module_answer one = judge_need(j, need, &text);

		module_detail(j, link, text);
		if (one == MODULE_REFUSED
			    ? link->state != MODULE_REFUSED
			    : one > link->state && link->state == MODULE_LOADS) {
			link->state = one;
			link->text = text;
			link->remedy = is_not_there(need) ? name_as_well(j) : NULL;
		}
	}
	if (!*link->text)
		link->text = module_say(j, "the %zu module%s that it needs %s there",
					j->file->needs.n, module_plural(j->file->needs.n),
					j->file->needs.n == 1 ? "is" : "are");
}
