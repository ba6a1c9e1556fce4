/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "assembly_stack.h"

#include "volumes.h"

int assembly_add_disks(struct guest *g, struct volume_fact *f,
		       const struct volume_fact *below, struct err *e)
{
	bool added = below->disks.n || strs_add_once(g->arena, &f->disks, below->disk);

	for (size_t i = 0; added && i < below->disks.n; i++)
		added = strs_add_once(g->arena, &f->disks, below->disks.v[i]);
	return added ? 0 : arena_full(g->arena, e);
}

int assembly_lies_on(struct guest *g, struct volume_fact *f, size_t below, struct err *e)
{
	const struct volume_fact *v = &g->facts->volumes.v[below];
	const char *title = volume_title(g->arena, v);

	if (!title || !strs_add_once(g->arena, &f->on, title))
		return arena_full(g->arena, e);
	if (!f->disk)
		f->disk = v->disk;
	return assembly_add_disks(g, f, v, e);
}

int assembly_tell(struct guest *g, const struct volume_fact *v, enum err_code code,
		  const char *text, struct err *e)
{
	struct source source = volume_source(v);
	struct err why = ERR_INIT;
	int r;

	if (code == ERR_NONE) {
		r = guest_remark(g, "volume", source, "%s", text);
	} else {
		err_set(&why, code, "%s", text);
		r = guest_problem(g, "volume", source, &why);
	}
	return r < 0 ? arena_full(g->arena, e) : 0;
}
