/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images of a segment: the list of them in the metadata of the group, what these say
 * of each, and its superblock where there are any.
 */
#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "lvm_raid.h"

static const struct lvm_raid_kind kinds[] = {
	{"mirror", "mirrors", "mirror_count", PLACED, MD_RAID1, false},
	{"raid1", "raids", "device_count", PAIRS, MD_RAID1, true},
	{"raid10", "raids", "device_count", PAIRS, MD_RAID10, true},
	{"raid10_near", "raids", "device_count", PAIRS, MD_RAID10, true},
	{"raid0", "raid0_lvs", "stripe_count", IMAGES, MD_RAID0, false},
	{"raid0_meta", "raids", "stripe_count", PAIRS, MD_RAID0, false},
};

const struct lvm_raid_kind *lvm_raid_kind(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

/* --- The list of images --- */

static bool has_form(const struct lvm_value *v, enum lvm_listing listing)
{
	return v->text &&
	       (listing == IMAGES || (v->next && !v->next->text == (listing == PLACED)));
}

static const struct lvm_value *behind(const struct lvm_value *v, enum lvm_listing listing)
{
	return listing == IMAGES ? v->next : v->next->next;
}

/* How many images are listed; 0: the list makes no sense. */
static size_t count_images(const struct lvm_raid_reading *y, const struct lvm_value *v)
{
	uint64_t stated;
	size_t n = 0;

	for (; v; v = behind(v, y->kind->listing))
		if (!has_form(v, y->kind->listing) || ++n > LIMIT_LVM_IMAGES)
			return 0;
	return lvm_number(y->node, y->kind->count, LIMIT_LVM_IMAGES, &stated) &&
			       stated == n
		       ? n
		       : 0;
}

/* --- One image --- */

bool lvm_image_is_marked(const struct lvm_image *image, const char *flag)
{
	return image->data.node && lvm_has(image->data.node, "status", flag);
}

/* What the metadata of the group say of it. */
static void judge_marks(struct lvm_image *image, enum lvm_listing listing)
{
	if (image->data.problem)
		image->unfit = image->data.problem;
	else if (lvm_image_is_marked(image, "REBUILD"))
		image->unfit = "it is to be rebuilt";
	else if (listing == PAIRS && !lvm_image_is_marked(image, "WRITE"))
		image->unfit = "it was split off, and its changes are tracked";
}

/* What no other image can make good for. */
static bool ends_all(const struct lvm_raid_reading *y, const struct lvm_extents *at)
{
	return at->problem && !at->was &&
	       (y->kind->listing == PLACED || at->code == ERR_AMBIGUOUS ||
		at->code == ERR_UNSUPPORTED);
}

/* The superblock of dm-raid; a volume that is to be rebuilt need not have one. */
static int read_super(struct lvm_raid_reading *y, size_t place, const char *name,
		      struct err *e)
{
	struct lvm_image *image = &y->images[place];
	struct lvm_extents meta;
	struct err why = ERR_INIT;
	int r = lvm_extents_whole(y->x, name, &meta, e);

	if (r < 0)
		return r;
	if (!image->was)
		image->was = meta.was;
	if (ends_all(y, &meta))
		return lvm_refuse(y->x, meta.code, e, "%s", meta.problem);
	if (meta.problem && !image->unfit)
		image->unfit = meta.problem;
	if (meta.problem || image->was || lvm_image_is_marked(image, "REBUILD"))
		return 0;
	r = lvm_super_read(meta.blocks, y->n, place, lvm_raid_arena(y), &image->super,
			   &why);
	if (r < 0 && (why.code == ERR_NOMEM || why.code == ERR_LIMIT)) {
		*e = why;
		return r;
	}
	if (r < 0)
		return lvm_refuse(y->x, why.code, e, "%s", why.text);
	if (r == 0)
		return lvm_refuse(y->x, ERR_CORRUPT, e,
				  "image %zu has no superblock of RAID in %s", place,
				  LVM_TEXT(name));
	image->described = true;
	if (image->super.level != (int32_t)y->kind->level)
		return lvm_refuse(y->x, ERR_UNSUPPORTED, e,
				  "its superblocks are of level %" PRId32
				  ", so it was stopped while it was being converted: let "
				  "Linux finish that first",
				  image->super.level);
	/* of the others LVM makes none, and where they lie depends on more */
	if (y->kind->level == MD_RAID10 && image->super.layout >> 8 != 1)
		return lvm_refuse(y->x, ERR_UNSUPPORTED, e,
				  "its copies do not lie side by side (layout %#" PRIx32
				  "), which is not read by this version",
				  image->super.layout);
	return 0;
}

static int plain_super(struct lvm_raid_reading *y, size_t place, struct err *e)
{
	uint16_t *roles = arena_calloc(lvm_raid_arena(y), y->n, sizeof(*roles));
	struct lvm_image *image = &y->images[place];

	if (!roles)
		return arena_full(lvm_raid_arena(y), e);
	for (size_t i = 0; i < y->n; i++)
		roles[i] = (uint16_t)i;
	image->super = (struct md_super){.major = 1,
					 .level = (int32_t)y->kind->level,
					 .places = (uint32_t)y->n,
					 .number = (uint32_t)place,
					 .roles = roles,
					 .role_count = y->n,
					 .events = 1,
					 .clean = true,
					 .bitmap = y->kind->level != MD_RAID0};
	image->described = true;
	return 0;
}

static int find_data(struct lvm_raid_reading *y, const struct lvm_value *v,
		     struct lvm_image *image, struct err *e)
{
	enum lvm_listing listing = y->kind->listing;
	int r;

	image->name = listing == PAIRS ? v->next->text : v->text;
	if (listing == PLACED)
		r = lvm_extents_find(y->x, image->name, v->next->number,
				     y->len / y->x->g->extent_size, &image->data, e);
	else
		r = lvm_extents_whole(y->x, image->name, &image->data, e);
	if (r < 0)
		return r;
	image->was = image->data.was;
	if (!y->x->was)
		y->x->was = image->was;
	judge_marks(image, listing);
	return ends_all(y, &image->data)
		       ? lvm_refuse(y->x, image->data.code, e, "%s", image->data.problem)
		       : 0;
}

int lvm_images_read(struct lvm_raid_reading *y, struct err *e)
{
	const struct lvm_node *list = lvm_assignment(y->node, y->kind->list);
	const struct lvm_value *v = list ? list->values : NULL;
	int r = 0;

	y->n = count_images(y, v);
	if (y->n == 0)
		return lvm_no_sense(y->x, y->node, e);
	y->images = arena_calloc(lvm_raid_arena(y), y->n, sizeof(*y->images));
	if (!y->images)
		return arena_full(lvm_raid_arena(y), e);
	for (size_t i = 0; r == 0 && i < y->n; i++, v = behind(v, y->kind->listing)) {
		r = find_data(y, v, &y->images[i], e);
		if (r == 0 && !y->x->v.problem)
			r = y->kind->supers ? read_super(y, i, v->text, e)
					    : plain_super(y, i, e);
	}
	return r;
}
