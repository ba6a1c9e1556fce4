/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories ("FAT Directory Structure" in the specification): entries of 32 bytes, in a
 * chain of clusters or, in the root of FAT12 and FAT16, in a place of its own. A long
 * name stands in entries before that of its file, its last part first.
 */
#include <string.h>

#include "fat.h"
#include "limits.h"
#include "strmap.h"

enum {
	PIECE = 64 * 1024,
	ATTRIBUTE_LABEL = 0x08,
	ATTRIBUTE_DIR = 0x10,
	ATTRIBUTES_LONG = 0x0f,
	ATTRIBUTES = 0x3f,
	LAST_PART = 0x40, /* in the number of a part: it is the first one met */
	PART_UNITS = 13,
	PARTS = 20,
	NAME_UNITS = 255,
	LARGE_DIR = 16 * 1024, /* one that is asked often has its names remembered */
	ASKED_OFTEN = 8
};

/* The parts of a long name that were met. */
struct parts {
	uint16_t units[PARTS * PART_UNITS];
	unsigned n;    /* of all parts; 0: none were met */
	unsigned left; /* number of the part met last: 1 when all are there */
	uint8_t checksum;
};

struct dir {
	struct fat *x;
	uint64_t id;
	uint32_t first; /* cluster; 0: the root of FAT12 and FAT16 */
	uint64_t size;
};

struct dir_walk {
	struct dir dir;
	fat_entry_fn fn;
	void *ctx;
	struct parts parts;
	unsigned entries;
};

/* --- Bytes --- */

/* Asked for again for each use: who reads another file may replace it. */
static int map_of_dir(const struct dir *d, const struct map **ret, struct err *e)
{
	return fat_map_of(d->x, d->id, d->first, 0, ret, e);
}

static int open_dir(struct fat *x, uint64_t id, struct dir *ret, struct err *e)
{
	struct dir d = {.x = x, .id = id, .first = x->super.root_cluster};
	const struct map *map = NULL;
	struct fat_entry entry;
	int r = 0;

	if (id == FAT_ROOT && !x->super.is_32) {
		d.size = (uint64_t)x->super.root_entries * FAT_ENTRY;
		*ret = d;
		return 0;
	}
	if (id != FAT_ROOT) {
		r = fat_entry_read(x, id, &entry, e);
		if (r >= 0 && !entry.is_dir)
			r = err_set(e, ERR_USAGE, "it is not a directory");
		if (r < 0)
			return r;
		d.first = entry.first;
	}
	r = map_of_dir(&d, &map, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < map->n; i++)
		d.size += (uint64_t)map->runs[i].count * x->super.cluster;
	*ret = d;
	return 0;
}

static bool is_fixed(const struct dir *d)
{
	return d->id == FAT_ROOT && !d->x->super.is_32;
}

static int dir_read(const struct dir *d, uint64_t off, void *buf, size_t len,
		    struct err *e)
{
	const struct map_space space = fat_space(d->x);
	const struct map *map = NULL;
	int r;

	if (is_fixed(d))
		return blocks_read(d->x->blocks, d->x->super.root + off, buf, len, e);
	r = map_of_dir(d, &map, e);
	return r < 0 ? r : map_read(&space, map, off, buf, len, e);
}

/* The byte of the file system at which byte `off` of a directory lies. */
static int dir_byte(const struct dir *d, uint64_t off, uint64_t *ret, struct err *e)
{
	const uint32_t unit = d->x->super.cluster;
	const struct map *map = NULL;
	uint64_t cluster;
	int r;

	*ret = d->x->super.root + off;
	if (is_fixed(d))
		return 0;
	r = map_of_dir(d, &map, e);
	if (r < 0)
		return r;
	if (!map_disk(map, off / unit, &cluster))
		return err_set(e, ERR_BUG, "a directory with a hole");
	*ret = d->x->super.data + cluster * unit + off % unit;
	return 0;
}

/* --- Entries --- */

static void decode(const struct fat *x, struct slice raw, struct fat_entry *ret)
{
	struct reader r = reader_of(raw);

	rd_skip(&r, 11);
	ret->is_dir = rd_u8(&r) & ATTRIBUTE_DIR;
	rd_seek(&r, 20);
	ret->first = (uint32_t)rd_u16le(&r) << 16;
	if (x->super.bits != 32)
		ret->first = 0;
	rd_seek(&r, 26);
	ret->first |= rd_u16le(&r);
	ret->size = rd_u32le(&r);
}

int fat_entry_read(struct fat *x, uint64_t id, struct fat_entry *ret, struct err *e)
{
	struct fat_entry entry = {.id = id};
	uint8_t raw[FAT_ENTRY];
	int r = blocks_read(x->blocks, id, raw, sizeof(raw), e);

	if (r < 0)
		return r;
	decode(x, slice_of(raw, sizeof(raw)), &entry);
	*ret = entry;
	return 0;
}

/* A part that does not follow the one before it makes the whole name count for nothing:
 * then the file has its short name, as in Linux. */
static void add_part(struct parts *p, struct slice raw)
{
	static const uint8_t at[][2] = {{1, 5}, {14, 6}, {28, 2}}; /* offset, units */
	unsigned number = (unsigned)slice_at(raw, 0);
	struct reader r = reader_of(raw);
	uint8_t checksum = (uint8_t)slice_at(raw, 13);
	uint16_t *units;

	if (number & LAST_PART) {
		number &= ~(unsigned)LAST_PART;
		*p = (struct parts){.n = number, .left = number + 1};
		p->checksum = checksum;
	}
	if (number == 0 || number > PARTS || number + 1 != p->left ||
	    checksum != p->checksum) {
		p->n = 0;
		return;
	}
	p->left = number;
	units = p->units + (size_t)(number - 1) * PART_UNITS;
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		rd_seek(&r, at[i][0]);
		for (unsigned k = 0; k < at[i][1]; k++)
			*units++ = rd_u16le(&r);
	}
}

/* The long name, or none: false. */
static int long_name(const struct parts *p, struct slice short_raw, struct fat_name *ret,
		     bool *ret_there, struct err *e)
{
	size_t n = 0;

	*ret_there = p->n && p->left == 1 && p->checksum == fat_checksum(short_raw);
	if (!*ret_there)
		return 0;
	while (n < (size_t)p->n * PART_UNITS && p->units[n])
		n++;
	if (n > NAME_UNITS)
		return err_set(e, ERR_CORRUPT, "a name of %zu characters is not possible",
			       n);
	return fat_long_name(p->units, n, ret, e);
}

static int walk_file(struct dir_walk *w, struct slice raw, uint64_t off, struct err *e)
{
	struct slice short_raw = slice_of(raw.p, FAT_LABEL);
	struct fat_name name, other;
	struct fat_entry entry = {0};
	bool is_long = false;
	int r = long_name(&w->parts, short_raw, &name, &is_long, e);

	w->parts.n = 0;
	if (slice_has(raw, 0, ".          ", FAT_LABEL) ||
	    slice_has(raw, 0, "..         ", FAT_LABEL))
		return r;
	if (r >= 0)
		r = fat_short_name(short_raw, (unsigned)slice_at(raw, 12), &other, e);
	if (r >= 0)
		r = dir_byte(&w->dir, off, &entry.id, e);
	if (r < 0)
		return r;
	if (++w->entries > LIMIT_DIR_ENTRIES)
		return err_set(e, ERR_LIMIT, "the directory has more than %u entries",
			       LIMIT_DIR_ENTRIES);
	decode(w->dir.x, raw, &entry);
	entry.other = slice_of(other.text, other.n);
	entry.name = is_long ? slice_of(name.text, name.n) : entry.other;
	return w->fn(w->ctx, &entry, e);
}

/* 1 at the end of the directory; another positive number is the callback's. */
static int walk_entry(struct dir_walk *w, struct slice raw, uint64_t off, struct err *e)
{
	int first = slice_at(raw, 0), attributes = slice_at(raw, 11);

	if (first == 0)
		return 1;
	if (first == 0xe5) {
		w->parts.n = 0;
	} else if ((attributes & ATTRIBUTES) == ATTRIBUTES_LONG) {
		add_part(&w->parts, raw);
	} else if (attributes & ATTRIBUTE_LABEL) {
		w->parts.n = 0;
	} else {
		return walk_file(w, raw, off, e);
	}
	return 0;
}

int fat_dir_walk(struct fat *x, uint64_t dir, fat_entry_fn fn, void *ctx, struct err *e)
{
	_cleanup_free_ uint8_t *piece = malloc(PIECE);
	struct dir_walk w = {.fn = fn, .ctx = ctx};
	int r = piece ? open_dir(x, dir, &w.dir, e)
		      : err_set(e, ERR_NOMEM, "out of memory");

	for (uint64_t off = 0; r == 0 && off < w.dir.size; off += PIECE) {
		uint64_t left = w.dir.size - off;
		size_t n = left < PIECE ? (size_t)left : PIECE;
		struct slice raw;

		r = dir_read(&w.dir, off, piece, n, e);
		for (size_t at = 0;
		     r == 0 && slice_sub(slice_of(piece, n), at, FAT_ENTRY, &raw);
		     at += FAT_ENTRY)
			r = walk_entry(&w, raw, off + at, e);
	}
	return r;
}

/* --- Finding a name --- */

struct wanted {
	struct slice name;
	struct fat_entry *ret;
	bool found;
};

static int compare_entry(void *ctx, const struct fat_entry *entry, _unused_ struct err *e)
{
	struct wanted *w = ctx;

	w->found = slice_same_folded(entry->name, w->name) ||
		   slice_same_folded(entry->other, w->name);
	if (w->found)
		*w->ret = *entry;
	return w->found;
}

static struct slice folded(struct arena *a, struct slice name)
{
	char *copy = arena_strndup(a, name);

	for (char *c = copy; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	return slice_of(copy, copy ? name.n : 0);
}

static int add_name(void *ctx, const struct fat_entry *entry, struct err *e)
{
	struct fat_names *names = ctx;
	const struct slice both[] = {entry->name, entry->other};
	struct fat_entry *copy = arena_memdup(names->arena, entry, sizeof(*entry));

	if (!copy)
		return arena_full(names->arena, e);
	copy->name = copy->other = SLICE_NONE;
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		struct slice key = folded(names->arena, both[i]);

		/* The first of two equal names counts, as in a search. */
		if (!key.p ||
		    (!strmap_get(names->map, key) && !strmap_set(names->map, key, copy)))
			return arena_full(names->arena, e);
	}
	return 0;
}

static int learn_names(struct fat *x, uint64_t dir, struct err *e)
{
	struct fat_names *names = &x->names;
	int r;

	names->arena = arena_new(LIMIT_SCRATCH);
	names->map = names->arena ? strmap_new(names->arena) : NULL;
	r = names->map ? fat_dir_walk(x, dir, add_name, names, e)
		       : err_set(e, ERR_NOMEM, "out of memory");
	if (r < 0) {
		arena_free(names->arena);
		*names = (struct fat_names){0};
	}
	return r;
}

/* The entry from the names of the directory, when it is worth to know them all: 1; 0: it
 * is to be searched. */
static int find_known(struct fat *x, const struct dir *d, struct slice name,
		      const struct fat_entry **ret, struct err *e)
{
	struct arena_mark mark;
	struct slice key;
	int r = 0;

	if (d->size <= LARGE_DIR)
		return 0;
	if (x->names.dir != d->id) {
		arena_free(x->names.arena);
		x->names = (struct fat_names){.dir = d->id};
	}
	if (++x->names.asked < ASKED_OFTEN)
		return 0;
	if (!x->names.map)
		r = learn_names(x, d->id, e);
	if (r < 0)
		return r;
	mark = arena_mark(x->names.arena);
	key = folded(x->names.arena, name);
	*ret = key.p ? strmap_get(x->names.map, key) : NULL;
	r = key.p ? 1 : arena_full(x->names.arena, e);
	arena_rewind(x->names.arena, mark);
	return r;
}

int fat_dir_find(struct fat *x, uint64_t dir, struct slice name, struct fat_entry *ret,
		 struct err *e)
{
	const struct fat_entry *known = NULL;
	struct fat_entry entry;
	struct wanted w = {.name = name, .ret = &entry};
	struct dir d;
	int r = open_dir(x, dir, &d, e);

	if (r >= 0)
		r = find_known(x, &d, name, &known, e);
	if (r > 0 && known)
		entry = *known;
	else if (r == 0)
		r = fat_dir_walk(x, dir, compare_entry, &w, e);
	if (r < 0)
		return r;
	if (!known && !w.found)
		return err_set(e, ERR_ABSENT, "no such file or directory");
	entry.name = entry.other = SLICE_NONE;
	*ret = entry;
	return 0;
}
