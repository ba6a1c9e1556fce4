/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tolerate.h"

int tolerate(struct guest *g, const char *about, const char *path, struct err *e)
{
	struct source source = {0};

	if (e->code == ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (e->code == ERR_NOMEM || e->code == ERR_BUG)
		return -(int)e->code;
	source.path = arena_strdup(g->arena, path);
	if (!source.path)
		return arena_full(g->arena, e);
	return guest_problem(g, about, source, e);
}
