/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From disks to one file tree: partitions and logical volumes are found, file systems
 * opened, the root file system picked, and what its fstab mounts is put over it.
 */
#pragma once

#include "guest.h"
#include "luks.h"
#include "lvm.h"
#include "md.h"
#include "volume.h"

struct assembly_disk {
	const char *name;          /* as the user named it */
	struct blocks *blocks;     /* a disk image, or NULL for a directory */
	struct fs *directory;      /* a host directory, or NULL */
	struct blocks_chain chain; /* files behind the image */
};

/* A key for an encrypted volume. */
struct volume_key {
	const char *device; /* "all", a disk or volume as it is printed, a UUID, a name as
			       in fstab */
	struct slice key;
	bool fits; /* found by assembly_build(): there is such a volume */
};

/* What the tree is made of; it must live as long as the tree. */
struct assembly {
	VEC(struct volume_table) tables;
	VEC(struct mountable {
		struct fs *fs;
		size_t volume; /* index in facts->volumes */
	})
	mountables; /* owns the file systems */
	VEC(struct physical {
		struct blocks *blocks; /* borrowed */
		size_t volume;
	})
	physicals;               /* what may be a physical volume of LVM */
	struct lvm_set logicals; /* owns the blocks of logical volumes */
	VEC(struct member {
		struct blocks *blocks; /* borrowed */
		size_t volume;
		struct fs_member id;
	})
	members;                    /* devices of file systems that lie on several */
	VEC(struct physical) raids; /* what may be a member of an array */
	VEC(struct md_set) arrays;  /* owns the blocks of arrays */
	VEC(struct array_part {
		size_t volume; /* index in facts->volumes */
		size_t array;  /* that of the array */
		unsigned number;
	})
	array_parts;             /* partitions on arrays */
	struct volume_key *keys; /* borrowed; set before assembly_build() */
	size_t key_count;
	struct luks_known *known; /* borrowed; set with the keys */
	struct luks_budget budget;
	unsigned luks_depth;
	VEC(struct blocks *) opened; /* owns what encrypted volumes opened as */
	VEC(struct locked {
		size_t volume;
		const char *why; /* a sentence */
	})
	locked; /* encrypted volumes that stay closed */
};

/* Opens what is on the blocks of a volume fact. A device of a file system that lies on
 * several is put aside until all are known. */
int assembly_open_volume(struct assembly *as, struct guest *g, struct blocks *blocks,
			 size_t index, struct err *e);
/* The same, and what is a physical volume or a member of an array is put aside, too. */
int assembly_open_stacked(struct assembly *as, struct guest *g, struct blocks *blocks,
			  size_t index, struct err *e);
/* Appends a volume fact and opens what is on its blocks. */
int assembly_add_volume(struct assembly *as, struct guest *g, const struct volume_fact *f,
			struct blocks *blocks, struct err *e);
/* Takes an opened file system over, as what is on that volume. */
int assembly_add_mountable(struct assembly *as, struct guest *g, struct fs *fs,
			   size_t volume, struct err *e);

/* Fills facts->disks, volumes and root_*, and sets g->tree. Where no root file system can
 * be chosen, g->tree stays NULL and a problem says why; ERR_USAGE where g->wanted_os is
 * not there. Frees nothing: call
 * assembly_done(). */
int assembly_build(struct assembly *as, const struct assembly_disk *disks, size_t n,
		   struct guest *g, struct err *e);
void assembly_done(struct assembly *as);
