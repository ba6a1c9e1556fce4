/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LVM2: physical volumes in, logical volumes out. Linear, striped and mirrored logical
 * volumes (types mirror, raid1, raid10, raid0) are readable; every other one is named
 * with its kind. RAID is that of MD (md.h), with the same rules for members that are
 * missing or behind; a mirror is what its first image has, as in Linux,
 * drivers/md/{dm-raid,dm-raid1,dm-log}.c.
 */
#pragma once

#include "blocks.h"
#include "notes.h"
#include "vec.h"

enum lvm_kind { LVM_NOT, LVM_1, LVM_2 };

/* Something that may be a physical volume. */
struct lvm_member {
	struct blocks *blocks; /* borrowed: must outlive the logical volumes */
	const char *where;     /* its name for people: "web01.qcow2, partition 2" */
	enum lvm_kind kind;    /* found by lvm_assemble() */
};

/* A visible logical volume. Strings live in the arena and hold the disk's bytes. */
struct lvm_volume {
	const char *group, *name;
	uint64_t size;
	struct blocks *blocks; /* owned by the set; NULL: not readable */
	enum err_code code;    /* why, ERR_NONE when it is readable */
	const char *problem;   /* the same as a sentence */
	VEC(size_t) members;   /* those it lies on, in order of use; never empty */
	const char *level;     /* "raid1", "mirror", ...; NULL: linear or striped */
	strs group_missing;    /* physical volumes of its group that are not here:
				  "PV pv1 (was /dev/sdb)" */
	strs missing; /* images that are not here: "image 1 (PV pv1, was /dev/sdb)" */
};

struct lvm_set {
	VEC(struct lvm_volume) volumes;
	VEC(struct blocks *) below; /* what volumes lie on: images, arrays of them */
	volume_notes notes;         /* on members and groups */
};

/* Reads the labels and metadata of all members and puts the volume groups together. What
 * is wrong with one member or volume becomes a note or that volume's error; only a lack
 * of memory is an error of the whole. Results live in `a`, `scratch` is not rewound.
 *
 * A mirrored volume can be written when all of its images would be; otherwise
 * blocks_write() is ERR_REFUSED with the reason. */
int lvm_assemble(struct lvm_member *members, size_t n, struct arena *a,
		 struct arena *scratch, struct lvm_set *ret, struct err *e);
/* Frees the blocks of the volumes and of what they lie on. */
void lvm_done(struct lvm_set *set);
