/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of the kernel's command line, in every entry of the boot loader's menu. */
#include "making.h"
#include "text.h"

static void edit_entry(struct maker *m, struct plan_step *s, const struct entry_fact *e,
		       const char *before, const char *after)
{
	const struct source *at = &e->cmdline_source;
	struct slice written;
	const char *word;

	if (!at->path || !at->line || !text_has_word(e->cmdline, before, &written))
		return;
	word = arena_strndup(m->judge.arena, written);
	if (word)
		add_edit(m, s,
			 (struct plan_edit){.file = at->path,
					    .line = at->line,
					    .before = word,
					    .after = after});
	else
		m->judge.full = true;
}

/* Do quotes hold it together with its neighbours? Not NAME=value. */
static bool is_quoted(const struct menu_setting_fact *f)
{
	struct slice rest = slice_str(f->word);

	return !*f->name || !slice_after(rest, f->name, &rest) ||
	       !slice_after(rest, "=", &rest) || slice_starts(rest, "\"") ||
	       slice_starts(rest, "'");
}

void edit_cmdlines(struct maker *m, struct plan_step *s, const char *before,
		   const char *after)
{
	const struct boot_fact *b = &m->judge.facts->boot;

	for (size_t i = 0; i < b->entries.n; i++)
		edit_entry(m, s, &b->entries.v[i], before, after);
	for (size_t i = 0; i < b->settings.n; i++) {
		const struct menu_setting_fact *f = &b->settings.v[i];

		if (text_same(f->value, before))
			(is_quoted(f) ? edit_quoted_part : edit_part)(
				m, &s->edits, &f->source, f->word, before, after);
	}
}

/* The new name of what a word of the command line names; NULL: it keeps its name. UUIDs
 * of file systems and LVM are known to an initramfs only, a kernel `alone` reads
 * partition tables (Linux, Documentation/admin-guide/kernel-parameters.txt, root=). */
const char *lasting_name(struct maker *m, const struct name_fact *n, bool alone)
{
	const struct facts *f = m->judge.facts;
	const struct volume_fact *v = facts_volume_of_name(f, n);
	const struct name_fact *own;

	if (alone)
		return v ? partition_name(m, v) : NULL;
	if (!n->stable && v)
		return volume_name(m, n, v);
	own = text_same(n->where, "root=") && !n->resolves_to ? own_root_line(f, n)
							      : NULL;
	return own ? own->spec : NULL;
}

/* Is there no initramfs that knows UUIDs? Also one of microcode alone is none. */
static bool starts_alone(const struct facts *f, const struct entry_fact *e)
{
	for (size_t i = 0; i < f->kernels.n; i++) {
		const struct kernel_fact *k = &f->kernels.v[i];

		if ((e->is_default ? k->is_default
				   : e->title && strs_has(&k->entries, e->title)) &&
		    without_initramfs(k))
			return true;
	}
	return e->initramfs.n == 0;
}

static void edit_word(struct maker *m, const struct name_fact *n,
		      const struct entry_fact *e, struct plan_step *s)
{
	const char *name = lasting_name(m, n, starts_alone(m->judge.facts, e));

	if (name && !text_same(name, n->spec))
		edit_entry(m, s, e, say(&m->judge, "%s%s", n->where, n->spec),
			   say(&m->judge, "%s%s", n->where, name));
}

void edit_cmdline_names(struct maker *m, struct plan_step *s)
{
	const struct facts *f = m->judge.facts;

	for (size_t i = 0; i < f->names.n; i++) {
		const struct name_fact *n = &f->names.v[i];

		if (!text_same(n->where, "root=") && !text_same(n->where, "resume="))
			continue;
		for (size_t k = 0; k < f->boot.entries.n; k++)
			edit_word(m, n, &f->boot.entries.v[k], s);
	}
}
