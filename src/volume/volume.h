/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a disk is divided into: blocks in, named blocks out. One row of volume_drivers[]
 * per partitioning scheme.
 */
#pragma once

#include "blocks.h"
#include "vec.h"

/* One partition (or the whole disk when it has no table). Strings live in the arena. */
struct volume {
	struct blocks *blocks; /* owned by the table */
	unsigned number;       /* as Linux numbers it: sda1 is 1; 0 is the whole disk */
	uint64_t start, size;  /* bytes on the disk */
	const char *type;      /* "0x83" or an upper-case GUID */
	const char *type_name; /* "Linux", "EFI System", "BIOS boot", ... or NULL */
	const char *partuuid;  /* lower case, as PARTUUID= has it, or NULL */
	const char *partlabel; /* GPT name, or NULL */
	bool active;           /* MBR active flag or GPT legacy-boot attribute */
};

struct volume_table {
	const char *scheme; /* "mbr", "gpt", or "none" */
	const char *
		disk_id; /* MBR disk signature (8 hex digits) or GPT disk GUID, or NULL */
	uint32_t sector_size;  /* the one in which the table made sense */
	const char *boot_code; /* what sector 0 holds: "grub" (its string is there),
				  "syslinux", "lilo", "windows", "other", or "none" (no
				  code) */
	VEC(struct volume) parts;
	strs remarks; /* what was odd but readable: "backup GPT header used: primary CRC"
		       */
};

/* Reads the table of one disk. A disk without one is scheme "none" with one volume
 * (number 0). Damage that hides partitions is an error (ERR_CORRUPT), never a shorter
 * list. */
int volume_read(struct blocks *disk, struct arena *a, struct volume_table *ret,
		struct err *e);
/* Frees the blocks of the parts. */
void volume_done(struct volume_table *t);
