/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One logical volume out of its section of the metadata: segments of type "striped", with
 * one stripe (linear) or more, are mapped to bytes of the physical volumes. Everything is
 * checked against the sizes of those here, so that the map needs no checks.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checked.h"
#include "escape.h"
#include "lvm_parts.h"
#include "strmap.h"

struct volume_reading {
	struct lvm_group_reading *g;
	struct lvm_volume *v;
	lvm_segments *segments;
	uint64_t extents; /* of the segments read so far */
};

/* Records why the volume cannot be read; the first reason counts. */
_printf_(4, 5) static int refuse(struct volume_reading *x, enum err_code code,
				 struct err *e, const char *fmt, ...)
{
	char text[800];
	va_list ap;

	if (x->v->problem)
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	x->v->code = code;
	x->v->problem = arena_printf(x->g->r->a, "LV %s/%s: %s", LVM_TEXT(x->v->group),
				     LVM_TEXT(x->v->name), text);
	return x->v->problem ? 0 : arena_full(x->g->r->a, e);
}

static int no_sense(struct volume_reading *x, const struct lvm_node *segment,
		    struct err *e)
{
	return refuse(x, ERR_CORRUPT, e, "the metadata of its %s make no sense",
		      LVM_TEXT(segment->key));
}

static int add_member(struct volume_reading *x, size_t member, struct err *e)
{
	for (size_t i = 0; i < x->v->members.n; i++)
		if (x->v->members.v[i] == member)
			return 0;
	return vec_push(x->g->r->a, &x->v->members, member) ? 0
							    : arena_full(x->g->r->a, e);
}

/* `count` extents from `first` on of a physical volume. */
static int add_stripe(struct volume_reading *x, const char *name, uint64_t first,
		      uint64_t count, struct lvm_segment *to, struct err *e)
{
	const struct lvm_listed *pv = strmap_get(x->g->listed, slice_str(name));
	const struct lvm_member *member;
	uint64_t off, len;
	int r;

	if (!pv)
		return refuse(
			x, ERR_UNSUPPORTED, e,
			"it lies on the internal volume %s: a move or conversion "
			"is not finished, or volumes are stacked, which is not read "
			"by this version",
			LVM_TEXT(name));
	if (pv->physical) {
		r = add_member(x, pv->physical->member, e);
		if (r < 0)
			return r;
	}
	if (pv->problem)
		return refuse(x, pv->code, e, "%s", pv->problem);
	member = &x->g->r->members[pv->physical->member];
	if (!range_fits(first, count, pv->extents) ||
	    !checked_mul(first, x->g->extent_size, &off) ||
	    !checked_add(off, pv->start, &off) ||
	    !checked_mul(count, x->g->extent_size, &len))
		return refuse(x, ERR_CORRUPT, e,
			      "extents %" PRIu64 "+%" PRIu64
			      " of PV %s are past its end (%" PRIu64 " extents)",
			      first, count, LVM_TEXT(name), pv->extents);
	if (!range_fits(off, len, member->blocks->size))
		return refuse(x, ERR_CORRUPT, e,
			      "extents %" PRIu64 "+%" PRIu64
			      " of PV %s are past the end of %s (%" PRIu64
			      " bytes): it is truncated",
			      first, count, LVM_TEXT(name), LVM_TEXT(member->where),
			      member->blocks->size);
	to->stripes[to->n].blocks = member->blocks;
	to->stripes[to->n].off = off;
	to->n++;
	return 0;
}

/* A list of pairs: a physical volume and its first extent. */
static int add_stripes(struct volume_reading *x, const struct lvm_node *node,
		       uint64_t count, struct lvm_segment *to, struct err *e)
{
	const struct lvm_node *list = lvm_assignment(node, "stripes");
	const struct lvm_value *v = list ? list->values : NULL;
	uint64_t pairs = 0, stripes;
	int r = 0;

	for (; v && v->next; v = v->next->next)
		pairs += v->text && !v->next->text;
	if (v || pairs == 0 || count % pairs != 0 ||
	    !lvm_number(node, "stripe_count", UINT32_MAX, &stripes) || stripes != pairs)
		return no_sense(x, node, e);
	to->stripes = arena_calloc(x->g->r->a, (size_t)pairs, sizeof(*to->stripes));
	if (!to->stripes)
		return arena_full(x->g->r->a, e);
	if (pairs > 1) {
		if (!lvm_number(node, "stripe_size", UINT32_MAX, &to->stripe_size) ||
		    to->stripe_size == 0)
			return no_sense(x, node, e);
		to->stripe_size *= LVM_SECTOR;
		if (to->len / pairs % to->stripe_size != 0)
			return no_sense(x, node, e);
	}
	for (v = list->values; r == 0 && v; v = v->next->next)
		r = add_stripe(x, v->text, v->next->number, count / pairs, to, e);
	return r;
}

static int add_segment(struct volume_reading *x, const struct lvm_node *node,
		       struct err *e)
{
	const char *type = lvm_string(node, "type");
	uint64_t start, count;
	struct lvm_segment segment = {0};
	int r;

	if (!type || !lvm_number(node, "start_extent", UINT32_MAX, &start) ||
	    !lvm_number(node, "extent_count", UINT32_MAX, &count) || count == 0 ||
	    start != x->extents)
		return no_sense(x, node, e);
	x->extents += count;
	if (!checked_mul(start, x->g->extent_size, &segment.start) ||
	    !checked_mul(count, x->g->extent_size, &segment.len) ||
	    !checked_add(segment.start, segment.len, &x->v->size))
		return no_sense(x, node, e);
	if (strcmp(type, "striped") != 0 && strcmp(type, "linear") != 0)
		return refuse(x, ERR_UNSUPPORTED, e,
			      "it is of type %s, which is not read by this version",
			      LVM_TEXT(type));
	r = add_stripes(x, node, count, &segment, e);
	if (r < 0 || x->v->problem)
		return r;
	return vec_push(x->g->r->a, x->segments, segment) ? 0 : arena_full(x->g->r->a, e);
}

static int add_segments(struct volume_reading *x, const struct lvm_node *node,
			struct err *e)
{
	uint64_t stated = 0, n = 0;
	int r = 0;

	for (const struct lvm_node *s = node->child; r == 0 && s; s = s->next) {
		if (!s->section || !slice_starts(slice_str(s->key), "segment"))
			continue;
		n++;
		r = add_segment(x, s, e);
	}
	if (r == 0 && (!lvm_number(node, "segment_count", UINT32_MAX, &stated) ||
		       stated != n || n == 0))
		r = refuse(x, ERR_CORRUPT, e, "the number of its segments is wrong");
	return r;
}

int lvm_volume_read(struct lvm_group_reading *g, const struct lvm_node *node,
		    struct lvm_volume *ret, struct err *e)
{
	struct arena *a = g->r->a;
	struct lvm_volume v = {.group = g->group->name};
	struct volume_reading x = {.g = g, .v = &v};
	const char *changed = strmap_get(g->changed, slice_str(node->key));
	int r = 0;

	v.name = arena_strdup(a, node->key);
	x.segments = arena_alloc(a, sizeof(*x.segments));
	if (!v.name || !x.segments)
		return arena_full(a, e);
	if (changed)
		r = refuse(&x, ERR_UNSUPPORTED, e,
			   "it is %s, which is not read by this version", changed);
	if (r == 0)
		r = add_segments(&x, node, e);
	if (r == 0 && v.members.n == 0)
		r = add_member(&x, g->group->member, e);
	if (r == 0 && !v.problem)
		r = lvm_map(x.segments, v.size, &v.blocks, e);
	if (r == 0)
		*ret = v;
	return r;
}
