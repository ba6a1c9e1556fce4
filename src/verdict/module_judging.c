/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module_judging.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"

const char *module_say(struct module_judging *j, const char *fmt, ...)
{
	char text[1200], *copy;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	copy = arena_strdup(j->arena, text);
	j->full = j->full || !copy;
	return copy ? copy : "";
}

const char *module_plain_part(struct module_judging *j, struct slice s)
{
	const char *copy = escape_dup(j->arena, s);

	j->full = j->full || !copy;
	return copy ? copy : "";
}

const char *module_plain(struct module_judging *j, const char *s)
{
	return s ? module_plain_part(j, slice_str(s)) : "unknown";
}

struct module_link *module_add_link(struct module_judging *j, const char *name,
				    enum module_answer state, const char *text)
{
	struct module_link *link = vec_add(j->arena, &j->v->links);

	if (!link) {
		j->full = true;
		j->nowhere = (struct module_link){0};
		link = &j->nowhere;
	}
	link->name = name;
	link->state = state;
	link->text = text;
	return link;
}

void module_detail(struct module_judging *j, struct module_link *link, const char *text)
{
	if (!vec_push(j->arena, &link->details, text))
		j->full = true;
}

void module_remark(struct module_judging *j, const char *text)
{
	if (!vec_push(j->arena, &j->v->remarks, text))
		j->full = true;
}

const char *module_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

const char *module_arch(const char *arch)
{
	static const char *const i386[] = {"i386", "i486", "i586", "i686", "athlon"};

	for (size_t i = 0; i < ARRAY_LEN(i386); i++)
		if (strcmp(arch, i386[i]) == 0)
			return "i386";
	return arch;
}
