/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * B-trees of Berkeley DB: from the root down the first child of every inner page to the
 * first leaf, then from leaf to leaf. Items of a leaf are pairs of key and value.
 */
#include <inttypes.h>

#include "packages/rpm_bdb.h"

enum item_type {
	ITEM_BYTES = 1,
	ITEM_OVERFLOW = 3,
	ITEM_DELETED = 0x80, /* a flag */
};

enum {
	ITEM_HEAD = 3,      /* length, type */
	OVERFLOW_SIZE = 12, /* unused, type, unused, page, length */
	INNER_CHILD = 4,    /* length, type, unused, page, ... */
	INNER_HEAD = 12,
	LEVEL_MAX = 255,
};

static int outside(const struct bdb_page *page, uint32_t i, struct err *e)
{
	return err_set(e, ERR_CORRUPT,
		       "item %" PRIu32 " of page %" PRIu32 " lies outside of it", i,
		       page->number);
}

static int check_entries(const struct bdb *db, const struct bdb_page *page, struct err *e)
{
	if (BDB_PAGE_HEAD + 2 * (uint64_t)page->entries > db->page_size)
		return err_set(e, ERR_CORRUPT, "page %" PRIu32 " has %u items",
			       page->number, page->entries);
	return 0;
}

static int decode_item(const struct bdb *db, const struct bdb_page *page, uint32_t i,
		       struct bdb_item *ret, bool *ret_deleted, struct err *e)
{
	uint64_t at = bdb_item_at(db, page, i);
	struct bdb_item item = {0};
	struct slice s;
	int type;

	if (at < BDB_PAGE_HEAD + 2 * (uint64_t)page->entries ||
	    !slice_sub(page->bytes, at, ITEM_HEAD, &s))
		return outside(page, i, e);
	type = slice_at(s, 2);
	*ret_deleted = type & ITEM_DELETED;
	switch (type & ~ITEM_DELETED) {
	case ITEM_BYTES:
		if (!slice_sub(page->bytes, at + ITEM_HEAD, bdb_u16(db, s, 0),
			       &item.bytes))
			return outside(page, i, e);
		break;
	case ITEM_OVERFLOW:
		if (!slice_sub(page->bytes, at, OVERFLOW_SIZE, &s))
			return outside(page, i, e);
		item.off_page = true;
		item.page = bdb_u32(db, s, 4);
		item.length = bdb_u32(db, s, 8);
		break;
	default:
		return err_set(e, ERR_UNSUPPORTED,
			       "item %" PRIu32 " of page %" PRIu32
			       " is of type %d, which rpm does not write",
			       i, page->number, type);
	}
	*ret = item;
	return 0;
}

static int first_leaf(struct bdb *db, struct arena *a, uint32_t *ret, struct err *e)
{
	unsigned level = LEVEL_MAX + 1;
	uint32_t at = db->root;

	for (;;) {
		struct bdb_page page;
		struct slice s;
		int r = bdb_page(db, at, a, &page, e);

		if (r < 0)
			return r;
		if (page.type == BDB_PAGE_BTREE_LEAF) {
			*ret = at;
			return 0;
		}
		/* Levels count down to the leaves, so this ends. */
		if (page.type != BDB_PAGE_BTREE_INNER || page.entries == 0 ||
		    page.level >= level)
			return err_set(e, ERR_CORRUPT,
				       "page %" PRIu32 " is none of the B-tree", at);
		level = page.level;
		if (!slice_sub(page.bytes, bdb_item_at(db, &page, 0), INNER_HEAD, &s))
			return outside(&page, 0, e);
		at = bdb_u32(db, s, INNER_CHILD);
	}
}

static int each_of_leaf(struct bdb *db, const struct bdb_page *page, bdb_pair_fn fn,
			void *ctx, struct err *e)
{
	int r = check_entries(db, page, e);

	if (r >= 0 && page->entries % 2 != 0)
		r = err_set(e, ERR_CORRUPT, "page %" PRIu32 " has a key without a value",
			    page->number);
	for (uint32_t i = 0; r >= 0 && i + 1 < page->entries; i += 2) {
		struct bdb_item key, value;
		bool no_key, no_value;

		r = decode_item(db, page, i, &key, &no_key, e);
		if (r >= 0)
			r = decode_item(db, page, i + 1, &value, &no_value, e);
		if (r >= 0 && !no_key && !no_value)
			r = fn(ctx, &key, &value, page->number, e);
	}
	return r;
}

int bdb_btree_each(struct bdb *db, struct arena *a, bdb_pair_fn fn, void *ctx,
		   struct err *e)
{
	struct arena_mark mark = arena_mark(a);
	uint32_t at, prev = 0;
	int r = first_leaf(db, a, &at, e);

	arena_rewind(a, mark);
	db->visits = 0;
	while (r >= 0 && at != 0) {
		struct bdb_page page;

		r = bdb_visit(db, e);
		if (r >= 0)
			r = bdb_page(db, at, a, &page, e);
		if (r < 0)
			break;
		if (page.type != BDB_PAGE_BTREE_LEAF || page.prev != prev)
			return err_set(e, ERR_CORRUPT,
				       "page %" PRIu32 " is not the next leaf", at);
		r = each_of_leaf(db, &page, fn, ctx, e);
		arena_rewind(a, mark);
		prev = at;
		at = page.next;
	}
	return r;
}
