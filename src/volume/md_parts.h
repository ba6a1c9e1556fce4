/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of reading MD: superblock, array, map. */
#pragma once

#include <stdbool.h>

#include "md.h"

enum { MD_SECTOR = 512 }; /* the unit of its numbers, whatever the disk's is */

/* --- Superblock (md_super.c) --- */

/* What a member is for, by its number; a place among the active devices below these. */
enum md_role {
	MD_ROLE_LIMIT = 0xff00,
	MD_ROLE_JOURNAL = 0xfffd,
	MD_ROLE_FAULTY = 0xfffe,
	MD_ROLE_SPARE = 0xffff
};

enum md_level {
	MD_FAULTY_LEVEL = -5,
	MD_MULTIPATH = -4,
	MD_LINEAR = -1,
	MD_RAID0 = 0,
	MD_RAID1 = 1,
	MD_RAID4 = 4,
	MD_RAID5 = 5,
	MD_RAID6 = 6,
	MD_RAID10 = 10
};

struct md_super {
	uint32_t major, minor; /* 0.90, 1.0, 1.1, 1.2 */
	const char *uuid;
	const char *set_name; /* NULL: version 0.90 */
	uint32_t preferred;   /* of 0.90: it was /dev/md with this number */
	uint64_t created;     /* seconds */
	int32_t level;
	uint32_t layout;
	bool has_layout; /* of RAID0: the layout is one of struct md_layout's */
	uint64_t chunk;  /* bytes */
	uint32_t places; /* number of active devices of a whole array */
	uint64_t used;   /* bytes of each member that a mirror takes */
	uint64_t data_off, data_size; /* bytes on this member */
	uint64_t events;              /* raised at each change of the array's state */
	uint32_t number;              /* of this member */
	const uint16_t *roles;        /* by number, as this member knows them */
	size_t role_count;
	const uint32_t *devices; /* of 0.90: major and minor number, by number */
	uint64_t unknown;        /* features that nobody here knows */
	bool clean;              /* mirrors were in step when it was stopped */
	bool bitmap, reshaping, rebuilding, replacing, bad_blocks;
	bool write_mostly; /* read where no other member has the bytes */
};

/* 1: a member, 0: it is none. ERR_CORRUPT: it is one by its magic number, but its
 * superblock is damaged. */
int md_super_read(struct blocks *b, struct arena *a, struct md_super *ret, struct err *e);

/* --- Arrays (md_array.c) --- */

struct md_device {
	size_t member; /* index */
	struct md_super super;
	const char *unfit;  /* known before: why it is not read, in force or not */
	const char *unread; /* why it is not in step, or NULL */
};

/* How people are told of an array and its places. All NULL: as its superblocks have it.
 */
struct md_naming {
	const char *title;      /* "LV vg0/root" */
	const char *place;      /* "image" */
	const char *const *was; /* by number: " (PV pv1, was /dev/sdb)" */
};

struct md_group {
	VEC(struct md_device) devices; /* with one UUID */
	struct md_naming naming;
};

struct md_reading {
	struct md_member *members;
	struct arena *a, *scratch;
	struct md_set *set;
};

/* Appends the array to the set, and notes what is wrong with its members. */
int md_array_read(struct md_reading *r, struct md_group *group, struct err *e);

/* Adds a note on a member: code, err, format. */
#define md_note(r, ...) volume_note(&(r)->set->notes, (r)->a, __VA_ARGS__)

/* For messages. */
#define MD_TEXT(s) (escape_short(slice_str(s)).text)

/* --- One array (md_array.c), its members (md_members.c) --- */

struct md_layout;

struct md_array_reading {
	struct md_reading *r;
	struct md_group *group;
	const struct md_device *fresh;
	const struct md_super *sb; /* of that */
	struct md_naming naming;
	struct md_array v;
	struct md_layout *l;
	const struct md_device **filled; /* by place: those in step */
	const char *unwritable;          /* the first reason, or NULL */
};

/* Records why the array cannot be read; the first reason counts. */
_printf_(4, 5) int md_refuse(struct md_array_reading *x, enum err_code code,
			     struct err *e, const char *fmt, ...);

/* Fills the places with the members in step, and notes why the others are not read. */
int md_members_judge(struct md_array_reading *x, struct err *e);
/* *ret: what to say of all places without a member, or NULL. Lists those in force that
 * are not here in x->v.missing. */
int md_members_absent(struct md_array_reading *x, const char **ret, struct err *e);

/* --- Map (md_map.c) --- */

/* The data of one active device. */
struct md_disk {
	struct blocks *blocks; /* NULL: it is not here, or not in step */
	uint64_t off, size;    /* bytes */
};

/* Of linear arrays and RAID0: bytes that go round the same devices. */
struct md_zone {
	uint64_t start, len; /* bytes of the array */
	uint64_t off;        /* where they begin on each device */
	size_t n;
	const size_t *disks;
};

struct md_layout {
	enum md_level level;
	size_t n;
	struct md_disk *disks; /* by place */
	uint64_t chunk, size;  /* bytes */
	VEC(struct md_zone) zones;
	bool original; /* zones of RAID0 go on where the last one ended: Linux before 3.14
			*/
	uint64_t near, far; /* of RAID10: copies side by side, and further inside */
	uint64_t set;       /* devices among which the latter go round */
	uint64_t stride;    /* bytes from one of them to the next */
	bool offset;        /* they follow each stripe at once */
	enum err_code unwritable;
	const char *why; /* it is not to be written, or NULL */
};

/* How many zones there are, where they lie, and the array's size: of linear, RAID0. */
int md_layout_zones(struct md_layout *l, struct arena *a, struct err *e);
/* Does it matter whether RAID0 has the original layout? */
bool md_layout_matters(const struct md_layout *l);
/* Of RAID10: from the superblock's number and the bytes used of each device. ERR_CORRUPT:
 * it makes no sense. */
int md_layout_10(struct md_layout *l, uint32_t number, uint64_t used, struct err *e);

struct md_place {
	size_t disk;
	uint64_t off; /* bytes in its data */
};

/* The copies of the byte `off`, one after the other; the rest is zero at first. RAID10
 * may have as many as it has devices, each of which lies a step from the one before. */
struct md_copies {
	uint64_t off;
	uint64_t told;
	struct md_place at, near; /* the last one told, and the first of those inside */
};

/* False: there are no more. */
bool md_layout_next(const struct md_layout *l, struct md_copies *c, struct md_place *ret);
/* How many of the bytes from `off` on, at most `len`, lie together on each copy. */
uint64_t md_layout_piece(const struct md_layout *l, uint64_t off, uint64_t len);

/* The layout and the blocks below must outlive what is made. */
int md_map(const struct md_layout *l, struct blocks **ret, struct err *e);
