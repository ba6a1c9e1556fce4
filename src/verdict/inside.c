/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an initramfs holds, and whether it loads it. */
#include "chain.h"

#include <string.h>

#include "text.h"

/* Lines of a script run in order: is everything that `m` needs named before it? */
static bool listed_in_order(const struct judge *j, const struct initramfs_fact *i,
			    const struct module_fact *m, const char *name)
{
	for (size_t at = 0; at < i->listed.n; at++) {
		if (!module_name_eq(i->listed.v[at], name))
			continue;
		for (size_t n = 0; m && n < m->closure.n; n++) {
			const struct module_fact *need =
				module_by_name(&j->kernel->modules, m->closure.v[n]);
			bool before = module_name_eq(m->closure.v[n], name) ||
				      (need && text_same(need->state, "builtin"));

			for (size_t b = 0; b < at && !before; b++)
				before = module_name_eq(i->listed.v[b], m->closure.v[n]);
			if (!before)
				return false;
		}
		return true;
	}
	return false;
}

static bool listed(const struct judge *j, const struct initramfs_fact *i,
		   const char *name)
{
	for (size_t n = 0; n < i->listed.n; n++) {
		const struct module_fact *m =
			module_by_name(&j->kernel->modules, i->listed.v[n]);

		if (module_name_eq(i->listed.v[n], name))
			return true;
		for (size_t c = 0; m && c < m->closure.n; c++)
			if (module_name_eq(m->closure.v[c], name))
				return true;
	}
	return false;
}

/* Would modprobe, inside, find the module by its name, or by a device that udev sees?
 * NULL: yes; else why not. booster has indexes of its own. */
static const char *not_indexed(struct judge *j, const struct initramfs_fact *i,
			       const struct module_fact *copy, bool by_alias,
			       enum answer *ret)
{
	if (text_same(i->generator, "booster"))
		return NULL;
	if (copy->dep_file_agrees == KNOWN_NO)
		return say(j, "%s is there, but its indexes are stale: %s",
			   plain(j, copy->name),
			   copy->dep_file_problem ? plain(j, copy->dep_file_problem)
						  : "modules.dep names other modules");
	if (by_alias && copy->aliases.n && copy->in_alias_file == KNOWN_NO)
		return say(j,
			   "%s is there, but its indexes are stale: modules.alias does "
			   "not name it",
			   plain(j, copy->name));
	if (copy->dep_file_agrees == KNOWN_YES &&
	    (!by_alias || copy->in_alias_file == KNOWN_YES || !copy->aliases.n))
		return NULL;
	*ret = ANSWER_UNKNOWN;
	return say(j, "whether its indexes name %s is not known", plain(j, copy->name));
}

const char *not_loaded(struct judge *j, const struct module_fact *disk,
		       const struct module_fact *copy, const char *name, enum answer *ret)
{
	const struct initramfs_fact *i = &j->kernel->initramfs;

	*ret = ANSWER_FIXABLE;
	if (!i->loads) {
		*ret = ANSWER_UNKNOWN;
		return say(j, "how it loads %s is not known", name);
	}
	if (strcmp(i->loads, "script") == 0)
		return listed_in_order(j, i, disk, name)
			       ? NULL
			       : say(j, "its script does not load %s, or too early",
				     name);
	if (strcmp(i->loads, "none") != 0 && !i->dep_index)
		return "it has no modules.dep";
	if (listed(j, i, name))
		return not_indexed(j, i, copy, false, ret);
	if (strcmp(i->loads, "udev") == 0)
		return i->alias_index ? not_indexed(j, i, copy, true, ret)
				      : "it has no modules.alias";
	return say(j, "it holds %s, but nothing loads it", name);
}

bool is_inside(const struct initramfs_fact *i, const char *name)
{
	for (size_t n = 0; n < i->modules.n; n++)
		if (module_name_eq(i->modules.v[n], name))
			return true;
	return false;
}

/* Are these inside, but for what is built in, and does nothing in there forbid them? What
 * the disk's own copies are like does not matter. */
static bool all_inside(struct judge *j, const strs *needs)
{
	const struct initramfs_fact *i = &j->kernel->initramfs;

	for (size_t n = 0; n < needs->n; n++) {
		const char *name = needs->v[n];
		const struct module_fact *m = module_by_name(&j->kernel->modules, name);

		if (m && text_same(m->state, "builtin"))
			continue;
		if (!is_inside(i, name) ||
		    modprobe_fault(j, &i->modprobe, name, true).state != ANSWER_READY)
			return false;
	}
	return true;
}

bool loaded_inside(struct judge *j, const struct module_fact *disk)
{
	const struct initramfs_fact *i = &j->kernel->initramfs;
	const struct module_fact *copy = module_by_name(&i->wanted, disk->name);
	enum answer state;

	if (!copy || !text_same(copy->state, "file") || disk->closure_missing.n ||
	    !(text_same(i->state, "read") || text_same(i->state, "partly")) ||
	    !text_same(i->kernel, j->kernel->release))
		return false;
	return file_fault(j, copy, disk).state == ANSWER_READY &&
	       modprobe_fault(j, &i->modprobe, disk->name, false).state == ANSWER_READY &&
	       !not_loaded(j, disk, copy, disk->name, &state) &&
	       all_inside(j, &disk->depends) && all_inside(j, &disk->closure) &&
	       all_inside(j, &copy->depends);
}
