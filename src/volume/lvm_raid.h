/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Segments on several images: what lvm_images.c reads of them for lvm_raid.c. */
#pragma once

#include "lvm_parts.h"
#include "md_parts.h"

/* What its list of images is made of. */
enum lvm_listing {
	IMAGES, /* names */
	PAIRS,  /* names of a superblock's volume and of the image's */
	PLACED, /* names, each with its first extent */
};

struct lvm_raid_kind {
	const char *type, *list, *count;
	enum lvm_listing listing;
	enum md_level level;
	bool supers; /* Linux looks at them */
};

struct lvm_image {
	const char *name;
	struct lvm_extents data;
	const char *unfit; /* why it is not read although it is here */
	const char *was;   /* the missing physical volume, or NULL */
	bool described;    /* `super` was filled */
	struct md_super super;
};

struct lvm_raid_reading {
	struct lvm_volume_reading *x;
	const struct lvm_node *node;
	const struct lvm_raid_kind *kind;
	uint64_t len; /* bytes of the segment */
	size_t n;
	struct lvm_image *images;
	bool in_step; /* of a mirror: its log says so */
};

/* The kind of that type, or NULL. */
const struct lvm_raid_kind *lvm_raid_kind(const char *type);

static inline struct arena *lvm_raid_arena(const struct lvm_raid_reading *y)
{
	return y->x->g->r->a;
}

/* Finds the images and what is known of each, unless the volume is refused. */
int lvm_images_read(struct lvm_raid_reading *y, struct err *e);
/* Is it marked so in the metadata of the group? */
bool lvm_image_is_marked(const struct lvm_image *image, const char *flag);
