/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers that are put into an initramfs from outside. */
#include "fits.h"
#include "making.h"
#include "text.h"

/* Is more to be made anew than the initramfs? */
static bool made_as_a_whole(const struct maker *m, const struct kernel_fact *k)
{
	return kernel_is_unified(k) || boot_is_mapped(&m->judge.facts->boot);
}

struct plan_drivers *initramfs_of(struct maker *m, struct plan_step *s,
				  const struct kernel_fact *k)
{
	const struct initramfs_fact *i = &k->initramfs;
	struct plan_drivers *d;

	for (size_t n = 0; n < s->drivers.n; n++)
		if (strcmp(s->drivers.v[n].initramfs, i->path) == 0)
			return &s->drivers.v[n];
	d = vec_add(m->judge.arena, &s->drivers);
	if (!d)
		m->judge.full = true;
	else
		*d = (struct plan_drivers){
			.initramfs = i->path,
			.kernel = k->release,
			.generator = made_as_a_whole(m, k) ? NULL : i->generator};
	return d;
}

void edit_in_initramfs(struct maker *m, struct plan_step *s, const struct plan_kernel *k,
		       const plan_edits *edits)
{
	struct plan_drivers *d = edits->n && !k->left_out && k->fact->initramfs.path
					 ? initramfs_of(m, s, k->fact)
					 : NULL;

	for (size_t i = 0; d && i < edits->n; i++)
		add_edit_to(m, &d->edits, edits->v[i]);
}

/* Names come from the guest's modules, too, and end up in its scripts. */
static bool is_plain_name(const char *module)
{
	size_t n = strspn(module, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_-");

	return n > 0 && !module[n];
}

static void want_inside(struct maker *m, struct plan_step *s, const struct kernel_fact *k,
			const char *module)
{
	struct plan_drivers *d = is_plain_name(module) ? initramfs_of(m, s, k) : NULL;

	if (d)
		add_once(m, &d->modules, module);
}

/* Does this kernel have the module, and its initramfs lack it? */
static bool lacks(const struct kernel_fact *k, const char *module)
{
	const struct module_fact *there = module_by_name(&k->modules, module);
	const struct module_fact *inside = module_by_name(&k->initramfs.wanted, module);

	return there && text_same(there->state, "file") && inside &&
	       text_same(inside->state, "absent") &&
	       (text_same(k->initramfs.state, "read") ||
		text_same(k->initramfs.state, "partly"));
}

void add_drivers(struct maker *m, struct plan_step *s, const struct link *l)
{
	for (size_t k = 0; k < m->kernels.n; k++) {
		const struct kernel_fact *kernel = m->kernels.v[k].fact;

		for (size_t i = 0; kernel->initramfs.path && i < l->add_modules.n; i++)
			if (!m->kernels.v[k].left_out &&
			    (k == 0 || lacks(kernel, l->add_modules.v[i])))
				want_inside(m, s, kernel, l->add_modules.v[i]);
	}
}

/* The module that the line at this place forbids; NULL: no such line is inside. */
static const char *forbidden_at(const struct kernel_fact *k, const struct source *at)
{
	const modprobe_list *list = &k->initramfs.modprobe;

	for (size_t i = 0; i < list->n; i++)
		if (same_place(&list->v[i].source, at) && list->v[i].module &&
		    modprobe_forbids(&list->v[i], list->v[i].module, false))
			return list->v[i].module;
	return NULL;
}

static bool forbids(const struct kernel_fact *k, const char *module)
{
	for (size_t i = 0; i < k->initramfs.modprobe.n; i++)
		if (modprobe_forbids(&k->initramfs.modprobe.v[i], module, false))
			return true;
	return false;
}

void allow_inside(struct maker *m, struct plan_step *s, const struct link *l)
{
	const char *module = m->kernels.n && !l->word
				     ? forbidden_at(m->kernels.v[0].fact, &l->source)
				     : NULL;

	for (size_t k = 0; module && k < m->kernels.n; k++) {
		const struct kernel_fact *kernel = m->kernels.v[k].fact;
		struct plan_drivers *d = !m->kernels.v[k].left_out &&
							 kernel->initramfs.path &&
							 forbids(kernel, module)
						 ? initramfs_of(m, s, kernel)
						 : NULL;

		if (d)
			add_once(m, &d->allowed, module);
	}
}
