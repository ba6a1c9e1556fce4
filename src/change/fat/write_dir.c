/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names: into a directory, which grows where it has to, and out of it.
 */
#include <string.h>

#include "limits.h"
#include "strmap.h"
#include "write.h"

enum {
	ATTRIBUTE_LABEL = 0x08,
	ATTRIBUTES = 0x3f,
	ATTRIBUTES_LONG = 0x0f,
	FREE = 0xe5,
	LAST_PART = 0x40
};

static const uint8_t *slot(const struct fat_dir *d, size_t at)
{
	return d->bytes + at * FAT_ENTRY;
}

static uint64_t slot_byte(const struct fat_writer *w, const struct fat_dir *d, size_t at)
{
	if (d->fixed)
		return w->super.root + at * FAT_ENTRY;
	return fat_chain_byte(w, &d->taken.chain, at * FAT_ENTRY);
}

/* --- Reading --- */

/* Makes the entries in memory as many as the directory has by now; new ones are zero. */
static int make_bytes(struct fat_writer *w, struct fat_dir *d, struct err *e)
{
	size_t n = d->fixed ? w->super.root_entries
			    : d->taken.chain.n * w->super.cluster / FAT_ENTRY;
	uint8_t *bytes;

	if (n * FAT_ENTRY > LIMIT_FAT_DIR)
		return err_set(e, ERR_REFUSED, "a directory cannot have so many names");
	bytes = realloc(d->bytes, n * FAT_ENTRY);
	if (!bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	memset(bytes + d->n * FAT_ENTRY, 0, (n - d->n) * FAT_ENTRY);
	d->bytes = bytes;
	d->n = n;
	return 0;
}

int fat_dir_take(struct fat_writer *w, const struct node *dir, struct fat_dir *ret,
		 struct err *e)
{
	_cleanup_fat_dir_ struct fat_dir d = {.fixed = dir->id == FAT_ROOT &&
						       !w->super.is_32};
	size_t step =
		d.fixed ? (size_t)w->super.root_entries * FAT_ENTRY : w->super.cluster;
	int r = fat_take(w, dir, NODE_DIR, &d.taken, e);

	if (r >= 0)
		r = make_bytes(w, &d, e);
	for (size_t off = 0; r >= 0 && off < d.n * FAT_ENTRY; off += step)
		r = blocks_read(w->blocks, slot_byte(w, &d, off / FAT_ENTRY),
				d.bytes + off, step, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < d.n && *slot(&d, i); i++)
		d.end = i + 1;
	*ret = d;
	d = (struct fat_dir){0};
	return 0;
}

/* --- Adding --- */

static bool is_file(const uint8_t *entry)
{
	return entry[0] != FREE && (entry[11] & ATTRIBUTES) != ATTRIBUTES_LONG &&
	       !(entry[11] & ATTRIBUTE_LABEL);
}

static int short_names(const struct fat_dir *d, struct arena *a, struct strmap **ret,
		       struct err *e)
{
	struct strmap *names = strmap_new(a);

	for (size_t i = 0; names && i < d->end; i++)
		if (is_file(slot(d, i)) &&
		    !strmap_set(names, slice_of(slot(d, i), FAT_LABEL), d->bytes))
			return arena_full(a, e);
	*ret = names;
	return names ? 0 : arena_full(a, e);
}

/* Where so many free entries lie together, or begin before the end. */
static size_t find_free(const struct fat_dir *d, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		n = i >= d->end || *slot(d, i) == FREE ? n + 1 : 0;
		if (n == count)
			return i + 1 - count;
	}
	return d->n - n;
}

static int grow(struct fat_writer *w, struct fat_dir *d, size_t entries, struct err *e)
{
	size_t old = d->taken.chain.n;
	int r;

	if (entries <= d->n)
		return 0;
	if (d->fixed)
		return err_set(e, ERR_REFUSED,
			       "there is no room: the root directory has no place for "
			       "another name");
	r = fat_chain_resize(w, &d->taken.chain,
			     (size_t)fat_clusters(w, entries * FAT_ENTRY), e);
	if (r >= 0)
		r = make_bytes(w, d, e);
	return r < 0 ? r
		     : fat_chain_write(w, &d->taken.chain,
				       (uint64_t)old * w->super.cluster, SLICE_NONE, e);
}

static int put_slot(struct fat_writer *w, struct fat_dir *d, size_t at,
		    const uint8_t *entry, struct err *e)
{
	memcpy(d->bytes + at * FAT_ENTRY, entry, FAT_ENTRY);
	return blocks_write(w->blocks, slot_byte(w, d, at), entry, FAT_ENTRY, e);
}

/* What lies behind the end counts for nothing, and has to go on doing so. */
static int move_end(struct fat_writer *w, struct fat_dir *d, size_t end, struct err *e)
{
	static const uint8_t nothing[FAT_ENTRY];

	if (end <= d->end)
		return 0;
	d->end = end;
	return end < d->n && *slot(d, end) ? put_slot(w, d, end, nothing, e) : 0;
}

int fat_dir_add(struct fat_writer *w, struct fat_dir *d, struct slice name,
		const uint8_t *raw, uint64_t *ret_id, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	struct strmap *names = NULL;
	struct fat_new_name new;
	uint8_t entry[FAT_ENTRY];
	size_t at;
	int r = a ? short_names(d, a, &names, e) : err_set(e, ERR_NOMEM, "out of memory");

	if (r >= 0)
		r = fat_name_make(name, names, &new, e);
	if (r < 0)
		return r;
	at = find_free(d, new.n + 1);
	r = grow(w, d, at + new.n + 1, e);
	for (size_t i = 0; r >= 0 && i < new.n; i++)
		r = put_slot(w, d, at + i, new.slots[i], e);
	if (r < 0)
		return r;
	memcpy(entry, raw, sizeof(entry));
	memcpy(entry, new.raw, sizeof(new.raw));
	r = put_slot(w, d, at + new.n, entry, e);
	if (r >= 0)
		r = move_end(w, d, at + new.n + 1, e);
	*ret_id = slot_byte(w, d, at + new.n);
	return r;
}

/* --- Removing --- */

static int free_slot(struct fat_writer *w, struct fat_dir *d, size_t at, struct err *e)
{
	uint8_t entry[FAT_ENTRY];

	memcpy(entry, slot(d, at), sizeof(entry));
	entry[0] = FREE;
	return put_slot(w, d, at, entry, e);
}

int fat_dir_remove(struct fat_writer *w, struct fat_dir *d, uint64_t id, struct err *e)
{
	uint8_t checksum;
	size_t at = 0;
	int r;

	while (at < d->end && slot_byte(w, d, at) != id)
		at++;
	if (at == d->end)
		return err_set(e, ERR_USAGE, "the directory has no such file");
	checksum = fat_checksum(slice_of(slot(d, at), FAT_LABEL));
	r = free_slot(w, d, at, e);
	/* The entries of its long name, the last part first. */
	for (bool last = false; r >= 0 && !last && at-- > 0;) {
		const uint8_t *part = slot(d, at);

		if (part[0] == FREE || (part[11] & ATTRIBUTES) != ATTRIBUTES_LONG ||
		    part[13] != checksum)
			break;
		last = part[0] & LAST_PART;
		r = free_slot(w, d, at, e);
	}
	return r;
}
