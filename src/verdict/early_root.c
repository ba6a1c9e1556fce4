/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What / needs before it is mounted: the driver of its file system, and what makes the
 * volume it lies on.
 */
#include "early.h"

#include <string.h>

#include "boot_words.h"
#include "lvm_holds.h"
#include "root_layers.h"
#include "text.h"

/* A driver of / as a file. Nobody asked before what it needs. */
static void check_root_file(struct judge *j, struct early *x, const struct module_fact *m)
{
	struct fault fault = closure_fault(j, m);

	if (fault.state == ANSWER_READY)
		check_module(j, x, m, m->name);
	else
		add_fault_remedy(
			add_link(j, "root", fault.state, fault.source, "%s", fault.text),
			&fault);
}

/* One of the modules, newest name first, that / itself needs. */
static void add_root_module(struct judge *j, struct early *x, const char *const *names,
			    const char *what)
{
	const struct module_fact *file = NULL;
	bool unknown = false;

	for (size_t n = 0; names[n]; n++) {
		const struct module_fact *m =
			module_by_name(&j->kernel->modules, names[n]);

		if (m && text_same(m->state, "builtin")) {
			add_link(j, "root", ANSWER_READY, m->source,
				 "%s is built into the kernel", names[n]);
			return;
		}
		unknown = unknown || !m || !m->state;
		if (!file && m && text_same(m->state, "file"))
			file = m;
	}
	if (file)
		check_root_file(j, x, file);
	else
		add_link(j, "root", unknown ? ANSWER_UNKNOWN : ANSWER_BLOCKED,
			 j->kernel->source, "%s, which %s needs, %s", names[0], what,
			 unknown ? "was not looked for" : "is missing");
}

/* The program that puts the volume of / together has to be inside. */
static void add_tool(struct judge *j, struct early *x, const struct root_stack *stack)
{
	struct link *l;

	if (!stack->tool || !x->readable || strs_has(&x->i->tools, stack->tool) ||
	    (stack->kernel_does && strs_has(&x->i->tools, stack->kernel_does)))
		return;
	x->faults++;
	if (!text_same(x->i->state, "read")) {
		add_link(j, "root", ANSWER_UNKNOWN, x->i->source,
			 "whether %s is in %s is not known", stack->tool,
			 plain(j, x->i->path));
		return;
	}
	l = add_link(j, "root", ANSWER_FIXABLE, x->i->source,
		     "%s, which finds /, is not in %s", stack->tool,
		     plain(j, x->i->path));
	add_remedy(l, say(j, "install %s, which adds itself to the initramfs",
			  stack->package));
}

static void add_stack(struct judge *j, struct early *x, const char *kind,
		      const char *what)
{
	const struct root_stack *stack = stack_of(kind);

	if (!stack || strs_has(&x->stacks, kind))
		return;
	if (!strs_add_once(j->arena, &x->stacks, kind))
		j->full = true;
	add_root_module(j, x, stack->modules, what);
	add_tool(j, x, stack);
}

/* The kernel asks for these by itself when dm_crypt names the cipher; so only what is a
 * file, and not at hand, is worth a word. */
static void add_cipher(struct judge *j, struct early *x, const struct cipher_need *need)
{
	bool found = need->may_lack;

	for (size_t n = 0; need->names[n]; n++) {
		const struct module_fact *m =
			module_by_name(&j->kernel->modules, need->names[n]);

		if (m && text_same(m->state, "builtin"))
			return;
		found = found || (m && text_same(m->state, "file"));
	}
	if (!found) {
		add_link(j, "root", ANSWER_UNKNOWN, j->kernel->source,
			 "which module of this kernel makes %s, by which / is encrypted, "
			 "is not known",
			 need->what);
		return;
	}
	for (size_t n = 0; need->names[n]; n++)
		if (is_module_file(j, need->names[n])) {
			add_root_module(j, x, need->names, "/");
			return;
		}
}

/* Does one of the words for it tell cryptsetup to open it? `v` NULL: any volume. */
static bool is_worded(const struct facts *f, const name_list *names,
		      const struct volume_fact *v)
{
	static const char *const words[] = {"rd.luks.uuid", "rd.luks.name",
					    "cryptdevice="};

	for (size_t i = 0; i < names->n; i++)
		for (size_t w = 0; w < ARRAY_LEN(words); w++)
			if (text_same(names->v[i].where, words[w]) &&
			    (!v || facts_volume_of_name(f, &names->v[i]) == v))
				return true;
	return false;
}

/* Is it turned off by a word (systemd-cryptsetup-generator(8))? */
static bool is_turned_off(const struct judge *j, const char *key)
{
	static const char *const no[] = {"0", "n", "no", "f", "false", "off"};
	struct boot_word word;

	for (size_t i = 0; boot_last_word(j, key, &word) && i < ARRAY_LEN(no); i++)
		if (slice_eq(word.as.value, no[i]))
			return true;
	return false;
}

/* As soon as words name volumes, systemd and dracut open no others that are in it. */
static bool is_crypttab_ignored(const struct judge *j, const struct early *x)
{
	return is_turned_off(j, "luks.crypttab") ||
	       is_turned_off(j, "rd.luks.crypttab") ||
	       is_worded(j->facts, &j->facts->names, NULL) ||
	       is_worded(j->facts, &x->i->names, NULL);
}

/* Does the initramfs' own crypttab have it opened? What becomes of a name of the bus
 * there is judged with all names. */
static bool is_tabled(const struct judge *j, const struct early *x,
		      const struct volume_fact *v)
{
	for (size_t i = 0; i < x->i->names.n; i++) {
		const struct name_fact *n = &x->i->names.v[i];

		if (text_same(n->where, "crypttab") && n->needed &&
		    (facts_volume_of_name(j->facts, n) == v ||
		     (!n->resolves_to && !n->stable)))
			return true;
	}
	return false;
}

/* cryptsetup in the initramfs opens what its crypttab or the command line names. */
static void add_opening(struct judge *j, struct early *x, const struct volume_fact *v)
{
	/* initramfs-tools has no words for it. */
	bool listens = !text_same(x->i->generator, "initramfs-tools");
	bool off = listens && (is_turned_off(j, "luks") || is_turned_off(j, "rd.luks"));

	if (!x->readable)
		return;
	if (!off && (is_worded(j->facts, &j->facts->names, v) ||
		     is_worded(j->facts, &x->i->names, v) ||
		     ((!listens || !is_crypttab_ignored(j, x)) && is_tabled(j, x, v))))
		return;
	x->faults++;
	add_link(j, "root", ANSWER_UNKNOWN, x->i->source,
		 "what opens the encrypted / is not known: neither a crypttab in %s nor "
		 "rd.luks.uuid= or cryptdevice= names %s",
		 plain(j, x->i->path), v->name ? plain(j, v->name) : plain(j, v->disk));
}

/* / on a logical volume, an array or an encrypted volume, whatever it is called by. What
 * it is called says so where its volume is not known to be one. */
static void add_root_stack(struct judge *j, struct early *x)
{
	const struct facts *f = j->facts;
	cipher_needs ciphers = {0};
	volume_refs stack = {0};

	if (root_is_logical(f))
		add_stack(j, x, "lvm", "/");
	if (!facts_stack_of(f, facts_root_volume(f), j->arena, &stack) ||
	    !cipher_needs_of(&stack, j->arena, &ciphers))
		j->full = true;
	for (size_t i = 0; i < stack.n; i++) {
		struct root_stacks needed = stacks_of_volume(stack.v[i]);

		for (size_t k = 0; needed.v[k]; k++)
			add_stack(j, x, needed.v[k]->kind, "/");
	}
	for (size_t i = 0; i < ciphers.n; i++)
		add_cipher(j, x, ciphers.v[i]);
	for (size_t i = 0; i < stack.n; i++)
		if (stack.v[i]->cipher)
			add_opening(j, x, stack.v[i]);
	for (size_t i = 0; !x->stacks.n && i < f->names.n; i++) {
		const struct name_fact *n = &f->names.v[i];

		if (n->target && strcmp(n->target, "/") == 0)
			add_stack(j, x, n->kind, plain(j, n->spec));
	}
}

/* Is the driver of / named by modules= or rootfstype= of the command line? */
static bool is_named_for_root(const struct judge *j, const char *const *names)
{
	struct slice rest = slice_str(j->cmdline ? j->cmdline : "");
	struct text_parameter p;

	while (text_parameter(&rest, &p)) {
		if (!slice_eq(p.key, "modules") && !slice_eq(p.key, "rootfstype"))
			continue;
		for (size_t i = 0; names[i]; i++)
			if (in_list(p.value, names[i]))
				return true;
	}
	return false;
}

/* The init of Alpine Linux tells mount no type but that of rootfstype=, and mount tries
 * only what the kernel has by then (mkinitfs-bootparam(7)). */
static void add_root_words(struct judge *j, struct early *x)
{
	const char *const *names =
		j->facts->root_fs ? root_fs_modules(j->facts->root_fs) : NULL;

	if (!x->readable || !text_same(x->i->generator, "mkinitfs") || !names)
		return;
	for (size_t i = 0; names[i]; i++) {
		const struct module_fact *m =
			module_by_name(&j->kernel->modules, names[i]);

		if ((m && text_same(m->state, "builtin")) ||
		    strs_has(&x->i->listed, names[i]))
			return;
	}
	if (is_named_for_root(j, names))
		return;
	x->faults++;
	add_remedy(
		add_link(j, "root", ANSWER_FIXABLE, x->i->source,
			 "%s loads %s only where modules= or rootfstype= of the command "
			 "line names it",
			 plain(j, x->i->path), names[0]),
		say(j, "add rootfstype=%s to the kernel's command line", names[0]));
}

void add_root(struct judge *j, struct early *x)
{
	const struct facts *f = j->facts;

	if (!f->root_fs) {
		add_link(j, "root", ANSWER_UNKNOWN, (struct source){0},
			 "the file system of / was not found");
	} else if (root_fs_modules(f->root_fs)) {
		add_root_module(j, x, root_fs_modules(f->root_fs), "/");
	} else {
		const char *const name[] = {plain(j, f->root_fs), NULL};

		add_root_module(j, x, name, "/");
	}
	add_root_stack(j, x);
	add_root_words(j, x);
}
