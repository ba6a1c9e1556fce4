/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the bytes of files lie: runs of equal units (blocks of ext, clusters of FAT), and
 * the maps of the files that were read last.
 */
#pragma once

#include "blocks.h"

/* `count` units of a file from unit `at` are those of the disk from `disk`. */
struct map_run {
	uint64_t at, disk;
	uint32_t count;
};

/* The runs of one file, in order, holes left out. All zero is an empty map. */
struct map {
	struct map_run *runs;
	size_t n, cap;
	uint64_t file; /* its number; 0: the map is of no file */
	uint64_t used;
};

/* What a map's numbers stand for: unit 0 of the disk begins at byte `origin`. */
struct map_space {
	struct blocks *blocks;
	uint64_t origin;
	uint32_t unit; /* bytes */
};

/* Adds a run behind those there are. The caller has checked where it lies. */
int map_add(struct map *m, uint64_t at, uint64_t count, uint64_t disk, struct err *e);
/* Reads [off, off + len) of the file: one read for each run, zeroes for holes. */
int map_read(const struct map_space *s, const struct map *m, uint64_t off, void *buf,
	     size_t len, struct err *e);
/* Where all of the file's bytes lie, see blocks_where(). */
int map_where(const struct map_space *s, const struct map *m, blocks_piece_fn fn,
	      void *ctx, struct err *e);
/* Puts the unit of the disk that holds unit `at` of the file into *ret; false for a hole.
 */
_must_check_ bool map_disk(const struct map *m, uint64_t at, uint64_t *ret);
/* The first unit at or behind `at` that is mapped; false without one. */
_must_check_ bool map_next(const struct map *m, uint64_t at, uint64_t *ret);
/* Is every unit of [first, first + count) mapped? */
bool map_covers(const struct map *m, uint64_t first, uint64_t count);

enum { MAPS_KEPT = 8 };

struct maps {
	struct map kept[MAPS_KEPT];
	uint64_t clock;
};

/* The map of a file, or NULL. Borrowed until the next maps_replace(). */
const struct map *maps_find(struct maps *maps, uint64_t file);
/* The map that was not used for longest, emptied: fill it, then maps_keep() it. */
struct map *maps_replace(struct maps *maps);
void maps_keep(struct maps *maps, struct map *m, uint64_t file);
void maps_done(struct maps *maps);
