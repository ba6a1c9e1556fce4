/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One logical volume out of its section of the metadata: each segment is mapped to bytes
 * of physical volumes, or of other logical volumes. Everything is checked against the
 * sizes of those here, so that the map needs no checks.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "checked.h"
#include "escape.h"
#include "lvm_parts.h"
#include "strmap.h"

int lvm_refuse(struct lvm_volume_reading *x, enum err_code code, struct err *e,
	       const char *fmt, ...)
{
	const char *text;
	va_list ap;

	if (x->v.problem)
		return 0;
	va_start(ap, fmt);
	text = arena_vprintf(x->g->r->scratch, fmt, ap);
	va_end(ap);
	if (!text)
		return arena_full(x->g->r->scratch, e);
	x->v.code = code;
	x->v.problem = arena_printf(x->g->r->a, "LV %s/%s: %s", LVM_TEXT(x->v.group),
				    LVM_TEXT(x->v.name), text);
	return x->v.problem ? 0 : arena_full(x->g->r->a, e);
}

int lvm_no_sense(struct lvm_volume_reading *x, const struct lvm_node *segment,
		 struct err *e)
{
	return lvm_refuse(x, ERR_CORRUPT, e, "the metadata of its %s make no sense",
			  LVM_TEXT(segment->key));
}

static bool has_member(const struct lvm_volume_reading *x, size_t member)
{
	for (size_t i = 0; i < x->v.members.n; i++)
		if (x->v.members.v[i] == member)
			return true;
	return false;
}

int lvm_add_members(struct lvm_volume_reading *x, const size_t *members, size_t n,
		    struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!has_member(x, members[i]) &&
		    !vec_push(x->g->r->a, &x->v.members, members[i]))
			return arena_full(x->g->r->a, e);
	return 0;
}

/* `count` extents from `first` on of a volume. */
static int add_stripe(struct lvm_volume_reading *x, const char *name, uint64_t first,
		      uint64_t count, struct lvm_segment *to, struct err *e)
{
	struct lvm_extents at;
	int r = lvm_extents_find(x, name, first, count, &at, e);

	if (r == 0)
		r = lvm_add_members(x, at.members, at.n, e);
	if (r < 0)
		return r;
	if (!x->was)
		x->was = at.was;
	if (at.problem)
		return lvm_refuse(x, at.code, e, "%s", at.problem);
	to->stripes[to->n].blocks = at.blocks;
	to->stripes[to->n].off = at.off;
	to->n++;
	return 0;
}

/* A list of pairs: a volume and its first extent. */
static int add_stripes(struct lvm_volume_reading *x, const struct lvm_node *node,
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
		return lvm_no_sense(x, node, e);
	to->stripes = arena_calloc(x->g->r->a, (size_t)pairs, sizeof(*to->stripes));
	if (!to->stripes)
		return arena_full(x->g->r->a, e);
	if (pairs > 1) {
		if (!lvm_number(node, "stripe_size", UINT32_MAX, &to->stripe_size) ||
		    to->stripe_size == 0)
			return lvm_no_sense(x, node, e);
		to->stripe_size *= LVM_SECTOR;
		if (to->len / pairs % to->stripe_size != 0)
			return lvm_no_sense(x, node, e);
	}
	for (v = list->values; r == 0 && v; v = v->next->next)
		r = add_stripe(x, v->text, v->next->number, count / pairs, to, e);
	return r;
}

static int add_segment(struct lvm_volume_reading *x, const struct lvm_node *node,
		       struct err *e)
{
	const char *type = lvm_string(node, "type");
	uint64_t start, count;
	struct lvm_segment segment = {0};
	int r;

	if (!type || !lvm_number(node, "start_extent", UINT32_MAX, &start) ||
	    !lvm_number(node, "extent_count", UINT32_MAX, &count) || count == 0 ||
	    start != x->extents)
		return lvm_no_sense(x, node, e);
	x->extents += count;
	if (!checked_mul(start, x->g->extent_size, &segment.start) ||
	    !checked_mul(count, x->g->extent_size, &segment.len) ||
	    !checked_add(segment.start, segment.len, &x->v.size))
		return lvm_no_sense(x, node, e);
	r = lvm_raid_read(x, node, type, &segment, e);
	if (r == 0 && strcmp(type, "striped") != 0 && strcmp(type, "linear") != 0)
		return lvm_refuse(x, ERR_UNSUPPORTED, e,
				  "it is of type %s, which is not read by this version",
				  LVM_TEXT(type));
	if (r == 0)
		r = add_stripes(x, node, count, &segment, e);
	if (r < 0)
		return r;
	return x->v.problem || vec_push(x->g->r->a, x->segments, segment)
		       ? 0
		       : arena_full(x->g->r->a, e);
}

static int add_segments(struct lvm_volume_reading *x, struct err *e)
{
	uint64_t stated = 0, n = 0;
	int r = 0;

	for (const struct lvm_node *s = x->node->child; r == 0 && s; s = s->next) {
		if (!s->section || !slice_starts(slice_str(s->key), "segment"))
			continue;
		n++;
		r = add_segment(x, s, e);
	}
	if (r == 0 && (!lvm_number(x->node, "segment_count", UINT32_MAX, &stated) ||
		       stated != n || n == 0))
		r = lvm_refuse(x, ERR_CORRUPT, e, "the number of its segments is wrong");
	return r;
}

int lvm_volume_read(struct lvm_group_reading *g, const struct lvm_node *node,
		    struct lvm_volume_reading *ret, struct err *e)
{
	struct arena *a = g->r->a;
	struct lvm_volume_reading x = {
		.g = g, .node = node, .v = {.group = g->group->name}};
	const char *changed = strmap_get(g->changed, slice_str(node->key));
	int r = 0;

	x.v.name = arena_strdup(a, node->key);
	x.segments = arena_alloc(a, sizeof(*x.segments));
	if (!x.v.name || !x.segments)
		return arena_full(a, e);
	if (changed)
		r = lvm_refuse(&x, ERR_UNSUPPORTED, e,
			       "it is %s, which is not read by this version", changed);
	if (r == 0)
		r = add_segments(&x, e);
	if (r == 0 && x.v.members.n == 0)
		r = lvm_add_members(&x, &g->group->member, 1, e);
	if (r == 0 && !x.v.problem)
		r = lvm_map(x.segments, x.v.size, &x.v.blocks, e);
	if (r == 0)
		*ret = x;
	return r;
}
