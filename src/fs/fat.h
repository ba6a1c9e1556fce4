/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * FAT12, FAT16 and FAT32, as on EFI system partitions (Microsoft's "FAT: General Overview
 * of On-Disk Format", 1.03, here "the specification"). Reading only; change/fat/ writes.
 * A chain of clusters is followed no further than its file's size, and no cluster belongs
 * to two files or twice to one.
 */
#pragma once

#include "fs.h"
#include "map.h"

extern const struct fs_driver fs_fat;

/* The fields of the first sector, and what follows from them once they were checked. */
struct fat_super {
	uint16_t sector, reserved, root_entries, flags, version;
	uint8_t per_cluster, fats, media, state;
	uint32_t fat_sectors, sectors, root_cluster, serial;
	bool is_32; /* has the fields of FAT32 */
	/* Of fat_super_check(): */
	unsigned bits;              /* 12, 16 or 32: an entry of the table of chains */
	uint32_t clusters;          /* their numbers are 2 to clusters + 1 */
	uint32_t cluster;           /* bytes of one */
	uint64_t table, root, data; /* bytes at which these parts begin */
};

/* The length of an entry of a directory, and the one of a volume's label. */
enum { FAT_ENTRY = 32, FAT_LABEL = 11 };

/* 1 and the fields when the sector looks like FAT's first, else 0. */
int fat_super_read(struct blocks *b, struct fat_super *ret, struct err *e);
/* Do its sizes fit each other and these blocks? */
int fat_super_check(struct fat_super *s, const struct blocks *b, struct err *e);
/* What it is called, for UUID= and LABEL=. The label of the first sector is often stale
 * and counts for nothing: the one in the root directory is what systems show. */
int fat_super_identity(const struct fat_super *s, struct blocks *b, struct arena *a,
		       struct fs_identity *ret, struct err *e);

/* The number of the root directory, which has no entry. Other files have the byte at
 * which their entry lies. */
enum { FAT_ROOT = 1 };

struct fat {
	struct fs fs;
	struct blocks *blocks;
	struct fat_super super;
	struct maps maps;
	uint8_t *taken;       /* a bit a cluster: it belongs to a file that was read */
	struct arena *arena;  /* of the two below */
	struct strmap *heads; /* first cluster to struct fat_head */
	struct fat_names {    /* of a large directory that was searched often */
		struct arena *arena;
		struct strmap *map; /* name, folded, to struct fat_entry */
		uint64_t dir;
		unsigned asked;
	} names;
};

/* The map of a file that begins at cluster `first` and has `count` of them, or, when
 * `count` is 0, as many as its chain has (a directory). */
int fat_map_of(struct fat *x, uint64_t file, uint32_t first, uint64_t count,
	       const struct map **ret, struct err *e);
/* The clusters that maps speak of. */
struct map_space fat_space(const struct fat *x);
/* The first two entries of the table hold no chain: *ret is the one numbered `at`. */
int fat_table_entry(const struct fat *x, uint32_t at, uint32_t *ret, struct err *e);

/* An entry of a directory. */
struct fat_entry {
	uint64_t id;
	struct slice name, other; /* the long name and the short one; equal without one */
	bool is_dir;
	uint32_t first, size;
};

/* The entry that a number stands for; without its names. */
int fat_entry_read(struct fat *x, uint64_t id, struct fat_entry *ret, struct err *e);
/* A positive return ends the walk, a negative one is passed on. Names are borrowed until
 * the callback returns. */
typedef int (*fat_entry_fn)(void *ctx, const struct fat_entry *entry, struct err *e);
int fat_dir_walk(struct fat *x, uint64_t dir, fat_entry_fn fn, void *ctx, struct err *e);
/* The entry with that name, in any case; ERR_ABSENT without one. */
int fat_dir_find(struct fat *x, uint64_t dir, struct slice name, struct fat_entry *ret,
		 struct err *e);

/* The names of an entry in UTF-8. */
struct fat_name {
	char text[1024];
	size_t n;
};
/* `raw` are the 11 bytes of a short name, `flags` the byte that tells which parts of it
 * are shown in lower case. */
int fat_short_name(struct slice raw, unsigned flags, struct fat_name *ret, struct err *e);
/* `units` are UTF-16, up to a NUL. */
int fat_long_name(const uint16_t *units, size_t n, struct fat_name *ret, struct err *e);
uint8_t fat_checksum(struct slice raw);
