/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of disks in the files of an initramfs, which were copied into it when it was
 * made: an encrypted volume or an array that / lies on has to be found by them.
 */
#include "names.h"
#include "text.h"
#include "volumes.h"

/* --- What / needs --- */

static bool is_called(const struct volume_fact *v, const char *target)
{
	static const char mapper[] = "mapper/";

	for (size_t i = 0; i < v->device_names.n; i++) {
		struct slice name;

		if (slice_after(slice_str(v->device_names.v[i]), mapper, &name) &&
		    slice_eq(name, target))
			return true;
	}
	return false;
}

/* Does this line open a volume that / lies on? By what it names, else by the name that
 * the volume gets; one that nobody has named may be any, and so may all where it is not
 * known what / lies on. */
static bool opens_root(const struct facts *f, const volume_refs *stack,
		       const struct name_fact *n)
{
	bool nameless = false;
	size_t index;

	if (!stack->n)
		return true;
	if (volume_by_spec(f, n->spec, &index) != SPEC_NONE) {
		for (size_t i = 0; i < stack->n; i++)
			if (stack->v[i] == &f->volumes.v[index])
				return true;
		return false;
	}
	for (size_t i = 0; i < stack->n; i++) {
		const struct volume_fact *v = stack->v[i];

		if (!text_same(v->type, "luks"))
			continue;
		if (is_called(v, n->target))
			return true;
		nameless = nameless || !v->device_names.n;
	}
	return nameless;
}

/* What the boot loader says comes behind, and counts. */
static bool is_rooted(const struct facts *f)
{
	const struct entry_fact *entry = facts_default_entry(f);
	struct slice named;

	return entry && text_word_after(entry->cmdline, "root=", &named);
}

static bool is_needed(const struct facts *f, const volume_refs *stack,
		      const struct name_fact *n)
{
	if (text_same(n->where, "root="))
		return !is_rooted(f);
	if (text_same(n->where, "crypttab"))
		return opens_root(f, stack, n);
	return n->needed && text_same(n->where, "mdadm.conf") && facts_array_of(stack);
}

/* --- RESUME= of initramfs-tools --- */

static bool is_resume(const struct name_fact *n)
{
	return text_same(n->where, "resume.conf");
}

/* Its init reads conf/initramfs.conf, then the files of conf/conf.d in the order of their
 * names, as one script. */
static bool comes_before(const struct source *a, const struct source *b)
{
	static const char folder[] = "conf/conf.d/";
	bool in_a = slice_starts(slice_str(a->path), folder);
	bool in_b = slice_starts(slice_str(b->path), folder);
	int order = strcmp(a->path, b->path);

	if (in_a != in_b)
		return in_b;
	return order < 0 || (order == 0 && a->line < b->line);
}

/* The assignment that counts is the last one; list->n: there is none. */
static size_t last_resume(const name_list *list)
{
	size_t last = list->n;

	for (size_t i = 0; i < list->n; i++)
		if (is_resume(&list->v[i]) &&
		    (last == list->n ||
		     !comes_before(&list->v[i].source, &list->v[last].source)))
			last = i;
	return last;
}

/* --- The list of one initramfs --- */

int names_inside(struct guest *g, name_list *list, struct err *e)
{
	struct naming n = {.g = g, .to = list};
	size_t resume = last_resume(list);
	name_list raw = *list, kept = {0};
	volume_refs stack;

	if (!facts_stack_of(g->facts, facts_root_volume(g->facts), g->scratch, &stack))
		return arena_full(g->scratch, e);
	*list = (name_list){0};
	for (size_t i = 0; i < raw.n; i++) {
		struct name_fact name = raw.v[i];

		if (is_resume(&name) && i != resume)
			continue;
		name.needed = is_needed(g->facts, &stack, &name);
		if (!vec_push(g->scratch, &kept, name))
			return arena_full(g->scratch, e);
	}
	return names_add_all(&n, &kept, e);
}
