/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of reading LVM2: label, metadata text, volume groups, map. */
#pragma once

#include <stdbool.h>

#include "lvm.h"
#include "lvm_text.h"

enum { LVM_SECTOR = 512 }; /* the unit of all its numbers, whatever the disk's is */

/* --- Label and metadata areas (lvm_label.c) --- */

struct lvm_area {
	uint64_t off, size; /* bytes on the physical volume */
};

struct lvm_label {
	const char *uuid; /* "kM2G1w-jimf-bdk6-Ze5n-XRiL-Wv4P-vDIIZn" */
	uint64_t size;    /* bytes that the physical volume says it has */
	VEC(struct lvm_area) metadata;
};

/* 1: a physical volume of LVM2, 0: it is none. ERR_CORRUPT: it is one by its magic, but
 * its label is damaged. *ret_kind is set in every case. */
int lvm_label_read(struct blocks *b, struct arena *a, struct lvm_label *ret,
		   enum lvm_kind *ret_kind, struct err *e);

/* The text in one metadata area: 1, or 0 when the area is empty or not in use. */
int lvm_area_read(struct blocks *b, const struct lvm_area *area, struct arena *a,
		  struct slice *ret, struct err *e);

/* --- Volume groups (lvm_group.c) --- */

/* The newest metadata of one group. */
struct lvm_group {
	const struct lvm_node *node;
	const char *id, *name;
	uint64_t seqno;
	size_t member;     /* where it was read */
	bool contradicted; /* other metadata with the same number differ */
	bool read;         /* its physical volumes were understood */
};

/* What is known of one member that is a physical volume. */
struct lvm_physical {
	size_t member; /* index */
	struct lvm_label label;
	struct lvm_group *group; /* of its own metadata, or NULL */
	uint64_t seqno;          /* the newest of its own metadata */
	enum err_code code;      /* of damage to its metadata, ERR_NONE without */
	const char *damage;
	const char *twin; /* where another member with the same UUID is */
	bool claimed;     /* a group lists it */
};

struct lvm_reading {
	struct lvm_member *members;
	struct arena *a, *scratch;
	struct lvm_set *set;
	struct strmap *by_uuid; /* struct lvm_physical */
};

/* Appends the volumes of one group to the set, and notes what is wrong with it. */
int lvm_group_read(struct lvm_reading *r, struct lvm_group *group, struct err *e);

/* Adds a note on a member: code, err, format. */
#define lvm_note(r, ...) volume_note(&(r)->set->notes, (r)->a, __VA_ARGS__)

/* A physical volume as a group lists it. */
struct lvm_listed {
	struct lvm_physical *physical; /* NULL: missing */
	enum err_code code;            /* why nothing can be read from it */
	const char *problem;
	const char *was;         /* of a missing one: "PV pv1, was /dev/sdb1" */
	uint64_t start, extents; /* bytes, number */
};

/* A logical volume of the group, which may be a part of one other. */
struct lvm_inner {
	const struct lvm_node *node;
	bool taken; /* it is, or is being read */
};

struct lvm_group_reading {
	struct lvm_reading *r;
	struct lvm_group *group;
	uint64_t extent_size;   /* bytes */
	struct strmap *listed;  /* struct lvm_listed by its name */
	struct strmap *changed; /* volumes whose bytes are not their own: what they are */
	struct strmap *inner;   /* struct lvm_inner by its name */
	unsigned depth;         /* of the volume that is being read, in others */
	strs missing;           /* physical volumes: "PV pv1 (was /dev/sdb)" */
};

/* For messages. */
#define LVM_TEXT(s) (escape_short(slice_str(s)).text)

/* --- Map (lvm_map.c) --- */

struct lvm_stripe {
	struct blocks *blocks;
	uint64_t off; /* bytes */
};

struct lvm_segment {
	uint64_t start, len;  /* bytes of the logical volume */
	uint64_t stripe_size; /* bytes; 0 with one stripe */
	size_t n;
	struct lvm_stripe *stripes;
};

typedef VEC(struct lvm_segment) lvm_segments;

/* Segments lie one after the other from 0 and have been checked against the blocks below;
 * they and the blocks must outlive what is made. */
int lvm_map(const lvm_segments *segments, uint64_t size, struct blocks **ret,
	    struct err *e);

/* --- One logical volume (lvm_volume.c) --- */

struct lvm_volume_reading {
	struct lvm_group_reading *g;
	const struct lvm_node *node;
	struct lvm_volume v;
	lvm_segments *segments;
	uint64_t extents; /* of the segments read so far */
	const char *was;  /* the first missing physical volume; NULL: none is */
};

/* Reads one logical volume; what keeps it from being read is told in ret->v. */
int lvm_volume_read(struct lvm_group_reading *g, const struct lvm_node *node,
		    struct lvm_volume_reading *ret, struct err *e);

/* Records why the volume cannot be read; the first reason counts. */
_printf_(4, 5) int lvm_refuse(struct lvm_volume_reading *x, enum err_code code,
			      struct err *e, const char *fmt, ...);
int lvm_no_sense(struct lvm_volume_reading *x, const struct lvm_node *segment,
		 struct err *e);
int lvm_add_members(struct lvm_volume_reading *x, const size_t *members, size_t n,
		    struct err *e);

/* --- What a segment lies on (lvm_extents.c) --- */

/* Extents of a physical volume, or of a logical volume that is a part of this one. */
struct lvm_extents {
	struct blocks *blocks; /* NULL: nothing can be read */
	uint64_t off, len;     /* bytes */
	enum err_code code;    /* why, with the sentence */
	const char *problem;
	const char *was;       /* because this physical volume is missing; or NULL */
	const size_t *members; /* that they lie on */
	size_t n;
	const struct lvm_node *node; /* of the logical volume; NULL: a physical one */
};

int lvm_extents_find(struct lvm_volume_reading *x, const char *name, uint64_t first,
		     uint64_t count, struct lvm_extents *ret, struct err *e);
/* All of a logical volume. */
int lvm_extents_whole(struct lvm_volume_reading *x, const char *name,
		      struct lvm_extents *ret, struct err *e);

/* --- Mirrored segments (lvm_raid.c) --- */

/* 1: the type is one of these, and `segment` is filled unless the volume was refused. 0:
 * it is none of them. */
int lvm_raid_read(struct lvm_volume_reading *x, const struct lvm_node *node,
		  const char *type, struct lvm_segment *segment, struct err *e);

/* --- What lies beside images (lvm_super.c) --- */

struct md_super;

/* The superblock of dm-raid of one image, for a RAID of `n` in which it stands at
 * `place`: 1, or 0 where there is none. Sizes of the data are the caller's. */
int lvm_super_read(struct blocks *b, size_t n, size_t place, struct arena *a,
		   struct md_super *ret, struct err *e);
/* Does the log of a mirror say that all of so many regions are the same? */
int lvm_log_read(struct blocks *b, uint64_t regions, bool *ret, struct err *e);
