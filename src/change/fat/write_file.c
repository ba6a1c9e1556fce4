/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files: taken as their entries say, changed, made and removed. FAT has neither owners
 * nor modes, so a new file is like any other.
 */
#include <inttypes.h>
#include <string.h>

#include "limits.h"
#include "put.h"
#include "write.h"

enum {
	ATTRIBUTES_AT = 11,
	MADE_AT = 13, /* hundredths, time, date */
	USED_AT = 18,
	FIRST_HIGH_AT = 20,
	WRITTEN_AT = 22, /* time, date */
	FIRST_LOW_AT = 26,
	SIZE_AT = 28,
	ATTRIBUTE_LABEL = 0x08,
	ATTRIBUTE_DIR = 0x10,
	ATTRIBUTE_ARCHIVE = 0x20,
	FREE = 0xe5
};

/* --- Times --- */

enum { DAY = 86400, FIRST_YEAR = 1980, LAST_YEAR = 2107 };

/* Days since 1970 to a date, after Hinnant's "chrono-Compatible Low-Level Date
 * Algorithms": years begin in March there, so that the day of a leap year is the last. */
static unsigned date_of(int64_t days)
{
	int64_t since = days + 719468, era = since / 146097;
	unsigned of_era = (unsigned)(since - era * 146097);
	unsigned years =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * years + years / 4 - years / 100);
	unsigned moved = (5 * of_year + 2) / 153;
	unsigned day = of_year - (153 * moved + 2) / 5 + 1;
	unsigned month = moved < 10 ? moved + 3 : moved - 9;
	int64_t year = (int64_t)years + era * 400 + (month <= 2);

	if (year < FIRST_YEAR)
		return 1u << 5 | 1;
	if (year > LAST_YEAR)
		return (LAST_YEAR - FIRST_YEAR) << 9 | 12u << 5 | 31;
	return (unsigned)(year - FIRST_YEAR) << 9 | month << 5 | day;
}

/* Times of FAT have no zone; Linux takes them for UTC unless it is told another. */
void fat_stamp(uint8_t *raw, int64_t now, bool is_new)
{
	unsigned seconds = (unsigned)(now < 0 ? 0 : now % DAY);
	unsigned date = date_of(now < 0 ? 0 : now / DAY);
	unsigned time = seconds / 3600 << 11 | seconds / 60 % 60 << 5 | seconds % 60 / 2;

	put_le(raw + USED_AT, 2, date);
	put_le(put_le(raw + WRITTEN_AT, 2, time), 2, date);
	if (is_new)
		put_le(put_le(put_le(raw + MADE_AT, 1, seconds % 2 * 100), 2, time), 2,
		       date);
}

/* --- Taking --- */

static bool was_changed(const struct fat_writer *w, uint64_t id)
{
	for (size_t i = 0; i < w->changed.n; i++)
		if (w->changed.v[i] == id)
			return true;
	return false;
}

static int note_change(struct fat_writer *w, uint64_t id, struct err *e)
{
	return was_changed(w, id) || vec_push(w->arena, &w->changed, id)
		       ? 0
		       : arena_full(w->arena, e);
}

/* Is it still the entry that the caller saw? */
static int compare(const struct fat_writer *w, const struct fat_taken *t,
		   const struct node *node, struct err *e)
{
	unsigned first = t->raw[0], attributes = t->raw[ATTRIBUTES_AT];
	bool is_dir = attributes & ATTRIBUTE_DIR;

	if (first == 0 || first == FREE || (attributes & ATTRIBUTE_LABEL) ||
	    is_dir != (node->type == NODE_DIR) ||
	    (!is_dir && !was_changed(w, node->id) && t->entry.size != node->size))
		return err_set(e, ERR_USAGE, "it is not what it was when it was found");
	return 0;
}

static int take_entry(struct fat_writer *w, const struct node *node, struct fat_taken *t,
		      struct err *e)
{
	_cleanup_fat_look_ struct fat *reader = NULL;
	int r;

	if (node->id < w->super.root || (node->id - w->super.root) % FAT_ENTRY)
		return err_set(e, ERR_USAGE, "it is no file of this file system");
	r = fat_writer_look(w, &reader, e);
	if (r >= 0)
		r = fat_entry_read(reader, node->id, &t->entry, e);
	if (r >= 0)
		r = blocks_read(w->blocks, node->id, t->raw, sizeof(t->raw), e);
	return r < 0 ? r : compare(w, t, node, e);
}

int fat_take(struct fat_writer *w, const struct node *node, enum node_type want,
	     struct fat_taken *ret, struct err *e)
{
	_cleanup_fat_taken_ struct fat_taken t = {.id = node->id};
	uint64_t size;
	int r = 0;

	if (node->type != want)
		return err_set(e, ERR_USAGE, "it is no %s",
			       want == NODE_DIR ? "directory" : "regular file");
	if (node->id == FAT_ROOT)
		t.entry = (struct fat_entry){
			.is_dir = true,
			.first = w->super.is_32 ? w->super.root_cluster : 0};
	else
		r = take_entry(w, node, &t, e);
	if (r >= 0)
		r = fat_chain_read(w, t.entry.first, &t.chain, e);
	size = t.entry.is_dir ? node->id != FAT_ROOT : t.entry.size;
	if (r >= 0 && t.chain.n < fat_clusters(w, size))
		r = err_set(e, ERR_REFUSED,
			    "it has fewer clusters than its size takes: run fsck.fat");
	if (r < 0)
		return r;
	*ret = t;
	t.chain = (struct fat_chain){0};
	return 0;
}

static void set_first(uint8_t *raw, uint32_t first, bool wide)
{
	if (wide)
		put_le(raw + FIRST_HIGH_AT, 2, first >> 16);
	put_le(raw + FIRST_LOW_AT, 2, first & 0xffff);
}

static uint32_t first_of(const struct fat_chain *c)
{
	return c->n ? c->v[0] : 0;
}

int fat_taken_put(struct fat_writer *w, struct fat_taken *t, uint32_t size, struct err *e)
{
	int r = note_change(w, t->id, e);

	if (r < 0 || t->id == FAT_ROOT)
		return r;
	set_first(t->raw, first_of(&t->chain), w->super.bits == 32);
	put_le(t->raw + SIZE_AT, 4, size);
	if (!t->entry.is_dir)
		t->raw[ATTRIBUTES_AT] |= ATTRIBUTE_ARCHIVE;
	fat_stamp(t->raw, w->now, false);
	return blocks_write(w->blocks, t->id, t->raw, sizeof(t->raw), e);
}

static void wrote(uint64_t id, bool is_dir, uint64_t size, struct fs_wrote *ret)
{
	*ret = (struct fs_wrote){.node = {.id = id,
					  .type = is_dir ? NODE_DIR : NODE_FILE,
					  .size = size,
					  .mode = 0755},
				 .links = 1};
}

/* --- Changing --- */

static int check_size(uint64_t size, struct err *e)
{
	return size <= UINT32_MAX
		       ? 0
		       : err_set(e, ERR_REFUSED, "a file of FAT has less than 4 GiB");
}

static int change(struct fs_writer *writer, const struct node *file, bool append,
		  struct slice bytes, struct fs_wrote *ret, struct err *e)
{
	struct fat_writer *w = (struct fat_writer *)writer;
	_cleanup_fat_taken_ struct fat_taken t = {0};
	uint64_t off, end;
	int r = fat_take(w, file, NODE_FILE, &t, e);

	if (r < 0)
		return r;
	off = append ? t.entry.size : 0;
	end = off + bytes.n;
	r = check_size(end, e);
	if (r >= 0)
		r = fat_chain_resize(w, &t.chain, (size_t)fat_clusters(w, end), e);
	if (r >= 0)
		r = fat_chain_write(w, &t.chain, off, bytes, e);
	if (r >= 0)
		r = fat_taken_put(w, &t, (uint32_t)end, e);
	if (r < 0)
		return r;
	wrote(t.id, false, end, ret);
	return fat_table_write(w, e);
}

int fat_write_replace(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e)
{
	return change(w, file, false, bytes, ret, e);
}

int fat_write_append(struct fs_writer *w, const struct node *file, struct slice bytes,
		     struct fs_wrote *ret, struct err *e)
{
	return change(w, file, true, bytes, ret, e);
}

/* --- Making --- */

/* What the directory has under that name: 1 and the entry, or 0. */
static int find(struct fat_writer *w, const struct node *dir, struct slice name,
		struct fat_entry *ret, struct err *e)
{
	_cleanup_fat_look_ struct fat *reader = NULL;
	struct err why = ERR_INIT;
	int r = fat_writer_look(w, &reader, e);

	if (r >= 0 && fat_dir_find(reader, dir->id, name, ret, &why) >= 0)
		return 1;
	if (r < 0 || why.code == ERR_ABSENT)
		return r;
	*e = why;
	return -(int)why.code;
}

/* The entries of a new directory for itself and for the one above it. */
static void first_entries(const struct fat_writer *w, uint32_t self, uint32_t above,
			  uint8_t *to)
{
	const uint32_t clusters[] = {self, above};

	for (size_t i = 0; i < ARRAY_LEN(clusters); i++, to += FAT_ENTRY) {
		memset(to, 0, FAT_ENTRY);
		memset(to, ' ', FAT_LABEL);
		memset(to, '.', i + 1);
		to[ATTRIBUTES_AT] = ATTRIBUTE_DIR;
		set_first(to, clusters[i], w->super.bits == 32);
		fat_stamp(to, w->now, true);
	}
}

/* Data, entry and names of a new file; of a directory when `bytes` is not its data. */
static int make(struct fat_writer *w, const struct node *dir, struct slice name,
		struct slice bytes, bool is_dir, struct fs_wrote *ret, struct err *e)
{
	_cleanup_fat_dir_ struct fat_dir d = {0};
	_cleanup_fat_chain_ struct fat_chain chain = {0};
	uint8_t raw[FAT_ENTRY] = {0}, own[2 * FAT_ENTRY];
	uint64_t id = 0;
	int r = fat_dir_take(w, dir, &d, e);

	if (r >= 0)
		r = check_size(bytes.n, e);
	if (r >= 0)
		r = fat_chain_resize(w, &chain,
				     is_dir ? 1 : (size_t)fat_clusters(w, bytes.n), e);
	if (r < 0)
		return r;
	if (is_dir) {
		/* The root is 0 there, also in FAT32. */
		first_entries(w, first_of(&chain),
			      dir->id == FAT_ROOT ? 0 : d.taken.entry.first, own);
		bytes = slice_of(own, sizeof(own));
	}
	raw[ATTRIBUTES_AT] = is_dir ? ATTRIBUTE_DIR : ATTRIBUTE_ARCHIVE;
	set_first(raw, first_of(&chain), w->super.bits == 32);
	put_le(raw + SIZE_AT, 4, is_dir ? 0 : bytes.n);
	fat_stamp(raw, w->now, true);
	r = fat_dir_add(w, &d, name, raw, &id, e);
	if (r >= 0)
		r = note_change(w, id, e);
	if (r >= 0)
		r = fat_chain_write(w, &chain, 0, bytes, e);
	if (r >= 0)
		r = fat_taken_put(w, &d.taken, 0, e);
	if (r < 0)
		return r;
	wrote(id, is_dir, is_dir ? 0 : bytes.n, ret);
	return fat_table_write(w, e);
}

int fat_write_create(struct fs_writer *writer, const struct node *dir,
		     const struct fs_new *new, struct slice bytes, struct fs_wrote *ret,
		     struct err *e)
{
	struct fat_writer *w = (struct fat_writer *)writer;
	struct fat_entry there;
	int r = find(w, dir, new->name, &there, e);

	if (r > 0)
		r = err_set(e, ERR_USAGE, "there is a file of that name");
	return r < 0 ? r : make(w, dir, new->name, bytes, false, ret, e);
}

int fat_write_mkdir(struct fs_writer *writer, const struct node *dir,
		    const struct fs_new *new, struct fs_wrote *ret, struct err *e)
{
	struct fat_writer *w = (struct fat_writer *)writer;
	struct fat_entry there;
	int r = find(w, dir, new->name, &there, e);

	if (r < 0)
		return r;
	if (r == 0)
		return make(w, dir, new->name, SLICE_NONE, true, ret, e);
	if (!there.is_dir)
		return err_set(e, ERR_USAGE, "there is a file of that name");
	wrote(there.id, true, 0, ret);
	return 0;
}

int fat_write_unlink(struct fs_writer *writer, const struct node *dir, struct slice name,
		     const struct node *file, struct err *e)
{
	struct fat_writer *w = (struct fat_writer *)writer;
	_cleanup_fat_dir_ struct fat_dir d = {0};
	_cleanup_fat_taken_ struct fat_taken t = {0};
	struct fat_entry there;
	int r = fat_take(w, file, NODE_FILE, &t, e);

	if (r >= 0)
		r = find(w, dir, name, &there, e);
	if (r >= 0 && (r == 0 || there.id != file->id))
		r = err_set(e, ERR_USAGE, "the directory has no such file");
	if (r >= 0)
		r = fat_dir_take(w, dir, &d, e);
	if (r >= 0)
		r = fat_dir_remove(w, &d, t.id, e);
	if (r >= 0)
		r = fat_chain_resize(w, &t.chain, 0, e);
	if (r >= 0)
		r = note_change(w, t.id, e);
	if (r >= 0)
		r = fat_taken_put(w, &d.taken, 0, e);
	return r < 0 ? r : fat_table_write(w, e);
}
