/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Segments whose bytes lie on several images. In the kernel these are arrays of MD that
 * dm-raid starts, or mirrors of dm-mirror, which behave like RAID1; so each becomes an
 * array of MD here, and the rules about members are the same. What differs: the places
 * of images stand in the metadata of the group, an image may be marked there, and a
 * mirror has one log in place of superblocks.
 */
#include <inttypes.h>

#include "escape.h"
#include "lvm_raid.h"

/* --- The log of a mirror --- */

static int miss(struct lvm_raid_reading *y, const char *what, const char *was,
		struct err *e)
{
	const char *text =
		what ? arena_printf(lvm_raid_arena(y), "%s (%s)", what, was) : NULL;

	return text && vec_push(lvm_raid_arena(y), &y->x->v.missing, text)
		       ? 0
		       : arena_full(lvm_raid_arena(y), e);
}

static int read_log(struct lvm_raid_reading *y, const char *name, struct err *e)
{
	struct lvm_extents log;
	struct err why = ERR_INIT;
	uint64_t region;
	int r = lvm_extents_whole(y->x, name, &log, e);

	if (r < 0)
		return r;
	if (log.was)
		return miss(y, "log", log.was, e);
	if (log.problem)
		return lvm_refuse(y->x, log.code, e, "of its log, %s", log.problem);
	if (!lvm_number(y->node, "region_size", UINT32_MAX, &region) || region == 0)
		return lvm_no_sense(y->x, y->node, e);
	region *= LVM_SECTOR;
	r = lvm_log_read(log.blocks, y->len / region + (y->len % region != 0),
			 &y->in_step, &why);
	return r < 0 ? lvm_refuse(y->x, why.code, e, "of its log, %s", why.text) : 0;
}

/* Linux reads the first image, and copies from it what the log does not call clean; all,
 * where the log is not on a disk. LVM does not start a mirror without all of its images,
 * so others are read only where that makes no difference. */
static int judge_mirror(struct lvm_raid_reading *y, struct err *e)
{
	const char *log = lvm_string(y->node, "mirror_log");
	const struct lvm_image *first = &y->images[0];
	int r = 0;

	y->in_step = lvm_has(y->x->node, "status", "NOTSYNCED");
	if (log)
		r = read_log(y, log, e);
	for (size_t i = 0; log && i < y->n; i++)
		y->images[i].super.clean = y->in_step;
	if (r < 0 || y->in_step || !(first->was || first->unfit))
		return r;
	if (first->was && y->n > 1)
		r = miss(y, "image 0", first->was, e);
	return r < 0 ? r
		     : lvm_refuse(
			       y->x, ERR_ABSENT, e,
			       "of image 0, %s, and whether the others are the same as "
			       "that one is not known%s",
			       first->unfit,
			       first->was ? ": name the disk that holds it, too" : "");
}

/* --- The array --- */

/* How long the data of an image are. */
static uint64_t used_of(const struct lvm_raid_reading *y, const struct lvm_image *image)
{
	uint64_t least = UINT64_MAX;

	if (y->kind->level == MD_RAID1)
		return y->len;
	if (y->kind->level == MD_RAID0)
		return y->len / y->n;
	for (size_t i = 0; i < y->n; i++)
		if (y->images[i].data.blocks && y->images[i].data.len < least)
			least = y->images[i].data.len;
	return image->data.len < least ? image->data.len : least;
}

static int add_device(struct lvm_raid_reading *y, size_t place, struct md_super super,
		      struct md_group *group, struct err *e)
{
	const struct lvm_image *image = &y->images[place];
	struct md_device d = {.member = place, .super = super, .unfit = image->unfit};
	uint64_t stripe;

	d.super.number = (uint32_t)place;
	d.super.data_off = image->data.off;
	d.super.used = used_of(y, image);
	d.super.data_size = y->kind->level == MD_RAID0 ? d.super.used : image->data.len;
	d.super.write_mostly = lvm_image_is_marked(image, "WRITEMOSTLY");
	if (lvm_has(y->x->node, "status", "NOTSYNCED"))
		d.super.clean = true;
	if (y->kind->level == MD_RAID0 &&
	    lvm_number(y->node, "stripe_size", UINT32_MAX, &stripe))
		d.super.chunk = stripe * LVM_SECTOR;
	return vec_push(lvm_raid_arena(y), &group->devices, d)
		       ? 0
		       : arena_full(lvm_raid_arena(y), e);
}

/* Those without a superblock come last: the others tell what the array is. */
static int list_devices(struct lvm_raid_reading *y, struct md_group *group, struct err *e)
{
	const struct md_super *known = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < y->n; i++) {
		if (y->images[i].was || !y->images[i].described)
			continue;
		known = known ? known : &y->images[i].super;
		r = add_device(y, i, y->images[i].super, group, e);
	}
	for (size_t i = 0; r == 0 && known && i < y->n; i++)
		if (!y->images[i].was && !y->images[i].described)
			r = add_device(y, i, *known, group, e);
	return r;
}

static int name_places(struct lvm_raid_reading *y, struct md_group *group, struct err *e)
{
	struct arena *a = lvm_raid_arena(y);
	const char **was = arena_calloc(a, y->n, sizeof(const char *));

	if (!was)
		return arena_full(a, e);
	for (size_t i = 0; i < y->n; i++) {
		const char *name = y->images[i].was;

		was[i] = name ? arena_printf(a, " (%s)", name) : "";
		if (!was[i])
			return arena_full(a, e);
	}
	group->naming = (struct md_naming){
		.title = arena_printf(a, "LV %s/%s", y->x->v.group, y->x->v.name),
		.place = "image",
		.was = was};
	return group->naming.title ? 0 : arena_full(a, e);
}

/* Images as members: "root_rimage_1 (b.raw)". */
static int list_members(struct lvm_raid_reading *y, struct md_member **ret, struct err *e)
{
	struct arena *a = lvm_raid_arena(y);
	struct md_member *members = arena_calloc(a, y->n, sizeof(*members));

	if (!members)
		return arena_full(a, e);
	for (size_t i = 0; i < y->n; i++) {
		const struct lvm_image *image = &y->images[i];

		members[i].blocks = image->data.blocks;
		members[i].where =
			image->data.n
				? arena_printf(a, "%s (%s)", image->name,
					       y->x->g->r->members[image->data.members[0]]
						       .where)
				: image->name;
		if (!members[i].where)
			return arena_full(a, e);
	}
	*ret = members;
	return 0;
}

/* --- What comes of it --- */

static int tell_notes(struct lvm_raid_reading *y, const struct md_set *set, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->notes.n; i++) {
		const struct volume_note *note = &set->notes.v[i];
		const struct lvm_extents *at = &y->images[note->member].data;

		r = lvm_note(y->x->g->r, at->n ? at->members[0] : y->x->g->group->member,
			     note->code, e, "%s", note->text);
	}
	return r;
}

/* The volume lies on those images that are read, or on all when it is not. */
static int add_used(struct lvm_raid_reading *y, const struct md_array *array,
		    struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && !array->problem && i < array->members.n; i++) {
		const struct lvm_extents *at = &y->images[array->members.v[i]].data;

		r = lvm_add_members(y->x, at->members, at->n, e);
	}
	for (size_t i = 0; r == 0 && array->problem && i < y->n; i++)
		r = lvm_add_members(y->x, y->images[i].data.members, y->images[i].data.n,
				    e);
	return r;
}

static int take_array(struct lvm_raid_reading *y, const struct md_array *array,
		      struct lvm_segment *segment, struct err *e)
{
	struct arena *a = lvm_raid_arena(y);
	struct lvm_volume *v = &y->x->v;
	int r = add_used(y, array, e);

	for (size_t i = 0; r == 0 && i < array->missing.n; i++)
		if (!vec_push(a, &v->missing, array->missing.v[i]))
			r = arena_full(a, e);
	if (r < 0)
		return r;
	if (array->problem) {
		v->code = array->code;
		v->problem = array->problem;
		return 0;
	}
	if (array->size < y->len)
		return lvm_no_sense(y->x, y->node, e);
	segment->stripes = arena_calloc(a, 1, sizeof(*segment->stripes));
	if (!segment->stripes)
		return arena_full(a, e);
	segment->stripes[0].blocks = array->blocks;
	segment->n = 1;
	return 0;
}

static int none_here(struct lvm_raid_reading *y, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < y->n; i++)
		if (y->images[i].was)
			r = miss(y, arena_printf(lvm_raid_arena(y), "image %zu", i),
				 y->images[i].was, e);
	return r < 0 ? r
		     : lvm_refuse(y->x, ERR_ABSENT, e,
				  "none of its %zu images is here: name the disks that "
				  "hold them, too",
				  y->n);
}

static int build(struct lvm_raid_reading *y, struct lvm_segment *segment, struct err *e)
{
	struct md_set set = {0};
	struct md_reading md = {
		.a = lvm_raid_arena(y), .scratch = y->x->g->r->scratch, .set = &set};
	struct md_group group = {0};
	int r = list_devices(y, &group, e);

	if (r == 0 && group.devices.n == 0)
		return none_here(y, e);
	if (r == 0)
		r = name_places(y, &group, e);
	if (r == 0)
		r = list_members(y, &md.members, e);
	if (r == 0)
		r = md_array_read(&md, &group, e);
	if (r < 0)
		return r;
	if (set.arrays.v[0].blocks &&
	    !vec_push(lvm_raid_arena(y), &y->x->g->r->set->below,
		      set.arrays.v[0].blocks)) {
		md_done(&set);
		return arena_full(lvm_raid_arena(y), e);
	}
	r = tell_notes(y, &set, e);
	return r < 0 ? r : take_array(y, &set.arrays.v[0], segment, e);
}

int lvm_raid_read(struct lvm_volume_reading *x, const struct lvm_node *node,
		  const char *type, struct lvm_segment *segment, struct err *e)
{
	struct lvm_raid_reading y = {
		.x = x, .node = node, .kind = lvm_raid_kind(type), .len = segment->len};
	int r;

	if (!y.kind)
		return 0;
	x->v.level = y.kind->level == MD_RAID0    ? "raid0"
		     : y.kind->level == MD_RAID10 ? "raid10"
						  : y.kind->type;
	if (lvm_has(x->node, "status", "PVMOVE"))
		r = lvm_refuse(x, ERR_UNSUPPORTED, e,
			       "it is being moved to another PV: finish it in the guest "
			       "with `pvmove`, or `pvmove --abort`");
	else
		r = lvm_images_read(&y, e);
	if (r == 0 && !x->v.problem && y.kind->listing == PLACED)
		r = judge_mirror(&y, e);
	if (r == 0 && !x->v.problem)
		r = build(&y, segment, e);
	return r < 0 ? r : 1;
}
