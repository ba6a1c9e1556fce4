/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hash tables of Berkeley DB: bucket n begins on page n + spares[ceil(log2(n + 1))], more
 * of it follows on the pages that page names next. Items fill a page from its end, in
 * pairs of key and value.
 */
#include <inttypes.h>

#include "packages/rpm_bdb.h"

enum item_type {
	ITEM_BYTES = 1,
	ITEM_OFF_PAGE = 3,
};

enum { OFF_PAGE_SIZE = 12 };

static int decode_item(const struct bdb *db, const struct bdb_page *page, uint32_t i,
		       struct bdb_item *ret, struct err *e)
{
	uint64_t at = bdb_item_at(db, page, i);
	uint64_t end = i ? bdb_item_at(db, page, i - 1) : db->page_size;
	uint64_t index_end = BDB_PAGE_HEAD + 2 * (uint64_t)page->entries;
	struct bdb_item item = {0};
	struct slice s;

	if (at < index_end || at >= end || !slice_sub(page->bytes, at, end - at, &s))
		return err_set(e, ERR_CORRUPT,
			       "item %" PRIu32 " of page %" PRIu32 " lies outside of it",
			       i, page->number);
	switch (slice_at(s, 0)) {
	case ITEM_BYTES:
		if (!slice_sub(s, 1, s.n - 1, &item.bytes))
			return err_set(e, ERR_BUG, "an item without its type");
		break;
	case ITEM_OFF_PAGE:
		if (s.n != OFF_PAGE_SIZE)
			return err_set(e, ERR_CORRUPT,
				       "item %" PRIu32 " of page %" PRIu32
				       " has a wrong size",
				       i, page->number);
		item.off_page = true;
		item.page = bdb_u32(db, s, 4);
		item.length = bdb_u32(db, s, 8);
		break;
	default:
		/* Duplicates of one key, which rpm.org's rpm never stores. */
		return err_set(e, ERR_UNSUPPORTED,
			       "item %" PRIu32 " of page %" PRIu32
			       " is of type %d, which rpm does not write",
			       i, page->number, slice_at(s, 0));
	}
	*ret = item;
	return 0;
}

static int each_pair(struct bdb *db, const struct bdb_page *page, bdb_pair_fn fn,
		     void *ctx, struct err *e)
{
	if (page->entries % 2 != 0 ||
	    BDB_PAGE_HEAD + 2 * (uint64_t)page->entries > db->page_size)
		return err_set(e, ERR_CORRUPT,
			       "page %" PRIu32 " of the hash table has %u items",
			       page->number, page->entries);
	for (uint32_t i = 0; i + 1 < page->entries; i += 2) {
		struct bdb_item key, value;
		int r = decode_item(db, page, i, &key, e);

		if (r >= 0)
			r = decode_item(db, page, i + 1, &value, e);
		if (r >= 0)
			r = fn(ctx, &key, &value, page->number, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int each_of_page(struct bdb *db, uint32_t number, uint32_t prev, struct arena *a,
			bdb_pair_fn fn, void *ctx, uint32_t *ret_next, struct err *e)
{
	struct bdb_page page;
	int r = bdb_visit(db, e);

	if (r >= 0)
		r = bdb_page(db, number, a, &page, e);
	if (r < 0)
		return r;
	*ret_next = 0;
	/* Buckets are made in advance: their pages may never have been written. */
	if (page.type == BDB_PAGE_NEW && prev == 0 && page.entries == 0)
		return 0;
	if ((page.type != BDB_PAGE_HASH && page.type != BDB_PAGE_HASH_UNSORTED) ||
	    page.prev != prev)
		return err_set(e, ERR_CORRUPT,
			       "page %" PRIu32 " is none of the hash table", number);
	*ret_next = page.next;
	return each_pair(db, &page, fn, ctx, e);
}

static int each_of_bucket(struct bdb *db, uint32_t bucket, struct arena *a,
			  bdb_pair_fn fn, void *ctx, struct err *e)
{
	unsigned step = bucket ? 32 - (unsigned)__builtin_clz(bucket) : 0;
	uint64_t page = (uint64_t)bucket + (step < 32 ? db->spares[step] : 0);
	uint32_t prev = 0;

	if (page == 0 || page > db->last_page)
		return err_set(e, ERR_CORRUPT,
			       "bucket %" PRIu32 " lies on page %" PRIu64 " of %" PRIu32,
			       bucket, page, db->last_page);
	for (uint32_t at = (uint32_t)page; at != 0;) {
		struct arena_mark mark = arena_mark(a);
		uint32_t next;
		int r = each_of_page(db, at, prev, a, fn, ctx, &next, e);

		arena_rewind(a, mark);
		if (r < 0)
			return r;
		prev = at;
		at = next;
	}
	return 0;
}

int bdb_hash_each(struct bdb *db, struct arena *a, bdb_pair_fn fn, void *ctx,
		  struct err *e)
{
	int r = 0;

	db->visits = 0;
	for (uint32_t i = 0; r >= 0 && i <= db->max_bucket; i++)
		r = each_of_bucket(db, i, a, fn, ctx, e);
	return r;
}

/* Fowler, Noll and Vo's function, as Berkeley DB has it since its hash version 5. */
static uint32_t hash_of(struct slice key)
{
	uint32_t h = 0;

	for (size_t i = 0; i < key.n; i++)
		h = h * 16777619u ^ (uint32_t)slice_at(key, i);
	return h;
}

int bdb_hash_bucket(struct bdb *db, struct slice key, struct arena *a, bdb_pair_fn fn,
		    void *ctx, struct err *e)
{
	static const uint8_t check[] = "%$sniglet^&"; /* with its NUL */
	uint32_t hash = hash_of(key), bucket = hash & db->high_mask;

	if (db->hash_check != hash_of(slice_of(check, sizeof(check))))
		return err_set(e, ERR_UNSUPPORTED,
			       "the hash table uses a function of its own");
	if (bucket > db->max_bucket)
		bucket &= db->low_mask;
	db->visits = 0;
	return each_of_bucket(db, bucket, a, fn, ctx, e);
}
