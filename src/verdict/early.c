/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a boot disk needs before / is mounted: its driver and bus, and what / itself needs
 * (early_root.c). Each is built in, or the initramfs of that kernel holds it and will
 * load it.
 */
#include "early.h"

#include <string.h>

#include "text.h"

bool without_initramfs(const struct kernel_fact *k)
{
	/* one that holds nothing, or microcode alone, is as good as none */
	return (text_same(k->initramfs.state, "absent") && !k->initramfs.path) ||
	       text_same(k->initramfs.state, "empty");
}

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

bool is_module_file(const struct judge *j, const char *name)
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
			if (is_module_file(j, lists[l]->v[n]))
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

void check_module(struct judge *j, struct early *x, const struct module_fact *disk,
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
	if (x.readable)
		add_sums(j, &x);
	else
		add_unavailable(j, &x);
}
