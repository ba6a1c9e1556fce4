/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One volume group out of its newest metadata: which physical volumes it has and which of
 * them are here, then its visible logical volumes. Internal ones (images of a mirror, the
 * data of a thin pool) are told of by the volume that they make up.
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "escape.h"
#include "limits.h"
#include "lvm_parts.h"
#include "strmap.h"

static int note_group(struct lvm_group_reading *g, enum err_code code, const char *what,
		      struct err *e)
{
	return lvm_note(g->r, g->group->member, code, e, "VG %s: %s",
			LVM_TEXT(g->group->name), what);
}

static bool add_missing(struct lvm_group_reading *g, const struct lvm_node *node,
			const char *device)
{
	const char *text = arena_printf(g->r->a, "PV %s (was %s)", LVM_TEXT(node->key),
					LVM_TEXT(device ? device : "unknown"));

	return text && vec_push(g->r->a, &g->missing, text);
}

/* Why nothing is read from a listed physical volume: NULL when there is no reason. */
static int judge(struct lvm_group_reading *g, const struct lvm_node *node,
		 struct lvm_listed *pv, struct err *e)
{
	struct lvm_reading *r = g->r;
	const char *id = lvm_string(node, "id"), *device = lvm_string(node, "device");
	const struct lvm_physical *p = pv->physical;

	if (!p) {
		pv->code = ERR_ABSENT;
		pv->problem = arena_printf(r->scratch, "PV %s (was %s) is missing",
					   LVM_TEXT(node->key),
					   LVM_TEXT(device ? device : "unknown"));
		pv->was = arena_printf(r->scratch, "PV %s, was %s", LVM_TEXT(node->key),
				       LVM_TEXT(device ? device : "unknown"));
		if (!pv->problem || !pv->was || !add_missing(g, node, device))
			return arena_full(r->scratch, e);
		return lvm_note(r, g->group->member, ERR_ABSENT, e,
				"VG %s: a disk is missing: PV %s (was %s), UUID %s",
				LVM_TEXT(g->group->name), LVM_TEXT(node->key),
				LVM_TEXT(device ? device : "unknown"), LVM_TEXT(id));
	}
	if (p->twin) {
		pv->code = ERR_AMBIGUOUS;
		pv->problem = arena_printf(r->scratch, "PV %s is there twice",
					   LVM_TEXT(node->key));
		return pv->problem ? 0 : arena_full(r->scratch, e);
	}
	if (p->group && p->group != g->group) {
		pv->code = ERR_ABSENT;
		pv->problem =
			arena_printf(r->scratch, "PV %s belongs to the group %s now",
				     LVM_TEXT(node->key), LVM_TEXT(p->group->name));
	} else if (lvm_has(node, "flags", "MISSING") ||
		   lvm_has(node, "status", "MISSING")) {
		pv->code = ERR_ABSENT;
		pv->problem = arena_printf(
			r->scratch,
			"PV %s is here, but the metadata call it missing, so LVM does "
			"not use it (`vgextend --restoremissing` brings it back)",
			LVM_TEXT(node->key));
	} else {
		return 0;
	}
	if (!pv->problem)
		return arena_full(r->scratch, e);
	return note_group(g, pv->code, pv->problem, e);
}

/* 1: listed, 0: its section makes no sense. */
static int list_physical(struct lvm_group_reading *g, const struct lvm_node *node,
			 struct err *e)
{
	const char *id = lvm_string(node, "id");
	struct lvm_listed *pv = arena_new_of(g->r->scratch, struct lvm_listed);
	int r;

	if (!pv)
		return arena_full(g->r->scratch, e);
	if (!id || strmap_get(g->listed, slice_str(node->key)) ||
	    !lvm_number(node, "pe_start", UINT64_MAX / LVM_SECTOR, &pv->start) ||
	    !lvm_number(node, "pe_count", UINT32_MAX, &pv->extents))
		return 0;
	pv->start *= LVM_SECTOR;
	pv->physical = strmap_get(g->r->by_uuid, slice_str(id));
	r = judge(g, node, pv, e);
	if (r < 0)
		return r;
	if (pv->physical && (!pv->physical->group || pv->physical->group == g->group))
		pv->physical->claimed = true;
	return strmap_set(g->listed, slice_str(node->key), pv)
		       ? 1
		       : arena_full(g->r->scratch, e);
}

static bool is_node_of(const struct lvm_node *n, const char *key)
{
	return n->section && slice_starts(slice_str(n->key), key);
}

/* A snapshot is a hidden volume that names its origin and where the changed pieces lie;
 * the latter is a plain volume by its segments, but its bytes are no file system. */
static int find_changed(struct lvm_group_reading *g, const struct lvm_node *volume,
			struct err *e)
{
	for (const struct lvm_node *s = volume->child; s; s = s->next) {
		const char *type =
			is_node_of(s, "segment") ? lvm_string(s, "type") : NULL;
		const char *origin = lvm_string(s, "origin");
		const char *store = lvm_string(s, "cow_store");
		const char *merging = lvm_string(s, "merging_store");
		static char snapshot[] = "a snapshot";
		static char merged[] = "being merged with its snapshot";

		if (!type || strcmp(type, "snapshot") != 0)
			continue;
		if (merging && origin &&
		    !strmap_set(g->changed, slice_str(origin), merged))
			return arena_full(g->r->scratch, e);
		store = store ? store : merging;
		if (store && !strmap_set(g->changed, slice_str(store), snapshot))
			return arena_full(g->r->scratch, e);
	}
	return 0;
}

static int add_volume(struct lvm_group_reading *g, const struct lvm_node *node,
		      struct err *e)
{
	struct lvm_reading *r = g->r;
	struct lvm_inner *own = strmap_get(g->inner, slice_str(node->key));
	struct lvm_volume_reading x;
	bool taken = own->taken;
	int code;

	if (r->set->volumes.n >= LIMIT_LVM_VOLUMES)
		return err_set(e, ERR_LIMIT, "more than %d logical volumes",
			       LIMIT_LVM_VOLUMES);
	own->taken = true; /* it is no part of itself */
	code = lvm_volume_read(g, node, &x, e);
	own->taken = taken;
	if (code < 0)
		return code;
	x.v.group_missing = g->missing;
	if (!vec_push(r->a, &r->set->volumes, x.v)) {
		blocks_free(x.v.blocks);
		return arena_full(r->a, e);
	}
	return 0;
}

static int add_inner(struct lvm_group_reading *g, const struct lvm_node *node,
		     struct err *e)
{
	struct lvm_inner *inner = arena_new_of(g->r->scratch, struct lvm_inner);

	if (!inner)
		return arena_full(g->r->scratch, e);
	inner->node = node;
	return strmap_set(g->inner, slice_str(node->key), inner)
		       ? 0
		       : arena_full(g->r->scratch, e);
}

static int add_volumes(struct lvm_group_reading *g, struct err *e)
{
	const struct lvm_node *list = lvm_section(g->group->node, "logical_volumes");
	int r = 0;

	for (const struct lvm_node *n = list ? list->child : NULL; r == 0 && n;
	     n = n->next)
		if (n->section) {
			r = find_changed(g, n, e);
			if (r == 0)
				r = add_inner(g, n, e);
		}
	for (const struct lvm_node *n = list ? list->child : NULL; r == 0 && n;
	     n = n->next)
		if (n->section && lvm_has(n, "status", "VISIBLE"))
			r = add_volume(g, n, e);
	return r;
}

/* 1: all physical volumes are listed, 0: what the group says makes no sense. */
static int list_all(struct lvm_group_reading *g, struct err *e)
{
	const struct lvm_node *list = lvm_section(g->group->node, "physical_volumes");
	uint64_t sectors;
	int r = 1;

	if (!list || !list->child ||
	    !lvm_number(g->group->node, "extent_size", UINT32_MAX, &sectors) ||
	    sectors == 0)
		return 0;
	g->extent_size = sectors * LVM_SECTOR;
	for (const struct lvm_node *n = list->child; r > 0 && n; n = n->next)
		if (n->section)
			r = list_physical(g, n, e);
	return r;
}

int lvm_group_read(struct lvm_reading *reading, struct lvm_group *group, struct err *e)
{
	struct lvm_group_reading g = {.r = reading, .group = group};
	int r;

	if (group->contradicted)
		return note_group(&g, ERR_AMBIGUOUS,
				  "its physical volumes have different metadata of the "
				  "same age: which ones count is not known",
				  e);
	g.listed = strmap_new(reading->scratch);
	g.changed = strmap_new(reading->scratch);
	g.inner = strmap_new(reading->scratch);
	if (!g.listed || !g.changed || !g.inner)
		return arena_full(reading->scratch, e);
	r = list_all(&g, e);
	if (r == 0)
		return note_group(&g, ERR_CORRUPT,
				  "what its metadata say of extents and physical volumes "
				  "makes no sense",
				  e);
	if (r < 0)
		return r;
	group->read = true;
	return add_volumes(&g, e);
}
