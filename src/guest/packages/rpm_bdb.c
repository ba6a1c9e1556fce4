/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm_bdb.h"

#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "packages/rpm_db.h"

#define MAGIC_HASH  0x061561u
#define MAGIC_BTREE 0x053162u

/* Fields of the first page. */
enum {
	META_SIZE = 512,
	META_MAGIC = 12,
	META_VERSION = 16,
	META_PAGE_SIZE = 20,
	META_ENCRYPTION = 24,
	META_FLAGS = 26,
	META_LAST_PAGE = 32,
	META_MAX_BUCKET = 72,
	META_HIGH_MASK = 76,
	META_LOW_MASK = 80,
	META_ROOT = 88, /* of a B-tree; a hash table has the number of pairs there */
	META_HASH_CHECK = 92,
	META_SPARES = 96,
};

/* Pages of a chain lie behind one another mostly: so many are read at once. */
enum { RUN_PAGES = 64 };

uint16_t bdb_u16(const struct bdb *db, struct slice s, uint64_t off)
{
	struct reader r = reader_of(s);

	rd_seek(&r, off);
	return db->big_endian ? rd_u16be(&r) : rd_u16le(&r);
}

uint32_t bdb_u32(const struct bdb *db, struct slice s, uint64_t off)
{
	struct reader r = reader_of(s);

	rd_seek(&r, off);
	return db->big_endian ? rd_u32be(&r) : rd_u32le(&r);
}

static bool find_kind(struct bdb *db, struct slice meta)
{
	for (int big = 0; big < 2; big++) {
		uint32_t magic;

		db->big_endian = big;
		magic = bdb_u32(db, meta, META_MAGIC);
		if (magic == MAGIC_HASH || magic == MAGIC_BTREE) {
			db->kind = magic == MAGIC_HASH ? BDB_HASH : BDB_BTREE;
			return true;
		}
	}
	return false;
}

static int check_version(const struct bdb *db, struct slice meta, struct err *e)
{
	uint32_t lowest = db->kind == BDB_HASH ? 7 : 8;

	if (db->version < lowest || db->version > 9)
		return err_set(
			e, ERR_UNSUPPORTED,
			"a Berkeley DB %s of version %" PRIu32 ", which no rpm wrote",
			db->kind == BDB_HASH ? "hash table" : "B-tree", db->version);
	if (slice_at(meta, META_ENCRYPTION) != 0)
		return err_set(e, ERR_UNSUPPORTED, "an encrypted Berkeley DB file");
	if (slice_at(meta, META_FLAGS) != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "a Berkeley DB file with checksums or partitions");
	return 0;
}

static int check_geometry(const struct bdb *db, struct err *e)
{
	uint64_t size = ((uint64_t)db->last_page + 1) * db->page_size;

	if (db->page_size < META_SIZE || db->page_size > 65536 ||
	    (db->page_size & (db->page_size - 1)) != 0)
		return err_set(e, ERR_CORRUPT, "a page size of %" PRIu32 " bytes",
			       db->page_size);
	if (db->file->size < size)
		return err_set(e, ERR_CORRUPT,
			       "cut short: it has %" PRIu64 " bytes instead of %" PRIu64,
			       db->file->size, size);
	if (db->kind == BDB_BTREE)
		return 0;
	/* The table has buckets 0 to max_bucket; the masks are those of the powers of two
	 * around that. */
	if (db->max_bucket > db->last_page || db->high_mask < db->max_bucket ||
	    (db->high_mask & (db->high_mask + 1)) != 0 ||
	    db->low_mask != db->high_mask >> 1 || db->low_mask > db->max_bucket)
		return err_set(e, ERR_CORRUPT,
			       "the hash table's size and its masks disagree");
	return 0;
}

int bdb_open(struct blocks *file, struct bdb *ret, struct err *e)
{
	struct bdb db = {.file = file};
	uint8_t bytes[META_SIZE];
	struct slice meta = slice_of(bytes, sizeof(bytes));
	int r = rpmdb_check_size(file, e);

	if (r < 0)
		return r;
	if (file->size < META_SIZE)
		return err_set(e, ERR_CORRUPT, "with %" PRIu64 " bytes it is no database",
			       file->size);
	r = blocks_read(file, 0, bytes, sizeof(bytes), e);
	if (r < 0)
		return r;
	if (!find_kind(&db, meta))
		return err_set(e, ERR_CORRUPT, "it is no Berkeley DB file");
	db.version = bdb_u32(&db, meta, META_VERSION);
	db.page_size = bdb_u32(&db, meta, META_PAGE_SIZE);
	db.last_page = bdb_u32(&db, meta, META_LAST_PAGE);
	db.max_bucket = bdb_u32(&db, meta, META_MAX_BUCKET);
	db.high_mask = bdb_u32(&db, meta, META_HIGH_MASK);
	db.low_mask = bdb_u32(&db, meta, META_LOW_MASK);
	db.root = db.records = bdb_u32(&db, meta, META_ROOT);
	db.hash_check = bdb_u32(&db, meta, META_HASH_CHECK);
	for (size_t i = 0; i < ARRAY_LEN(db.spares); i++)
		db.spares[i] = bdb_u32(&db, meta, META_SPARES + 4 * i);
	r = check_version(&db, meta, e);
	if (r >= 0)
		r = check_geometry(&db, e);
	if (r < 0)
		return r;
	*ret = db;
	return 0;
}

int bdb_page_decode(const struct bdb *db, uint32_t number, struct slice bytes,
		    struct bdb_page *ret, struct err *e)
{
	struct bdb_page p = {
		.number = number,
		.prev = bdb_u32(db, bytes, 12),
		.next = bdb_u32(db, bytes, 16),
		.entries = bdb_u16(db, bytes, 20),
		.length = bdb_u16(db, bytes, 22),
		.level = (uint8_t)slice_at(bytes, 24),
		.type = (uint8_t)slice_at(bytes, 25),
		.bytes = bytes,
	};

	/* A page that was never written is empty. */
	if (p.type != BDB_PAGE_NEW && bdb_u32(db, bytes, 8) != number)
		return err_set(e, ERR_CORRUPT,
			       "page %" PRIu32 " says it is page %" PRIu32, number,
			       bdb_u32(db, bytes, 8));
	*ret = p;
	return 0;
}

int bdb_page(struct bdb *db, uint32_t number, struct arena *a, struct bdb_page *ret,
	     struct err *e)
{
	uint8_t *copy;
	int r;

	if (number == 0 || number > db->last_page)
		return err_set(e, ERR_CORRUPT, "page %" PRIu32 " of %" PRIu32, number,
			       db->last_page);
	if (db->pages && db->pages[number].n)
		return bdb_page_decode(db, number, db->pages[number], ret, e);
	copy = arena_alloc(a, db->page_size);
	if (!copy)
		return arena_full(a, e);
	r = blocks_read(db->file, (uint64_t)number * db->page_size, copy, db->page_size,
			e);
	if (r < 0)
		return r;
	return bdb_page_decode(db, number, slice_of(copy, db->page_size), ret, e);
}

uint16_t bdb_item_at(const struct bdb *db, const struct bdb_page *page, uint32_t i)
{
	return bdb_u16(db, page->bytes, BDB_PAGE_HEAD + 2 * (uint64_t)i);
}

int bdb_visit(struct bdb *db, struct err *e)
{
	if (db->visits++ > db->last_page)
		return err_set(e, ERR_CORRUPT, "its pages form a loop");
	return 0;
}

/* A chain of overflow pages on its way into one buffer. */
struct chain {
	struct bdb *db;
	uint8_t *to;
	uint32_t length, done;
	uint32_t prev, next;
};

static int take_page(struct chain *c, uint32_t number, struct slice bytes, struct err *e)
{
	uint32_t left = c->length - c->done, most = c->db->page_size - BDB_PAGE_HEAD;
	struct reader r = reader_of(bytes);
	struct bdb_page p;
	int q = bdb_page_decode(c->db, number, bytes, &p, e);

	if (q < 0)
		return q;
	/* All pages but the last are full. */
	if (p.type != BDB_PAGE_OVERFLOW || p.prev != c->prev ||
	    p.length != (left < most ? left : most))
		return err_set(e, ERR_CORRUPT,
			       "page %" PRIu32 " is not the next of its chain", number);
	rd_seek(&r, BDB_PAGE_HEAD);
	rd_copy(&r, c->to + c->done, p.length);
	c->done += p.length;
	c->prev = number;
	c->next = p.next;
	return 0;
}

/* Reads pages from c->next on, as long as each is followed by its neighbour. */
static int take_run(struct chain *c, uint8_t *buffer, uint32_t pages, struct err *e)
{
	const struct bdb *db = c->db;
	uint32_t first = c->next;
	struct slice all = slice_of(buffer, (size_t)pages * db->page_size), bytes;
	int r = blocks_read(db->file, (uint64_t)first * db->page_size, buffer, all.n, e);

	for (uint32_t i = 0; r >= 0 && i < pages && c->next == first + i; i++) {
		if (!slice_sub(all, (uint64_t)i * db->page_size, db->page_size, &bytes))
			return err_set(e, ERR_BUG, "a page outside of its run");
		r = take_page(c, first + i, bytes, e);
	}
	return r;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int read_chain(struct chain *c, uint8_t *buffer, struct err *e)
{
	uint32_t most = c->db->page_size - BDB_PAGE_HEAD, run = RUN_PAGES;

	while (c->done < c->length) {
		uint32_t first = c->next, pages, got;
		uint32_t before = c->done;
		int r;

		if (first == 0 || first > c->db->last_page)
			return err_set(e, ERR_CORRUPT,
				       "a chain of overflow pages ends after %" PRIu32
				       " of %" PRIu32 " bytes",
				       c->done, c->length);
		pages = min_u32(run, (c->length - c->done + most - 1) / most);
		pages = min_u32(pages, c->db->last_page - first + 1);
		r = take_run(c, buffer, pages, e);
		if (r < 0)
			return r;
		/* In a scattered chain little is read in vain. */
		got = (c->done - before + most - 1) / most;
		run = got < pages ? 1 : min_u32(run * 2, RUN_PAGES);
	}
	if (c->next != 0)
		return err_set(e, ERR_CORRUPT,
			       "a chain of overflow pages is longer than its %" PRIu32
			       " bytes",
			       c->length);
	return 0;
}

int bdb_item_bytes(struct bdb *db, const struct bdb_item *item, struct arena *a,
		   struct slice *ret, struct err *e)
{
	_cleanup_free_ uint8_t *buffer = NULL;
	struct chain c = {.db = db, .length = item->length, .next = item->page};
	int r;

	if (!item->off_page) {
		*ret = item->bytes;
		return 0;
	}
	if (c.length > LIMIT_RPM_HEADER)
		return err_set(e, ERR_LIMIT,
			       "a record has %" PRIu32 " bytes; at most %zu are read",
			       c.length, LIMIT_RPM_HEADER);
	/* Before memory is taken for it. */
	if (c.length == 0 || c.length > db->file->size)
		return err_set(e, ERR_CORRUPT, "a record of %" PRIu32 " bytes", c.length);
	c.to = arena_alloc(a, c.length);
	if (!c.to)
		return arena_full(a, e);
	buffer = malloc((size_t)RUN_PAGES * db->page_size);
	if (!buffer)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = read_chain(&c, buffer, e);
	if (r < 0)
		return err_wrap(e, "page %" PRIu32, item->page);
	*ret = slice_of(c.to, c.length);
	return 0;
}
