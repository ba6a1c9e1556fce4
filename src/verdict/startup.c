/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers that no device makes the guest load: a line of a start script has to. */
#include "chain.h"

#include <string.h>

#include "text.h"

/* Is it the module that a line names, by its name or by its file? */
static bool names(const struct startup_fact *s, const struct module_fact *m)
{
	return s->module && module_name_eq(s->module, m->name);
}

static const struct startup_fact *line_for(const struct facts *f,
					   const struct module_fact *m)
{
	for (size_t i = 0; i < f->startup.n; i++)
		if (names(&f->startup.v[i], m))
			return &f->startup.v[i];
	return NULL;
}

/* Where such a line belongs: in the script that has others, else in rc.local. */
static struct source script(const struct facts *f)
{
	if (f->startup.n)
		return f->startup.v[0].source;
	return (struct source){.disk = f->root_disk,
			       .volume = f->root_volume,
			       .path = "/etc/rc.d/rc.local"};
}

void judge_startup(struct judge *j)
{
	const struct platform_guest *g = j->sheet ? j->sheet->guest : NULL;
	struct driver_found f = find_driver(j->kernel, j->choice->driver);
	const struct startup_fact *line;
	struct source source;
	struct link *l;

	if (!g || !strs_has(&g->startup, f.name))
		return;
	line = f.m ? line_for(j->facts, f.m) : NULL;
	if (line) {
		add_link(j, "startup", ANSWER_READY, line->source, "%s:%llu loads %s",
			 plain(j, line->source.path),
			 (unsigned long long)line->source.line, f.name);
		return;
	}
	source = script(j->facts);
	source.line = 0;
	l = add_link(j, "startup", ANSWER_FIXABLE, source,
		     "no line of %s loads %s, and nothing else does",
		     plain(j, source.path), f.name);
	add_remedy(l, say(j, "add to %s: insmod %s", plain(j, source.path),
			  f.m && f.m->source.path ? plain(j, f.m->source.path) : f.name));
	if (l)
		add_cites(j, &l->cites, &g->cites);
}
