/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From members to arrays: those with one UUID make up one array.
 */
#include "md.h"

#include "escape.h"
#include "md_parts.h"
#include "strmap.h"

struct assembling {
	struct md_reading r;
	VEC(struct md_group *) groups;
	struct strmap *by_uuid; /* struct md_group */
};

static int add_device(struct assembling *as, size_t member, const struct md_super *super,
		      struct err *e)
{
	struct md_device d = {.member = member, .super = *super};
	struct md_group *g = strmap_get(as->by_uuid, slice_str(super->uuid));
	struct arena *a = as->r.scratch;

	if (!g) {
		g = arena_calloc(a, 1, sizeof(*g));
		if (!g || !vec_push(a, &as->groups, g) ||
		    !strmap_set(as->by_uuid, slice_str(super->uuid), g))
			return arena_full(a, e);
	}
	return vec_push(a, &g->devices, d) ? 0 : arena_full(a, e);
}

static int read_member(struct assembling *as, size_t member, struct err *e)
{
	struct md_member *m = &as->r.members[member];
	struct md_super super = {0};
	struct err why = ERR_INIT;
	int r = md_super_read(m->blocks, as->r.a, &super, &why);

	m->found = r != 0;
	if (r > 0)
		return add_device(as, member, &super, e);
	if (r < 0 && (why.code == ERR_NOMEM || why.code == ERR_BUG)) {
		*e = why;
		return r;
	}
	return r < 0 ? md_note(&as->r, member, why.code, e,
			       "the member of a Linux software RAID is not readable: %s",
			       why.text)
		     : 0;
}

int md_assemble(struct md_member *members, size_t n, struct arena *a,
		struct arena *scratch, struct md_set *ret, struct err *e)
{
	struct md_set set = {0};
	struct assembling as = {
		.r = {.members = members, .a = a, .scratch = scratch, .set = &set}};
	int r = 0;

	as.by_uuid = strmap_new(scratch);
	if (!as.by_uuid)
		return arena_full(scratch, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_member(&as, i, e);
	for (size_t i = 0; r == 0 && i < as.groups.n; i++)
		r = md_array_read(&as.r, as.groups.v[i], e);
	if (r < 0) {
		md_done(&set);
		return err_wrap(e, "MD");
	}
	*ret = set;
	return 0;
}

void md_done(struct md_set *set)
{
	for (size_t i = 0; i < set->arrays.n; i++)
		set->arrays.v[i].blocks = blocks_free(set->arrays.v[i].blocks);
	set->arrays.n = 0;
}
