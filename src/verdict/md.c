/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where arrays are looked for, by mdadm.conf(5), and words of the kernel's command line
 * by which dracut leaves them alone (dracut.cmdline(7)): when it is the one of /, there
 * is no / then.
 */
#include "chain.h"
#include "text.h"

static const char *no_arrays(const struct judge *j)
{
	static const char *const words[] = {"rd.md=0", "rd.md=no", "rd.md=off",
					    "rd_NO_MD"};
	struct slice s = slice_str(j->cmdline ? j->cmdline : ""), word;

	while (text_word(&s, &word))
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (slice_eq(text_unquote(word), words[i]))
				return words[i];
	return NULL;
}

/* Without such a word all arrays are put together, with one those that are named. */
static const struct name_fact *only_others(const struct judge *j,
					   const struct volume_fact *array)
{
	const name_list *lists[] = {&j->facts->names, &j->kernel->initramfs.names};
	const struct name_fact *other = NULL;

	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const struct name_fact *n = &lists[l]->v[i];

			if (!text_same(n->where, "rd.md.uuid"))
				continue;
			if (facts_volume_of_name(j->facts, n) == array)
				return NULL;
			other = n;
		}
	return other;
}

static bool judge_array(struct judge *j, const struct volume_fact *array)
{
	const struct name_fact *other = only_others(j, array);

	if (!other)
		return true;
	add_remedy(add_link(j, "names", ANSWER_FIXABLE, other->source,
			    "the command line names other arrays (%s) than that of /, so "
			    "dracut leaves it alone",
			    plain(j, other->spec)),
		   say(j, "add rd.md.uuid=%s to the kernel command line",
		       plain(j, array->array_uuid)));
	return false;
}

bool judge_md(struct judge *j)
{
	const struct facts *f = j->facts;
	volume_refs stack;
	bool good = true;
	const char *word;
	struct link *l;

	if (!facts_stack_of(f, facts_root_volume(f), j->arena, &stack))
		j->full = true;
	if (!facts_array_of(&stack) ||
	    !text_same(j->kernel->initramfs.generator, "dracut"))
		return true;
	word = no_arrays(j);
	if (word) {
		l = add_link(j, "names", ANSWER_FIXABLE, j->kernel->source,
			     "the command line has %s, so dracut leaves the array of / "
			     "alone",
			     word);
		add_remedy(l, "take it off the kernel command line");
		if (l)
			l->word = word;
		return false;
	}
	for (size_t i = 0; i < stack.n; i++)
		if (stack.v[i]->array_uuid)
			good = judge_array(j, stack.v[i]) && good;
	return good;
}

static bool takes_everywhere(struct judge *j, const char *pattern,
			     const struct volume_fact *v)
{
	struct arena_mark mark = arena_mark(j->arena);
	bool takes = true;

	for (size_t disk = 0; takes && disk < j->facts->disks.n; disk++)
		takes = platform_glob(pattern, say(j, "/dev/%s",
						   device_name(j, j->choice->disk_prefix,
							       disk, v->number)));
	arena_rewind(j->arena, mark);
	return takes;
}

bool takes_members(struct judge *j, const char *pattern)
{
	const struct facts *f = j->facts;
	bool any = false;

	for (size_t i = 0; i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];

		if (!text_same(v->fs, "linux_raid_member"))
			continue;
		any = true;
		if ((!j->disk || text_same(v->disk, j->disk)) &&
		    !takes_everywhere(j, pattern, v))
			return false;
	}
	return any;
}
