/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a segment lies on: extents of a physical volume, or of another logical volume of
 * the group. The latter is a part of one volume only, as in LVM2, so that what is read
 * together is a tree, whatever the metadata say.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "checked.h"
#include "escape.h"
#include "limits.h"
#include "lvm_parts.h"
#include "strmap.h"

_printf_(5, 6) static int problem(struct lvm_volume_reading *x, struct lvm_extents *ret,
				  enum err_code code, struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ret->problem = arena_vprintf(x->g->r->a, fmt, ap);
	va_end(ap);
	ret->blocks = NULL;
	ret->code = code;
	return ret->problem ? 0 : arena_full(x->g->r->a, e);
}

/* --- Of a physical volume --- */

static int find_physical(struct lvm_volume_reading *x, const char *name,
			 const struct lvm_listed *pv, uint64_t first, uint64_t count,
			 struct lvm_extents *ret, struct err *e)
{
	const struct lvm_member *member;

	if (pv->physical) {
		ret->members = &pv->physical->member;
		ret->n = 1;
	}
	if (pv->problem) {
		ret->was = pv->was;
		return problem(x, ret, pv->code, e, "%s", pv->problem);
	}
	member = &x->g->r->members[pv->physical->member];
	if (!range_fits(first, count, pv->extents) ||
	    !checked_mul(first, x->g->extent_size, &ret->off) ||
	    !checked_add(ret->off, pv->start, &ret->off) ||
	    !checked_mul(count, x->g->extent_size, &ret->len))
		return problem(x, ret, ERR_CORRUPT, e,
			       "extents %" PRIu64 "+%" PRIu64
			       " of PV %s are past its end (%" PRIu64 " extents)",
			       first, count, LVM_TEXT(name), pv->extents);
	if (!range_fits(ret->off, ret->len, member->blocks->size))
		return problem(x, ret, ERR_CORRUPT, e,
			       "extents %" PRIu64 "+%" PRIu64
			       " of PV %s are past the end of %s (%" PRIu64
			       " bytes): it is truncated",
			       first, count, LVM_TEXT(name), LVM_TEXT(member->where),
			       member->blocks->size);
	ret->blocks = member->blocks;
	return 0;
}

/* --- Of a logical volume --- */

/* Why a volume cannot be a part of this one, or NULL. */
static const char *unusable(const struct lvm_volume_reading *x,
			    const struct lvm_inner *inner, enum err_code *ret_code)
{
	*ret_code = ERR_CORRUPT;
	if (!inner)
		return "which its group does not have";
	if (inner->taken)
		return "which is a part of another volume, or of itself";
	*ret_code = ERR_UNSUPPORTED;
	if (lvm_has(inner->node, "status", "PVMOVE"))
		return "which is being moved to another PV: finish it in the guest with "
		       "`pvmove`, or `pvmove --abort`";
	return x->g->depth >= LIMIT_LVM_STACK ? "and that on others, too deep" : NULL;
}

static int take_inner(struct lvm_volume_reading *x, const struct lvm_volume_reading *part,
		      struct lvm_extents *ret, struct err *e)
{
	struct arena *a = x->g->r->a;

	if (part->v.blocks && !vec_push(a, &x->g->r->set->below, part->v.blocks)) {
		blocks_free(part->v.blocks);
		return arena_full(a, e);
	}
	for (size_t i = 0; i < part->v.missing.n; i++)
		if (!vec_push(a, &x->v.missing, part->v.missing.v[i]))
			return arena_full(a, e);
	*ret = (struct lvm_extents){.blocks = part->v.blocks,
				    .len = part->v.size,
				    .code = part->v.code,
				    .problem = part->v.problem,
				    .was = part->v.problem ? part->was : NULL,
				    .members = part->v.members.v,
				    .n = part->v.members.n,
				    .node = part->node};
	return 0;
}

int lvm_extents_whole(struct lvm_volume_reading *x, const char *name,
		      struct lvm_extents *ret, struct err *e)
{
	struct lvm_inner *inner = strmap_get(x->g->inner, slice_str(name));
	enum err_code code;
	const char *why = unusable(x, inner, &code);
	struct lvm_volume_reading part;
	int r;

	*ret = (struct lvm_extents){0};
	/* the metadata are at odds, whatever else is here */
	if (why) {
		r = lvm_refuse(x, code, e, "it lies on the internal volume %s, %s",
			       LVM_TEXT(name), why);
		ret->code = x->v.code;
		ret->problem = x->v.problem;
		return r;
	}
	inner->taken = true;
	x->g->depth++;
	r = lvm_volume_read(x->g, inner->node, &part, e);
	x->g->depth--;
	return r < 0 ? r : take_inner(x, &part, ret, e);
}

static int find_logical(struct lvm_volume_reading *x, const char *name, uint64_t first,
			uint64_t count, struct lvm_extents *ret, struct err *e)
{
	struct lvm_extents all;
	int r = lvm_extents_whole(x, name, &all, e);

	if (r < 0)
		return r;
	*ret = all;
	if (all.problem)
		return 0;
	if (!checked_mul(first, x->g->extent_size, &ret->off) ||
	    !checked_mul(count, x->g->extent_size, &ret->len) ||
	    !range_fits(ret->off, ret->len, all.len))
		return problem(x, ret, ERR_CORRUPT, e,
			       "extents %" PRIu64 "+%" PRIu64
			       " of LV %s are past its end",
			       first, count, LVM_TEXT(name));
	return 0;
}

int lvm_extents_find(struct lvm_volume_reading *x, const char *name, uint64_t first,
		     uint64_t count, struct lvm_extents *ret, struct err *e)
{
	const struct lvm_listed *pv = strmap_get(x->g->listed, slice_str(name));

	*ret = (struct lvm_extents){0};
	return pv ? find_physical(x, name, pv, first, count, ret, e)
		  : find_logical(x, name, first, count, ret, e);
}
