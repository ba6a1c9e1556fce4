/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run_all.sh, which mkinitrd of SUSE (SLES 11, openSUSE before 13.2) makes of its boot
 * scripts: the first of them, "start", has INITRD_MODULES loaded by name. What comes
 * behind it depends on conditions.
 */
#include "reading.h"
#include "shell.h"
#include "text.h"

static bool is_list(struct slice name)
{
	return slice_eq(name, "modules") || slice_eq(name, "RESOLVED_INITRD_MODULES");
}

static bool runs_start(const struct shell_command *c)
{
	return c->n == 2 && slice_eq(c->words[0], "source") &&
	       slice_ends(c->words[1], "-start.sh");
}

int read_suse_script(struct reading *g, struct slice path, struct slice body,
		     struct err *e)
{
	struct shell sh = shell_of(body, g->scratch);
	struct shell_command c;
	struct slice name, value, word;
	int r = 0;

	(void)path;
	while (r >= 0 && shell_next(&sh, &c) && !runs_start(&c)) {
		if (c.n != 1 || !text_split(c.words[0], '=', &name, &value) ||
		    !is_list(name))
			continue;
		value = text_unquote(value);
		while (r >= 0 && text_word(&value, &word))
			if (slice_at(word, 0) != '$')
				r = list_module(g, word, e);
	}
	return r >= 0 && sh.too_many ? arena_full(g->scratch, e) : r;
}
