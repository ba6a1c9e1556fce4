/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of the links is the kernel's (kernel/module: check_modinfo, check_version,
 * simplify_symbols). With CRCs on both sides the version in vermagic does not count: the
 * CRCs decide. insmod(8) of Linux 2.4 does the same with kernel_version= and the CRCs in
 * the symbols' names.
 */
#include "module.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "text.h"
#include "vermagic.h"

/* While one file is judged. Running out of memory is noted, and reported at the end. */
struct judging {
	const struct build_fact *kernel;
	const struct loading_fact *file;
	struct arena *arena;
	struct module_verdict *v;
	struct module_link nowhere; /* a link that there is no room for */
	bool full;
};

const char *module_answer_name(enum module_answer answer)
{
	static const char *const names[] = {"loads", "refused", "unknown"};

	return names[answer];
}

_printf_(2, 3) static const char *say(struct judging *j, const char *fmt, ...)
{
	char text[1200], *copy;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	copy = arena_strdup(j->arena, text);
	j->full = j->full || !copy;
	return copy ? copy : "";
}

static const char *plain(struct judging *j, const char *s)
{
	const char *copy = s ? escape_dup(j->arena, slice_str(s)) : "unknown";

	j->full = j->full || !copy;
	return copy ? copy : "";
}

static struct module_link *add(struct judging *j, const char *name,
			       enum module_answer state, const char *text)
{
	struct module_link *link = vec_add(j->arena, &j->v->links);

	if (!link) {
		j->full = true;
		j->nowhere = (struct module_link){0};
		link = &j->nowhere;
	}
	link->name = name;
	link->state = state;
	link->text = text;
	return link;
}

static void detail(struct judging *j, struct module_link *link, const char *text)
{
	if (!vec_push(j->arena, &link->details, text))
		j->full = true;
}

static void remark(struct judging *j, const char *text)
{
	if (!vec_push(j->arena, &j->v->remarks, text))
		j->full = true;
}

/* "i686" and its kin are one architecture to a kernel. */
static const char *same_kin(const char *arch)
{
	static const char *const i386[] = {"i386", "i486", "i586", "i686", "athlon"};

	for (size_t i = 0; i < ARRAY_LEN(i386); i++)
		if (strcmp(arch, i386[i]) == 0)
			return "i386";
	return arch;
}

static void judge_arch(struct judging *j)
{
	const char *module = j->file->arch, *kernel = j->kernel->arch;
	struct module_link *link;
	bool known = module && kernel && strcmp(module, "unknown") != 0;

	if (!known)
		link = add(j, "architecture", MODULE_UNKNOWN,
			   say(j, "the architecture of the %s is not known",
			       kernel ? "module" : "kernel"));
	else if (strcmp(same_kin(module), same_kin(kernel)) != 0)
		link = add(j, "architecture", MODULE_REFUSED,
			   say(j, "the module is for %s, the kernel for %s",
			       plain(j, module), plain(j, kernel)));
	else
		link = add(j, "architecture", MODULE_LOADS,
			   say(j, "both are for %s", plain(j, kernel)));
	link->module = module ? plain(j, module) : NULL;
	link->kernel = kernel ? plain(j, kernel) : NULL;
}

/* Do CRCs stand in for the version? */
static enum known uses_crcs(const struct judging *j)
{
	return j->file->states_crcs ? j->kernel->states_crcs : KNOWN_NO;
}

static void judge_version(struct judging *j, const char *module)
{
	const char *kernel = j->kernel->release ? plain(j, j->kernel->release) : NULL;
	enum known crcs = uses_crcs(j);
	bool same = module && kernel && strcmp(module, kernel) == 0;
	struct module_link *link;

	if (same)
		link = add(j, "version", MODULE_LOADS,
			   say(j, "it was built for %s", kernel));
	else if (crcs == KNOWN_YES)
		link = add(j, "version", MODULE_LOADS,
			   say(j,
			       "it was built for %s, not for %s; that does not count "
			       "where symbol CRCs are compared",
			       module ? module : "an unknown version",
			       kernel ? kernel : "this kernel"));
	else if (!module || !kernel || crcs == KNOWN_NOT)
		link = add(j, "version", MODULE_UNKNOWN,
			   !module   ? "the module does not say for which kernel it is"
			   : !kernel ? say(j,
					   "it was built for %s; which kernel this is "
					   "is not known",
					   module)
				     : say(j,
					   "it was built for %s, not for %s, and whether "
					   "symbol CRCs count instead is not known",
					   module, kernel));
	else
		link = add(j, "version", MODULE_REFUSED,
			   say(j, "it was built for %s, not for %s", module, kernel));
	link->module = module;
	link->kernel = kernel;
}

static bool is_kind_done(const struct judging *j, const char *kind)
{
	for (size_t i = 0; i < j->v->links.n; i++)
		if (strcmp(j->v->links.v[i].name, kind) == 0)
			return true;
	return false;
}

/* One kind of word. A word that only one of them has differs too. */
static void judge_word(struct judging *j, const char *kind, const char *module,
		       const char *kernel)
{
	bool same = module && kernel && strcmp(module, kernel) == 0;
	bool named = strcmp(kind, module ? module : kernel) != 0;
	struct module_link *link;

	if (is_kind_done(j, kind))
		return;
	if (same)
		link = add(j, kind, MODULE_LOADS, say(j, "both say %s", module));
	else if (module && kernel)
		link = add(j, kind, MODULE_REFUSED,
			   say(j, "%s: the module is built for %s, the kernel for %s",
			       kind, module, kernel));
	else
		link = add(j, kind, MODULE_REFUSED,
			   say(j, "%s%sthe %s is built with %s, the %s without",
			       named ? kind : "", named ? ": " : "",
			       module ? "module" : "kernel", module ? module : kernel,
			       module ? "kernel" : "module"));
	link->module = module;
	link->kernel = kernel;
	if (!same && strcmp(kind, "processor family") == 0)
		j->v->remedy = say(
			j,
			"take the driver package made for this kernel's own processor "
			"type (%s): each processor-specific kernel needs its own",
			!kernel                      ? "a generic one"
			: strcmp(kernel, "K7") == 0  ? "K7 is the architecture athlon"
			: strcmp(kernel, "686") == 0 ? "686 is the architecture i686"
						     : kernel);
}

static void judge_vermagic(struct judging *j)
{
	const char *said = j->file->vermagic, *wanted = j->kernel->vermagic;
	magic_words module = {0}, kernel = {0};
	struct err e = ERR_INIT;

	if ((said && magic_split(said, j->arena, &module, &e) < 0) ||
	    (wanted && magic_split(wanted, j->arena, &kernel, &e) < 0)) {
		add(j, "version", MODULE_UNKNOWN, say(j, "%s", e.text));
		return;
	}
	judge_version(j, magic_word(&module, "version"));
	if (!wanted) {
		add(j, "build", MODULE_UNKNOWN,
		    "no module of this kernel shows how it was built: --neighbour names "
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

static void describe(struct judging *j, struct module_link *link,
		     const struct symbol_fact *s)
{
	const char *name = plain(j, s->name);

	if (strcmp(s->state, "differs") == 0)
		detail(j, link,
		       say(j, "%s: %s here, %s in %s", name, plain(j, s->wanted),
			   plain(j, s->found), plain(j, s->where)));
	else
		detail(j, link, name);
}

/* The listed symbols of a state; returns the first, or NULL. */
static const struct symbol_fact *describe_all(struct judging *j, struct module_link *link,
					      const char *state, uint64_t count)
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
		detail(j, link,
		       say(j, "and %llu more", (unsigned long long)(count - told)));
	return first;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
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
static void judge_no_crcs(struct judging *j)
{
	const char *release = j->kernel->release ? j->kernel->release : "";
	bool old = is_before(release, "2.6.", 27) ||
		   slice_starts(slice_str(release), "2.4.");

	add(j, "symbol CRCs", old ? MODULE_LOADS : MODULE_REFUSED,
	    old ? "it states no symbol CRCs; this kernel takes that with a warning"
		: "it states no symbol CRCs; this kernel wants them");
}

static void judge_crcs(struct judging *j)
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
	link = add(j, "symbol CRCs", MODULE_LOADS, "");
	if (f->differing) {
		first = describe_all(j, link, "differs", f->differing);
		link->state = MODULE_REFUSED;
		link->text = say(j,
				 "it disagrees about the version of %s: %llu of %llu "
				 "symbol CRCs differ",
				 first ? plain(j, first->name) : "its symbols",
				 (unsigned long long)f->differing,
				 (unsigned long long)f->symbols);
	} else if (f->uncompared || j->kernel->states_crcs == KNOWN_NOT) {
		first = describe_all(j, link, "not compared", f->uncompared);
		link->state = MODULE_UNKNOWN;
		link->text = first ? say(j,
					 "the CRC of %s in this kernel is not known "
					 "(%llu symbol%s): Module.symvers would say",
					 plain(j, first->name),
					 (unsigned long long)f->uncompared,
					 plural(f->uncompared))
				   : "the symbol CRCs of this kernel are not known";
	} else {
		link->text = say(j, "%llu agree", (unsigned long long)f->fitting);
	}
}

static void judge_symbols(struct judging *j)
{
	const struct loading_fact *f = j->file;
	struct module_link *link = add(j, "symbols", MODULE_LOADS, "");
	const struct symbol_fact *first;

	if (f->unresolved) {
		first = describe_all(j, link, "unresolved", f->unresolved);
		link->state = MODULE_REFUSED;
		link->text = say(j, "nothing exports %s%s",
				 first ? plain(j, first->name) : "a symbol",
				 f->unresolved == 1
					 ? ""
					 : say(j, " and %llu more",
					       (unsigned long long)f->unresolved - 1));
	} else if (f->unknown) {
		first = describe_all(j, link, "unknown", f->unknown);
		link->state = MODULE_UNKNOWN;
		link->text = say(j,
				 "whether this kernel exports %s is not known (%llu "
				 "symbol%s): Module.symvers or System.map would say",
				 first ? plain(j, first->name) : "a symbol",
				 (unsigned long long)f->unknown, plural(f->unknown));
	} else {
		link->text = say(j, "all %llu are there", (unsigned long long)f->symbols);
	}
}

/* A module that depends= names but that exports nothing needed is not needed: what it had
 * may have moved into the kernel. */
static bool symbols_are_there(const struct judging *j)
{
	return j->file->unresolved == 0 && j->file->unknown == 0;
}

static enum module_answer judge_need(struct judging *j, const struct need_fact *n,
				     const char **ret_text)
{
	const char *name = plain(j, n->name), *state = n->state ? n->state : "";

	if (strcmp(state, "builtin") == 0) {
		*ret_text = say(j, "%s: built in", name);
		return MODULE_LOADS;
	}
	if (strcmp(state, "broken") == 0) {
		*ret_text = say(j, "it needs %s, which is damaged: %s", name,
				plain(j, n->problem));
		return MODULE_REFUSED;
	}
	if (strcmp(state, "file") == 0 || strcmp(state, "given") == 0) {
		bool fits = !n->arch || !j->kernel->arch ||
			    strcmp(same_kin(n->arch), same_kin(j->kernel->arch)) == 0;

		*ret_text = fits ? say(j, "%s: %s", name,
				       *state == 'g' ? "among the files given" : "there")
				 : say(j, "it needs %s, which is for %s", name,
				       plain(j, n->arch));
		return fits ? MODULE_LOADS : MODULE_REFUSED;
	}
	if (symbols_are_there(j)) {
		*ret_text = say(j, "%s: not there, and all symbols are without it", name);
		return MODULE_LOADS;
	}
	*ret_text = strcmp(state, "absent") == 0
			    ? say(j, "it needs %s, which is missing", name)
			    : say(j, "it needs %s: %s", name,
				  n->problem ? plain(j, n->problem) : "not known");
	return strcmp(state, "absent") == 0 ? MODULE_REFUSED : MODULE_UNKNOWN;
}

static void judge_needs(struct judging *j)
{
	struct module_link *link = add(j, "dependencies", MODULE_LOADS, "");

	link->text = j->file->needs.n ? "" : "it needs no other module";
	for (size_t i = 0; i < j->file->needs.n; i++) {
		const char *text;
		enum module_answer one = judge_need(j, &j->file->needs.v[i], &text);

		detail(j, link, text);
		if (one == MODULE_REFUSED
			    ? link->state != MODULE_REFUSED
			    : one > link->state && link->state == MODULE_LOADS) {
			link->state = one;
			link->text = text;
		}
	}
	if (!*link->text)
		link->text = say(j, "the %zu module%s that it needs %s there",
				 j->file->needs.n, plural(j->file->needs.n),
				 j->file->needs.n == 1 ? "is" : "are");
}

/* The first refusal decides; then the first thing that is missing. */
static void conclude(struct module_verdict *v)
{
	static const enum module_answer order[] = {MODULE_REFUSED, MODULE_UNKNOWN};

	v->answer = MODULE_LOADS;
	v->reason = NULL;
	for (size_t k = 0; k < ARRAY_LEN(order) && !v->reason; k++)
		for (size_t i = 0; i < v->links.n && !v->reason; i++)
			if (v->links.v[i].state == order[k]) {
				v->answer = order[k];
				v->reason = v->links.v[i].text;
			}
	if (v->answer != MODULE_REFUSED)
		v->remedy = NULL;
	else if (!v->remedy)
		v->remedy = "take the module that was built for this kernel";
}

static void add_remarks(struct judging *j)
{
	static const char *const platform[] = {"xen_pci_platform", "xen_platform_pci"};

	for (size_t i = 0; i < ARRAY_LEN(platform); i++)
		if (j->file->name && module_name_eq(j->file->name, platform[i]))
			remark(j, "xen-pci-platform and xen-platform-pci are two names "
				  "of one module: the guide prints the first, the file "
				  "has the second");
	if (j->file->differing && j->kernel->release &&
	    slice_starts(slice_str(j->kernel->release), "2.4."))
		remark(j, "on RHEL 3 the driver package has to match the kernel's "
			  "processor type and variant (athlon, i686, ia32e; smp, "
			  "hugemem): kernels of one version differ in their CRCs");
}

static int judge_one(const struct build_fact *kernel, const struct loading_fact *file,
		     struct arena *a, struct module_verdict *ret, struct err *e)
{
	struct judging j = {.kernel = kernel, .file = file, .arena = a, .v = ret};

	ret->file = plain(&j, file->file);
	ret->name = plain(&j, file->name);
	ret->kernel = kernel->release ? plain(&j, kernel->release) : NULL;
	ret->is_default = kernel->is_default;
	for (size_t i = 0; i < kernel->read.n; i++)
		if (!vec_push(a, &ret->read, plain(&j, kernel->read.v[i])))
			j.full = true;
	if (file->problem) {
		add(&j, "file",
		    file->is_module == KNOWN_NO ? MODULE_REFUSED : MODULE_UNKNOWN,
		    say(&j, "it %s: %s",
			file->is_module == KNOWN_NO ? "is no whole module"
						    : "could not be read",
			plain(&j, file->problem)));
	} else {
		judge_arch(&j);
		judge_vermagic(&j);
		judge_crcs(&j);
		judge_symbols(&j);
		judge_needs(&j);
		add_remarks(&j);
	}
	conclude(ret);
	return j.full ? arena_full(a, e) : 0;
}

/* A module that needs another of the files given shares its fate. */
static int spread(const struct build_fact *kernel, struct arena *a,
		  struct module_verdict *of, size_t at, struct err *e)
{
	const struct loading_fact *file = &kernel->loadings.v[at];
	struct judging j = {.kernel = kernel, .file = file, .arena = a, .v = &of[at]};

	for (size_t i = 0; i < file->needs.n; i++)
		for (size_t k = 0; k < kernel->loadings.n; k++) {
			const struct need_fact *need = &file->needs.v[i];

			if (k == at || !need->state ||
			    strcmp(need->state, "given") != 0 || !need->name ||
			    !kernel->loadings.v[k].name ||
			    !module_name_eq(kernel->loadings.v[k].name, need->name) ||
			    of[k].answer == MODULE_LOADS)
				continue;
			add(&j, "dependencies", of[k].answer,
			    say(&j, "it needs %s, which %s: %s", of[k].name,
				of[k].answer == MODULE_REFUSED ? "is refused"
							       : "may not load",
				of[k].reason));
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
	for (size_t i = first; r >= 0 && i < ret->n; i++)
		conclude(&ret->v[i]);
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
