/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A volume group may lie on several disks, so logical volumes are looked for when all
 * disks and partitions are known. What keeps a group or volume from being read becomes a
 * problem; the others are read.
 */
#include "assembly_lvm.h"

#include "assembly_stack.h"
#include "volumes.h"

int assembly_add_physical(struct assembly *as, struct guest *g, struct blocks *blocks,
			  size_t volume, struct err *e)
{
	struct physical p = {blocks, volume};

	return vec_push(g->arena, &as->physicals, p) ? 0 : arena_full(g->arena, e);
}

static const struct volume_fact *fact_of(const struct assembly *as, const struct guest *g,
					 size_t member)
{
	return &g->facts->volumes.v[as->physicals.v[member].volume];
}

static int tell_notes(const struct assembly *as, struct guest *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < as->logicals.notes.n; i++) {
		const struct volume_note *note = &as->logicals.notes.v[i];

		r = assembly_tell(g, fact_of(as, g, note->member), note->code, note->text,
				  e);
	}
	return r;
}

static int add_logical(struct assembly *as, struct guest *g, const struct lvm_volume *lv,
		       struct err *e)
{
	struct volume_fact f = {.size = lv->size,
				.type = "lvm",
				.type_name = "LVM2 logical volume",
				.level = lv->level,
				.group_missing = lv->group_missing,
				.missing = lv->missing};
	int r = 0;

	for (size_t i = 0; r == 0 && i < lv->members.n; i++)
		r = assembly_lies_on(g, &f, as->physicals.v[lv->members.v[i]].volume, e);
	if (r < 0)
		return r;
	f.name = arena_printf(g->arena, "LV %s/%s", lv->group, lv->name);
	if (!f.name || !vec_push(g->arena, &g->facts->volumes, f))
		return arena_full(g->arena, e);
	if (lv->blocks)
		return assembly_open_volume(as, g, lv->blocks, g->facts->volumes.n - 1,
					    e);
	return assembly_tell(g, &f, lv->code, lv->problem, e);
}

/* Physical volumes are read, whatever comes of their group. */
static void mark_physicals(const struct assembly *as, struct guest *g,
			   const struct lvm_member *members)
{
	for (size_t i = 0; i < as->physicals.n; i++) {
		struct volume_fact *v = &g->facts->volumes.v[as->physicals.v[i].volume];

		if (members[i].kind == LVM_1)
			v->fs = "LVM1_member";
		v->read = members[i].kind == LVM_2;
	}
}

int assembly_find_logical(struct assembly *as, struct guest *g, struct err *e)
{
	struct lvm_member *members =
		arena_calloc(g->scratch, as->physicals.n, sizeof(*members));
	struct err why = ERR_INIT;
	int r;

	if (!members)
		return arena_full(g->scratch, e);
	for (size_t i = 0; i < as->physicals.n; i++) {
		members[i].blocks = as->physicals.v[i].blocks;
		members[i].where = volume_title(g->scratch, fact_of(as, g, i));
		if (!members[i].where)
			return arena_full(g->scratch, e);
	}
	r = lvm_assemble(members, as->physicals.n, g->arena, g->scratch, &as->logicals,
			 &why);
	if (r < 0 && why.code == ERR_NOMEM) {
		*e = why;
		return r;
	}
	if (r < 0)
		return guest_problem(g, "volume",
				     (struct source){.disk = fact_of(as, g, 0)->disk},
				     &why) < 0
			       ? arena_full(g->arena, e)
			       : 0;
	mark_physicals(as, g, members);
	r = tell_notes(as, g, e);
	for (size_t i = 0; r == 0 && i < as->logicals.volumes.n; i++)
		r = add_logical(as, g, &as->logicals.volumes.v[i], e);
	return r;
}
