/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a boot disk needs before / is mounted: its driver and bus, the driver of the file
 * system, and what makes the volume it lies on. Each is built in, or the initramfs of
 * that kernel holds it and will load it.
 */
#include "chain.h"

#include <string.h>

#include "lvm_holds.h"
#include "root_layers.h"
#include "text.h"

bool without_initramfs(const struct kernel_fact *k)
{
	/* one that holds nothing, or microcode alone, is as good as none */
	return (text_same(k->initramfs.state, "absent") && !k->initramfs.path) ||
	       text_same(k->initramfs.state, "empty");
}

/* What the modules of an early boot come to. */
struct early {
	const struct initramfs_fact *i;
	bool readable;
	strs missing; /* there on the disk, not in the initramfs */
	strs present; /* in it, and it loads them */
	size_t faults;
	strs stacks; /* kinds of volumes that / lies on, asked already */
};

/* `fresh`: the modules of which a fresh copy mends it; NULL: the fault's own remedy. */
static void early_fault(struct judge *j, struct early *x, struct fault fault,
			const strs *fresh)
{
	struct link *l;

	x->faults++;
	if (fault.state == ANSWER_BLOCKED)
		fault.state = ANSWER_FIXABLE;
	l = add_link(j, "initramfs", fault.state, fault.source, "in %s: %s",
		     plain(j, x->i->path), fault.text);
	if (!fresh || fault.state == ANSWER_UNKNOWN) {
		add_fault_remedy(l, &fault);
	} else if (l) {
		add_remedy(l, remedy_rebuild(j, fresh));
		l->add_modules = *fresh;
	}
}

static void want_inside(struct judge *j, struct early *x, const char *name)
{
	if ((!x->readable || !is_inside(x->i, name)) &&
	    !strs_add_once(j->arena, &x->missing, name))
		j->full = true;
}

static bool is_file(const struct judge *j, const char *name)
{
	const struct module_fact *m = module_by_name(&j->kernel->modules, name);

	return m && text_same(m->state, "file");
}

/* What the module needs is inside, too; what is no file on the disk is built in. */
static void check_closure(struct judge *j, struct early *x, const struct module_fact *m)
{
	const strs *lists[] = {&m->depends, &m->closure};

	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t n = 0; n < lists[l]->n; n++)
			if (is_file(j, lists[l]->v[n]))
				want_inside(j, x, lists[l]->v[n]);
}

/* What is wrong with the copy itself. */
static struct fault copy_fault(struct judge *j, const struct early *x,
			       const struct module_fact *disk,
			       const struct module_fact *copy, const char *name)
{
	if (text_same(copy->state, "broken"))
		return (struct fault){
			ANSWER_FIXABLE,
			say(j, "%s is damaged: %s", name, plain(j, copy->problem)), NULL,
			x->i->source};
	return file_fault(j, copy, disk);
}

static void check_copy(struct judge *j, struct early *x, const struct module_fact *disk,
		       const struct module_fact *copy, const char *name)
{
	struct fault fault = copy_fault(j, x, disk, copy, name);
	strs one = {0};
	const strs *fresh = &one;

	if (!strs_add_once(j->arena, &one, name))
		j->full = true;
	if (fault.state == ANSWER_READY) {
		fault = modprobe_fault(j, &x->i->modprobe, name, false);
		fresh = fault.remedy ? NULL : &one;
	}
	if (fault.state == ANSWER_READY) {
		fault.text = not_loaded(j, disk, copy, name, &fault.state);
		fault.source = x->i->source;
		if (!fault.text)
			fault.state = ANSWER_READY;
	}
	if (fault.state != ANSWER_READY) {
		early_fault(j, x, fault, fresh);
		return;
	}
	check_closure(j, x, disk);
	check_closure(j, x, copy);
	if (!strs_add_once(j->arena, &x->present, name))
		j->full = true;
}

/* One module that must be there early; `disk` is it as the kernel's folder has it. */
static void check_module(struct judge *j, struct early *x, const struct module_fact *disk,
			 const char *name)
{
	const struct module_fact *copy = module_by_name(&x->i->wanted, name);
	const char *state = copy && x->readable ? copy->state : NULL;

	if (text_same(state, "file") || text_same(state, "broken")) {
		check_copy(j, x, disk, copy, name);
	} else if (!x->readable ||
		   (text_same(state, "absent") && text_same(x->i->state, "read"))) {
		/* whoever adds it adds what it needs */
		if (!strs_add_once(j->arena, &x->missing, name))
			j->full = true;
	} else {
		x->faults++;
		add_link(j, "initramfs", ANSWER_UNKNOWN, x->i->source,
			 "whether %s is in %s is not known", name, plain(j, x->i->path));
	}
}

static void add_driver(struct judge *j, struct early *x, const struct platform_driver *d)
{
	struct driver_found f = find_driver(j->kernel, d);

	if (f.found == FOUND_FILE || f.found == FOUND_BROKEN)
		check_module(j, x, f.m, f.name);
}

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
		if (is_file(j, need->names[n])) {
			add_root_module(j, x, need->names, "/");
			return;
		}
}

/* Does one of the names tell cryptsetup to open it? What becomes of a name of the bus in
 * a crypttab is judged with all names. */
static bool is_told(const struct facts *f, const name_list *names,
		    const struct volume_fact *v)
{
	static const char *const words[] = {"rd.luks.uuid", "rd.luks.name",
					    "cryptdevice="};

	for (size_t i = 0; i < names->n; i++) {
		const struct name_fact *n = &names->v[i];
		bool table = names != &f->names && text_same(n->where, "crypttab") &&
			     n->needed;
		bool told = table;

		for (size_t w = 0; w < ARRAY_LEN(words); w++)
			told = told || text_same(n->where, words[w]);
		if (told && (facts_volume_of_name(f, n) == v ||
			     (table && !n->resolves_to && !n->stable)))
			return true;
	}
	return false;
}

/* cryptsetup in the initramfs opens what its crypttab or the command line names. */
static void add_opening(struct judge *j, struct early *x, const struct volume_fact *v)
{
	if (!x->readable || is_told(j->facts, &j->facts->names, v) ||
	    is_told(j->facts, &x->i->names, v))
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

static void add_root(struct judge *j, struct early *x)
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
}

/* Is the driver of / named by modules= or rootfstype= of the command line? */
static bool is_named_for_root(const struct judge *j, const char *const *names)
{
	struct slice rest = slice_str(j->cmdline ? j->cmdline : ""), word, key, value;

	while (text_word(&rest, &word)) {
		if (!text_split(word, '=', &key, &value) ||
		    (!slice_eq(key, "modules") && !slice_eq(key, "rootfstype")))
			continue;
		for (size_t i = 0; names[i]; i++)
			if (in_list(text_unquote(value), names[i]))
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

static const char *about_initramfs(struct judge *j, const struct initramfs_fact *i)
{
	if (!i->generator || strcmp(i->generator, "unknown") == 0)
		return "";
	return say(j, " (%s%s%s)", plain(j, i->generator), i->policy ? ", " : "",
		   i->policy ? plain(j, i->policy) : "");
}

static void add_sums(struct judge *j, struct early *x)
{
	const struct initramfs_fact *i = x->i;

	if (x->missing.n)
		remedy_add(j,
			   add_link(j, "initramfs", ANSWER_FIXABLE, i->source,
				    "%s %s not in %s%s", join(j, &x->missing),
				    x->missing.n == 1 ? "is" : "are", plain(j, i->path),
				    about_initramfs(j, i)),
			   &x->missing);
	else if (x->present.n && !x->faults)
		add_link(j, "initramfs", ANSWER_READY, i->source, "%s loads %s (%s)",
			 plain(j, i->path), join(j, &x->present), plain(j, i->loads));
	else if (!x->faults)
		add_link(j, "initramfs", ANSWER_READY, i->source,
			 "everything needed before / is built into the kernel");
}

/* ", and virtio_blk is not built in", of an initramfs that is not there to be asked. */
static const char *not_built_in(struct judge *j, const struct early *x)
{
	if (!x->missing.n)
		return "";
	return say(j, ", and %s %s not built in", join(j, &x->missing),
		   x->missing.n == 1 ? "is" : "are");
}

/* One that the boot entry names has to be there, even when nothing is asked of it: boot
 * loaders stop without it, and only an initramfs follows a UUID. */
static void add_unavailable(struct judge *j, struct early *x)
{
	const struct initramfs_fact *i = x->i;
	const char *path = i->path ? plain(j, i->path) : "the initramfs";
	struct link *l;

	if (!x->missing.n && without_initramfs(j->kernel)) {
		add_sums(j, x);
	} else if (text_same(i->state, "absent") || text_same(i->state, "empty")) {
		l = add_link(j, "initramfs", ANSWER_FIXABLE, i->source, "%s %s%s",
			     i->path ? path : "no initramfs",
			     !i->path                       ? "is loaded"
			     : text_same(i->state, "empty") ? "is empty"
							    : "does not exist",
			     not_built_in(j, x));
		add_remedy(l, remedy_rebuild(j, &x->missing));
		remedy_add(j, l, &x->missing);
	} else {
		add_link(j, "initramfs", ANSWER_UNKNOWN, i->source,
			 "%s could not be read: %s%s", path, plain(j, i->problem),
			 not_built_in(j, x));
	}
}

void judge_early(struct judge *j)
{
	const struct initramfs_fact *i = &j->kernel->initramfs;
	struct early x = {.i = i};

	x.readable = text_same(i->state, "read") || text_same(i->state, "partly");
	if (x.readable && i->kernel && j->kernel->release &&
	    strcmp(i->kernel, j->kernel->release) != 0) {
		strs none = {0};

		add_remedy(add_link(j, "initramfs", ANSWER_FIXABLE, i->source,
				    "%s holds modules of %s, not of this kernel",
				    plain(j, i->path), plain(j, i->kernel)),
			   remedy_rebuild(j, &none));
		return;
	}
	add_driver(j, &x, j->choice->driver);
	for (size_t n = 0; n < j->choice->needs.n; n++)
		add_driver(j, &x, j->choice->needs.v[n]);
	add_root(j, &x);
	add_root_words(j, &x);
	if (x.readable)
		add_sums(j, &x);
	else
		add_unavailable(j, &x);
}
