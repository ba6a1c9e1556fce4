/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which steps a script can make, and what it has to know of an edit for that. */
#include <string.h>

#include "script.h"
#include "text.h"

const struct entry_fact *script_entry_at(const struct facts *f,
					 const struct plan_edit *edit)
{
	for (size_t i = 0; i < f->boot.entries.n; i++) {
		const struct entry_fact *e = &f->boot.entries.v[i];

		if (!edit->whole && text_same(e->cmdline_source.path, edit->file) &&
		    e->cmdline_source.line == edit->line)
			return e;
	}
	return NULL;
}

struct script_swap script_swap_of(const struct plan_edit *edit)
{
	const char *before = edit->before ? edit->before : "";
	const char *after = edit->after ? edit->after : "";
	size_t n = strlen(before);

	if (n && strncmp(after, before, n) == 0 && after[n] == ' ')
		return (struct script_swap){"", after + n + 1};
	return (struct script_swap){before, after};
}

/* /etc/default/grub is itself a script, which must not get anything to run. */
static bool is_plain_setting(const char *words)
{
	return words[strspn(words, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_@%+=:,./- ")] == '\0';
}

static bool can_edit(const struct facts *f, const struct plan_edit *edit)
{
	const char *after = edit->after ? edit->after : "";

	if (!edit->file || *edit->file != '/' || strchr(after, '\n') ||
	    (edit->before && strchr(edit->before, '\n')))
		return false;
	if (script_entry_at(f, edit) && !is_plain_setting(script_swap_of(edit).add))
		return false;
	if (!edit->line)
		return !edit->before && *after;
	return edit->before && (*after || !edit->whole);
}

static bool is_known_generator(const char *generator)
{
	static const char *const known[] = {"initramfs-tools", "dracut", "mkinitcpio",
					    "suse-mkinitrd", "mkinitrd"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (text_same(generator, known[i]))
			return true;
	return false;
}

/* Does it begin with a slash, so that no program takes it for an option? */
static bool is_path(const char *s)
{
	return s && *s == '/';
}

/* Is it the name of a folder, and no option? */
static bool is_release(const char *s)
{
	return s && *s && *s != '-' && !strchr(s, '/');
}

bool script_can_rebuild(const char *generator, const char *image, const char *release)
{
	return is_known_generator(generator) && is_path(image) && is_release(release);
}

bool script_can_do(const struct facts *f, const struct plan_step *s)
{
	bool can = plan_step_changes(s) || s->commands.n;

	for (size_t i = 0; i < s->edits.n; i++)
		can = can && can_edit(f, &s->edits.v[i]);
	for (size_t i = 0; i < s->indexes.n; i++)
		can = can && is_release(s->indexes.v[i].kernel);
	for (size_t i = 0; i < s->drivers.n; i++)
		can = can && script_can_rebuild(s->drivers.v[i].generator,
						s->drivers.v[i].initramfs,
						s->drivers.v[i].kernel);
	return can;
}
