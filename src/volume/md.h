/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linux software RAID (MD): members in, arrays out. Superblocks 0.90 and 1.0 to 1.2;
 * linear, RAID0, RAID1 and RAID10 are readable, every other array is named with its
 * level. The newest members of an array count; one that is behind them, that is being
 * rebuilt, or that never was in step is not read. Layouts as in Linux,
 * drivers/md/{md,raid0,raid10,md-linear}.c, and uapi/linux/raid/md_p.h.
 */
#pragma once

#include "blocks.h"
#include "notes.h"
#include "vec.h"
#include "volume.h"

/* Something that may be a member of an array. */
struct md_member {
	struct blocks *blocks; /* borrowed: must outlive the arrays */
	const char *where;     /* its name for people: "web01.qcow2, partition 2" */
	bool found;            /* by md_assemble(): it has a superblock */
};

/* One array. Strings live in the arena and hold the disk's bytes. */
struct md_array {
	const char *name;      /* as Linux calls it below /dev: "md0", "md/root" */
	const char *set_name;  /* "web01:root", as it was created; NULL before 1.0 */
	const char *uuid;      /* "3aaa0122:29827cfa:5331ad66:ca767371" */
	const char *level;     /* "raid1", "linear", ... */
	const char *metadata;  /* "0.90", "1.2" */
	uint64_t size;         /* bytes; 0 when that is not known */
	struct blocks *blocks; /* owned by the set; NULL: not readable */
	enum err_code code;    /* why, ERR_NONE when it is readable */
	const char *problem;   /* the same as a sentence */
	VEC(size_t)
	members;      /* those that are here and in step, by their place, or any
			 one when there is none; never empty */
	strs missing; /* those in force that are not here: "active device 1" */
};

struct md_set {
	VEC(struct md_array) arrays;
	volume_notes notes; /* on members and arrays */
};

/* Reads the superblocks of all members and puts the arrays together. What is wrong with
 * one member or array becomes a note or that array's error; only a lack of memory or a
 * cap is an error of the whole. Results live in `a`, `scratch` is not rewound.
 *
 * An array can be written when all copies of its bytes would be: every member that is in
 * force is here, or none of those that are not could come back without being copied
 * anew. Otherwise blocks_write() is ERR_REFUSED with the reason. */
int md_assemble(struct md_member *members, size_t n, struct arena *a,
		struct arena *scratch, struct md_set *ret, struct err *e);
/* Frees the blocks of the arrays. */
void md_done(struct md_set *set);

/* Is a disk as a whole a member, rather than a partition on it? `table`: what it is
 * divided into, or NULL when that cannot be read. A superblock of version 0.90 lies at a
 * multiple of 64 KiB before the end and does not tell which of both it is of. A damaged
 * one counts, too: md_assemble() tells of it. */
bool md_is_whole(struct blocks *disk, const struct volume_table *table,
		 struct arena *scratch);

/* The kind of a set of disks that the machine's firmware puts together, as blkid(8) calls
 * its members, and what it is for people; NULL: the disk is in none. No such set is read:
 * most of them mdadm knows as containers with external metadata. */
const char *md_external(struct blocks *disk, const char **ret_what);
