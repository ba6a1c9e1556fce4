/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The devices of one file system bear its UUID. They may be partitions of several disks
 * and logical volumes, so it is opened when all of them are known.
 */
#include "assembly_members.h"

#include "assembly_stack.h"
#include "limits.h"
#include "text.h"
#include "volumes.h"

bool assembly_is_member(struct assembly *as, struct guest *g, struct blocks *blocks,
			const char *type, size_t volume)
{
	struct volume_fact *v = &g->facts->volumes.v[volume];
	struct member m = {blocks, volume, {0}};
	struct fs_identity identity = {0};
	struct err ignored = ERR_INIT;

	if (fs_member(blocks, type, g->arena, &m.id, &ignored) <= 0 ||
	    fs_identify(blocks, g->arena, &identity, &ignored) < 0 ||
	    !vec_push(g->arena, &as->members, m))
		return false;
	v->fs = identity.name;
	v->uuid = identity.uuid;
	v->label = identity.label;
	v->device = m.id.device;
	return true;
}

static bool same_fs(const struct member *a, const struct member *b)
{
	return strcmp(a->id.type, b->id.type) == 0 && strcmp(a->id.uuid, b->id.uuid) == 0;
}

static int tell_missing(struct guest *g, const struct fs *fs, const struct volume_fact *v,
			struct err *e)
{
	for (size_t i = 0; i < fs->missing.n; i++) {
		struct err why = ERR_INIT;

		err_set(&why, ERR_ABSENT,
			"%s %s: %s is missing: name the disk that holds it, too",
			fs->type, fs->uuid ? fs->uuid : "", fs->missing.v[i]);
		if (guest_problem(g, "volume", volume_source(v), &why) < 0)
			return arena_full(g->arena, e);
	}
	return 0;
}

/* All disks that it lies on, told of the first of its devices. */
static int list_disks(struct assembly *as, struct guest *g, const struct member *first,
		      struct err *e)
{
	struct volume_fact *v = g->facts->volumes.v, *to = &v[first->volume];

	for (size_t i = 0; i < as->members.n; i++) {
		const struct member *m = &as->members.v[i];

		if (!same_fs(first, m))
			continue;
		v[m->volume].read = true;
		if (assembly_add_disks(g, to, &v[m->volume], e) < 0)
			return -(int)e->code;
	}
	return 0;
}

static int open_one(struct assembly *as, struct guest *g, const struct member *first,
		    struct err *e)
{
	VEC(struct blocks *) devices = {0};
	struct err why = ERR_INIT;
	struct fs *fs = NULL;
	int r;

	for (size_t i = 0; i < as->members.n; i++)
		if (same_fs(first, &as->members.v[i]) &&
		    !vec_push(g->scratch, &devices, as->members.v[i].blocks))
			return arena_full(g->scratch, e);
	r = fs_open_members(devices.v, devices.n, first->id.type, g->arena, &fs, &why);
	if (r < 0)
		return guest_problem(g, "filesystem",
				     volume_source(&g->facts->volumes.v[first->volume]),
				     &why) < 0
			       ? arena_full(g->arena, e)
			       : 0;
	r = list_disks(as, g, first, e);
	if (r >= 0)
		r = tell_missing(g, fs, &g->facts->volumes.v[first->volume], e);
	if (r < 0) {
		fs_free(fs);
		return r;
	}
	g->facts->volumes.v[first->volume].missing = fs->missing;
	return assembly_add_mountable(as, g, fs, first->volume, e);
}

int assembly_open_members(struct assembly *as, struct guest *g, struct err *e)
{
	for (size_t i = 0; i < as->members.n; i++) {
		bool first = true;
		int r = 0;

		for (size_t j = 0; j < i; j++)
			first &= !same_fs(&as->members.v[i], &as->members.v[j]);
		if (first)
			r = open_one(as, g, &as->members.v[i], e);
		if (r < 0)
			return r;
	}
	return 0;
}
