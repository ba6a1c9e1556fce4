/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the partitioning schemes share: the disk being read and the table being filled.
 */
#pragma once

#include <stdbool.h>

#include "volume.h"

enum { SECTOR = 512, MBR_ENTRIES = 4 };

/* One of the four entries of a boot sector, as stored. */
struct mbr_entry {
	uint8_t flag, type;
	uint32_t start, count; /* sectors */
	bool used;             /* not all of its bytes are zero */
};

struct boot_sector {
	bool signature; /* 55 aa */
	bool has_protective;
	uint32_t disk_id;
	struct mbr_entry entries[MBR_ENTRIES];
};

struct volume_reading {
	struct blocks *disk;
	struct arena *a;
	struct volume_table *table;
	struct slice sector0; /* its first 512 bytes, or fewer */
	struct boot_sector boot;
};

/* One row per scheme, the first that says YES counts. 1: it was this scheme and the table
 * is filled, 0: it is another one, negative: an error. */
struct volume_driver {
	const char *name;
	int (*read)(struct volume_reading *v, struct err *e);
};
extern const struct volume_driver volume_gpt, volume_mbr, volume_foreign;

/* The entries of a boot sector; all zero when it is short. */
struct boot_sector boot_sector_decode(struct slice sector);

/* Appends a partition whose blocks are [start, start + window) of the disk. */
int volume_add(struct volume_reading *v, const struct volume *part, uint64_t window,
	       struct err *e);
/* Notes what was odd. */
_printf_(3, 4) int volume_remark(struct volume_reading *v, struct err *e, const char *fmt,
				 ...);

/* "grub", "windows", ...: the words of struct volume_table. */
const char *boot_code_of(struct slice sector0);

/* "Linux swap", "EFI System", ...; NULL when the type is not known. */
const char *mbr_type_name(uint8_t type);
const char *gpt_type_name(const char *guid);
