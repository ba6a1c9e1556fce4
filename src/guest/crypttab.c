/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "crypttab.h"

#include "text.h"
#include "volumes.h"

/* NAME DEVICE KEY OPTIONS: blanks part the fields as in fstab. */
int crypttab_parse(struct slice text, struct arena *a, crypttab *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, word;

	while (text_line(&t, &line)) {
		const char *fields[4] = {0};
		struct crypttab_entry entry;

		for (size_t i = 0; i < ARRAY_LEN(fields) && text_word(&line, &word); i++)
			if (!(fields[i] = arena_strndup(a, word)))
				return arena_full(a, e);
		if (!fields[0] || fields[0][0] == '#' || !fields[1])
			continue;
		entry = (struct crypttab_entry){fields[0], fields[1],
						fields[3] ? fields[3] : "", t.line};
		if (!vec_push(a, ret, entry))
			return arena_full(a, e);
	}
	return 0;
}

int crypttab_map(struct guest *g, const char *name, const char *device, struct err *e)
{
	const char *title, *as;
	size_t container;

	if (volume_by_spec(g->facts, device, &container) != SPEC_ONE)
		return 0;
	title = volume_title(g->scratch, &g->facts->volumes.v[container]);
	if (!title)
		return arena_full(g->scratch, e);
	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		struct volume_fact *v = &g->facts->volumes.v[i];

		if (!text_same(v->type, "luks") || !strs_has(&v->on, title))
			continue;
		as = arena_printf(g->arena, "mapper/%s", name);
		if (!as || !strs_add_once(g->arena, &v->device_names, as))
			return arena_full(g->arena, e);
	}
	return 0;
}
