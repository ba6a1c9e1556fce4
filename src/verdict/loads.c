/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would the kernel take this module file? It compares the ELF architecture, then the
 * vermagic string, then the CRC of every symbol (kernel/module: check_modinfo,
 * check_version). With CRCs the first word of vermagic, the release, does not count.
 * modprobe(8) comes before that: it follows modules.dep and obeys modprobe.d.
 */
#include "chain.h"

#include <string.h>

#include "fits.h"
#include "text.h"

#define FAULT(state_, source_, remedy_, ...) \
	((struct fault){state_, say(j, __VA_ARGS__), remedy_, source_})

static const struct fault no_fault = {.state = ANSWER_READY};

/* "i686" and its kin are one architecture to a kernel. */
static bool same_arch(const char *a, const char *b)
{
	static const char *const i386[] = {"i386", "i486",   "i586",
					   "i686", "athlon", NULL};
	bool ia = false, ib = false;

	for (size_t i = 0; i386[i]; i++) {
		ia = ia || strcmp(a, i386[i]) == 0;
		ib = ib || strcmp(b, i386[i]) == 0;
	}
	return ia ? ib : strcmp(a, b) == 0;
}

static struct slice first_word(const char *vermagic)
{
	struct slice s = slice_str(vermagic), word = SLICE_NONE;

	text_word(&s, &word);
	return word;
}

/* What follows the release in vermagic: "SMP preempt mod_unload modversions". */
static struct slice rest_words(const char *vermagic)
{
	struct slice s = slice_str(vermagic), word;

	text_word(&s, &word);
	return text_trim(s);
}

/* The module whose rest of vermagic most modules of this kernel share. */
static const struct module_fact *typical(const struct kernel_fact *k)
{
	const struct module_fact *best = NULL;
	size_t best_count = 0;

	for (size_t i = 0; i < k->modules.n; i++) {
		const struct module_fact *m = &k->modules.v[i];
		size_t count = 0;

		if (!m->vermagic || (best && slice_same(rest_words(m->vermagic),
							rest_words(best->vermagic))))
			continue;
		for (size_t n = 0; n < k->modules.n; n++)
			if (k->modules.v[n].vermagic &&
			    slice_same(rest_words(k->modules.v[n].vermagic),
				       rest_words(m->vermagic)))
				count++;
		if (count > best_count) {
			best = m;
			best_count = count;
		}
	}
	return best;
}

static struct fault crc_fault(struct judge *j, const struct module_fact *m,
			      enum known agrees)
{
	if (agrees == KNOWN_NO)
		return FAULT(ANSWER_BLOCKED, m->source,
			     "reinstall the package that brings this module",
			     "%s disagrees with this kernel: %s", plain(j, m->name),
			     m->crc_problem ? plain(j, m->crc_problem)
					    : "its symbol CRCs differ");
	if (agrees == KNOWN_NOT && text_has_word(m->vermagic, "modversions", NULL))
		return FAULT(ANSWER_UNKNOWN, m->source, NULL,
			     "the symbol CRCs of %s could not be compared",
			     plain(j, m->name));
	return no_fault;
}

/* As a sentence can hold it: modules end it with a space. */
static const char *trimmed(struct judge *j, const char *vermagic)
{
	const char *s = arena_strndup(j->arena, text_trim(slice_str(vermagic)));

	if (!s)
		j->full = true;
	return plain(j, s);
}

static struct fault vermagic_fault(struct judge *j, const struct module_fact *m,
				   enum known agrees)
{
	const struct kernel_fact *k = j->kernel;
	const struct module_fact *other = typical(k);

	if (!m->vermagic || !k->release)
		return FAULT(ANSWER_UNKNOWN, m->source, NULL,
			     "which kernel %s is for is not known", plain(j, m->name));
	if (!slice_eq(first_word(m->vermagic), k->release) && agrees != KNOWN_YES)
		return FAULT(agrees == KNOWN_NOT && text_has_word(m->vermagic,
								  "modversions", NULL)
				     ? ANSWER_UNKNOWN
				     : ANSWER_BLOCKED,
			     m->source, "install the module that belongs to this kernel",
			     "%s was built for %s, not for %s%s%s", plain(j, m->name),
			     trimmed(j, m->vermagic), plain(j, k->release),
			     agrees == KNOWN_NO && m->crc_problem ? ": " : "",
			     agrees == KNOWN_NO && m->crc_problem
				     ? plain(j, m->crc_problem)
				     : "");
	if (other && !slice_same(rest_words(m->vermagic), rest_words(other->vermagic)))
		return FAULT(ANSWER_BLOCKED, m->source,
			     "install the module that belongs to this kernel",
			     "%s was built as \"%s\", its neighbour %s as \"%s\"",
			     plain(j, m->name), trimmed(j, m->vermagic),
			     plain(j, other->name), trimmed(j, other->vermagic));
	return no_fault;
}

struct fault file_fault(struct judge *j, const struct module_fact *m,
			const struct module_fact *twin)
{
	const struct kernel_fact *k = j->kernel;
	enum known agrees = m->crc_agrees;
	struct fault fault;

	/* A copy whose CRCs no one compared counts as its twin of the same build. */
	if (agrees == KNOWN_NOT && twin && twin->vermagic && m->vermagic &&
	    strcmp(twin->vermagic, m->vermagic) == 0)
		agrees = twin->crc_agrees;
	if (!m->arch || !k->arch)
		return FAULT(ANSWER_UNKNOWN, m->source, NULL,
			     "the architecture of %s is not known",
			     m->arch ? "the kernel" : plain(j, m->name));
	if (!same_arch(m->arch, k->arch))
		return FAULT(ANSWER_BLOCKED, m->source,
			     "reinstall the package that brings this module",
			     "%s is for %s, the kernel for %s", plain(j, m->name),
			     plain(j, m->arch), plain(j, k->arch));
	fault = vermagic_fault(j, m, agrees);
	return fault.state == ANSWER_READY ? crc_fault(j, m, agrees) : fault;
}

/* Does an install line's command load nothing: /bin/false, /bin/true, :? */
static bool loads_nothing(const char *command)
{
	struct slice s = slice_str(command), word;

	if (!text_word(&s, &word))
		return false;
	return slice_eq(word, ":") || slice_eq(word, "true") || slice_eq(word, "false") ||
	       slice_ends(word, "/true") || slice_ends(word, "/false");
}

static bool same_name(struct slice item, const char *name)
{
	size_t i = 0;

	for (; i < item.n && name[i]; i++) {
		int c = slice_at(item, i);

		if (c != name[i] && !(c == '-' && name[i] == '_') &&
		    !(c == '_' && name[i] == '-'))
			return false;
	}
	return i == item.n && !name[i];
}

bool in_list(struct slice list, const char *name)
{
	struct slice item = SLICE_NONE, rest = list;

	while (text_split(list, ',', &item, &rest)) {
		if (same_name(item, name))
			return true;
		list = rest;
	}
	return same_name(list, name);
}

static struct fault word_fault(struct judge *j, const char *word, struct source source)
{
	struct fault fault =
		FAULT(ANSWER_FIXABLE, source, "take it off the kernel command line",
		      "the command line has %s", plain(j, word));

	fault.word = word;
	if (!word)
		j->full = true;
	return fault;
}

/* The kernel command line's own ways to forbid a module. The kernel obeys the first,
 * whoever asks; the others bind udev and modprobe, and not for what a module needs. */
static const char *const blacklist_keys[] = {"module_blacklist", "modprobe.blacklist",
					     "rd.driver.blacklist", "rdblacklist"};

static bool is_blacklist_key(struct slice key)
{
	for (size_t i = 0; i < ARRAY_LEN(blacklist_keys); i++)
		if (slice_eq(key, blacklist_keys[i]))
			return true;
	return false;
}

/* Alpine Linux has one of its own, which its init writes to a file of modprobe.d. */
static bool forbids_by(const struct judge *j, struct slice key, bool is_need)
{
	if (is_need)
		return slice_eq(key, blacklist_keys[0]);
	return is_blacklist_key(key) ||
	       (slice_eq(key, "blacklist") && j->kernel &&
		text_same(j->kernel->initramfs.generator, "mkinitfs"));
}

static struct fault cmdline_fault(struct judge *j, const char *name, bool is_need)
{
	struct slice rest = slice_str(j->cmdline ? j->cmdline : "");
	struct text_parameter p;

	while (text_parameter(&rest, &p))
		if (forbids_by(j, p.key, is_need) && in_list(p.value, name))
			return word_fault(j, arena_strndup(j->arena, p.word),
					  (struct source){0});
	return no_fault;
}

bool modprobe_is_word(const struct modprobe_fact *f)
{
	struct slice key, value;

	return text_same(f->kind, "blacklist") && f->argument &&
	       text_split(slice_str(f->argument), '=', &key, &value) &&
	       is_blacklist_key(key);
}

bool modprobe_forbids(const struct modprobe_fact *f, const char *name, bool is_need)
{
	const char *argument = f->argument ? f->argument : "";

	if (!f->kind || !f->module || !module_name_eq(f->module, name))
		return false;
	return (strcmp(f->kind, "blacklist") == 0 && !is_need) ||
	       (strcmp(f->kind, "install") == 0 && loads_nothing(argument)) ||
	       (strcmp(f->kind, "alias") == 0 && strcmp(argument, "off") == 0);
}

struct fault modprobe_fault(struct judge *j, const modprobe_list *list, const char *name,
			    bool is_need)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct modprobe_fact *f = &list->v[i];
		const char *argument = f->argument ? f->argument : "";

		if (!f->kind || !f->module || !module_name_eq(f->module, name))
			continue;
		if (modprobe_is_word(f) && !is_need && list == &j->facts->modprobe)
			return word_fault(j, f->argument, f->source);
		if (modprobe_is_word(f) && !is_need)
			return FAULT(ANSWER_FIXABLE, f->source,
				     "rebuild the initramfs without that word",
				     "%s forbids %s: %s", plain(j, f->source.path), name,
				     plain(j, argument));
		if (modprobe_forbids(f, name, is_need))
			return FAULT(ANSWER_FIXABLE, f->source,
				     "remove that line, then rebuild the initramfs",
				     "%s forbids %s: %s %s%s%s", plain(j, f->source.path),
				     name, f->kind, plain(j, f->module),
				     *argument ? " " : "", plain(j, argument));
		if (strcmp(f->kind, "install") == 0)
			return FAULT(ANSWER_UNKNOWN, f->source, NULL,
				     "loading %s runs a command instead: %s", name,
				     plain(j, argument));
	}
	return cmdline_fault(j, name, is_need);
}

/* One module that another needs. */
static struct fault needed_fault(struct judge *j, const struct module_fact *m,
				 const char *need)
{
	const struct module_fact *n = module_by_name(&j->kernel->modules, need);
	struct fault fault;

	if (n && n->state && strcmp(n->state, "builtin") == 0)
		return no_fault;
	if (!n || !n->state)
		return FAULT(ANSWER_UNKNOWN, m->source, NULL,
			     "%s needs %s, which was not looked for", plain(j, m->name),
			     plain(j, need));
	if (strcmp(n->state, "file") != 0)
		return FAULT(ANSWER_BLOCKED, m->source,
			     "reinstall the kernel's package of modules",
			     "%s needs %s, which is %s", plain(j, m->name),
			     plain(j, need),
			     strcmp(n->state, "absent") == 0 ? "missing" : "damaged");
	fault = modprobe_fault(j, &j->facts->modprobe, need, true);
	return fault.state == ANSWER_READY ? file_fault(j, n, NULL) : fault;
}

static bool names_module(const strs *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (module_name_eq(list->v[i], name))
			return true;
	return false;
}

/* A closure leaves out what is built in: a module that this one names and that is a file
 * must be in it. */
static struct fault gap_fault(struct judge *j, const struct module_fact *m)
{
	for (size_t i = 0; i < m->depends.n; i++) {
		const char *need = m->depends.v[i];
		const struct module_fact *n = module_by_name(&j->kernel->modules, need);

		if (n && (!n->state || strcmp(n->state, "builtin") != 0) &&
		    !names_module(&m->closure, need))
			return FAULT(ANSWER_UNKNOWN, m->source, NULL,
				     "all that %s needs was not found out",
				     plain(j, m->name));
	}
	return no_fault;
}

struct fault closure_fault(struct judge *j, const struct module_fact *m)
{
	struct fault fault = no_fault;

	if (m->closure_missing.n)
		return FAULT(ANSWER_BLOCKED, m->source,
			     "reinstall the kernel's package of modules",
			     "%s needs %s, which is missing", plain(j, m->name),
			     join(j, &m->closure_missing));
	for (size_t i = 0; i < m->closure.n && fault.state == ANSWER_READY; i++)
		if (!module_name_eq(m->closure.v[i], m->name))
			fault = needed_fault(j, m, m->closure.v[i]);
	return fault.state == ANSWER_READY ? gap_fault(j, m) : fault;
}

static struct fault dep_file_fault(struct judge *j, const struct module_fact *m)
{
	if (m->dep_file_agrees == KNOWN_NO)
		return FAULT(ANSWER_FIXABLE, m->source,
			     say(j, "depmod -a %s, then rebuild the initramfs",
				 plain(j, j->kernel->release)),
			     "modules.dep is stale for %s: %s", plain(j, m->name),
			     m->dep_file_problem ? plain(j, m->dep_file_problem)
						 : "it names other modules");
	/* in Linux 2.4 modules.dep is where the closure came from */
	if (m->dep_file_agrees == KNOWN_NOT &&
	    !slice_starts(slice_str(j->kernel->release), "2.4."))
		return FAULT(ANSWER_UNKNOWN, m->source, NULL,
			     "modules.dep was not compared for %s", plain(j, m->name));
	return no_fault;
}

static struct fault unread_fault(struct judge *j)
{
	for (size_t i = 0; i < j->facts->problems.n; i++) {
		const struct problem_fact *p = &j->facts->problems.v[i];

		if (p->about && strcmp(p->about, "modprobe") == 0 && p->code &&
		    strcmp(p->code, "remark") != 0)
			return FAULT(ANSWER_UNKNOWN, p->source, NULL,
				     "what forbids modules could not be read: %s",
				     plain(j, p->text));
	}
	return no_fault;
}

struct fault load_fault(struct judge *j, const struct module_fact *m)
{
	struct fault fault = file_fault(j, m, NULL);

	if (fault.state == ANSWER_READY)
		fault = closure_fault(j, m);
	if (fault.state == ANSWER_READY)
		fault = dep_file_fault(j, m);
	if (fault.state == ANSWER_READY)
		fault = modprobe_fault(j, &j->facts->modprobe, m->name, false);
	return fault.state == ANSWER_READY ? unread_fault(j) : fault;
}

void add_fault_remedy(struct link *l, const struct fault *fault)
{
	add_remedy(l, fault->remedy);
	if (l)
		l->word = fault->word;
}
