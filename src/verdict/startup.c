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

/* Where in the list the line is that loads the module; its length when there is none. */
static size_t line_for(const struct facts *f, const struct module_fact *m)
{
	size_t i = 0;

	while (i < f->startup.n && !names(&f->startup.v[i], m))
		i++;
	return i;
}

/* The path that the line names when this kernel runs. */
static const char *path_of(struct judge *j, const char *written)
{
	static const char *const forms[] = {"`uname -r`", "$(uname -r)"};
	const char *path = written;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const char *at = strstr(path, forms[i]);

		if (at)
			path = say(j, "%.*s%s%s", (int)(at - path), path,
				   j->kernel->release, at + strlen(forms[i]));
	}
	return path;
}

/* Does the line load this very file? */
static enum answer loads_file(struct judge *j, const struct startup_fact *line,
			      const struct module_fact *m)
{
	const char *path;

	if (!line->path)
		return ANSWER_READY; /* it is looked for in the kernel's own folder */
	path = path_of(j, line->path);
	if (strpbrk(path, "$`"))
		return ANSWER_UNKNOWN;
	return m->source.path && platform_glob(path, m->source.path) ? ANSWER_READY
								     : ANSWER_FIXABLE;
}

/* Does modprobe load the module for a card? Cards are started before such scripts run. */
static bool card_loads(const struct judge *j, const char *module)
{
	for (size_t i = 0; i < j->facts->modprobe.n; i++) {
		const struct modprobe_fact *a = &j->facts->modprobe.v[i];
		const struct module_fact *m =
			text_same(a->kind, "alias") && a->argument &&
					strncmp(a->module ? a->module : "", "eth", 3) == 0
				? module_by_name(&j->kernel->modules, a->argument)
				: NULL;

		for (size_t n = 0; m && n < m->closure.n; n++)
			if (module_name_eq(m->closure.v[n], module))
				return true;
	}
	return false;
}

/* insmod loads one file: what that needs has to be there by then. NULL: it is. */
static const char *missing_need(const struct judge *j, size_t at,
				const struct module_fact *m)
{
	if (!text_same(j->facts->startup.v[at].how, "insmod"))
		return NULL;
	for (size_t n = 0; n < m->closure.n; n++) {
		const char *need = m->closure.v[n];
		const struct module_fact *fact =
			module_by_name(&j->kernel->modules, need);
		bool there = (fact && text_same(fact->state, "builtin")) ||
			     card_loads(j, need);

		for (size_t i = 0; i < at && !there; i++)
			there = j->facts->startup.v[i].module &&
				module_name_eq(j->facts->startup.v[i].module, need);
		if (!there)
			return need;
	}
	return NULL;
}

static void judge_line(struct judge *j, size_t at, const struct module_fact *m)
{
	const struct startup_fact *line = &j->facts->startup.v[at];
	const char *where = say(j, "%s:%llu", plain(j, line->source.path),
				(unsigned long long)line->source.line);
	enum answer state = loads_file(j, line, m);
	const char *need = missing_need(j, at, m);

	if (state == ANSWER_UNKNOWN)
		add_link(j, "startup", state, line->source,
			 "which file %s loads is not known: %s", where,
			 plain(j, line->path));
	else if (state == ANSWER_FIXABLE)
		add_remedy(add_link(j, "startup", state, line->source,
				    "%s loads another file, %s", where,
				    plain(j, line->path)),
			   say(j, "write there: insmod %s", plain(j, m->source.path)));
	else
		add_link(j, "startup", state, line->source, "%s loads %s", where,
			 m->name);
	if (need)
		add_remedy(add_link(j, "loads", ANSWER_FIXABLE, line->source,
				    "%s loads %s without %s, which nothing loads before",
				    where, m->name, plain(j, need)),
			   say(j, "load %s in a line before it", plain(j, need)));
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
	struct source source;
	size_t line;
	struct link *l;

	if (!g || !strs_has(&g->startup, f.name))
		return;
	line = f.m ? line_for(j->facts, f.m) : j->facts->startup.n;
	if (line < j->facts->startup.n) {
		judge_line(j, line, f.m);
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
