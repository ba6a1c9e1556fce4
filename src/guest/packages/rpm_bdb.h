/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Berkeley DB files as far as rpm uses them: hash tables of version 7 to 9 and B-trees of
 * version 8 and 9, in either byte order, without checksums or encryption. (Berkeley DB's
 * own dbinc/db_page.h describes the pages.)
 */
#pragma once

#include "blocks.h"

enum bdb_kind { BDB_HASH, BDB_BTREE };

enum bdb_page_type {
	BDB_PAGE_NEW = 0,
	BDB_PAGE_HASH_UNSORTED = 2,
	BDB_PAGE_BTREE_INNER = 3,
	BDB_PAGE_BTREE_LEAF = 5,
	BDB_PAGE_OVERFLOW = 7,
	BDB_PAGE_HASH = 13,
};

enum { BDB_PAGE_HEAD = 26 };

struct bdb {
	struct blocks *file;
	enum bdb_kind kind;
	bool big_endian;
	uint32_t version, page_size, last_page;
	uint32_t root;                            /* B-tree */
	uint32_t max_bucket, high_mask, low_mask; /* hash */
	uint32_t records; /* hash: pairs of key and value, as the file counts them */
	uint32_t hash_check;
	uint32_t spares[32];
	/* Pages that were read before (NULL: none), by number; others are read when they
	 * are needed. */
	struct slice *pages;
	uint32_t visits; /* pages of the walk under way: more than there are is a loop */
};

/* Reads the first page. ERR_UNSUPPORTED names what it is instead. */
int bdb_open(struct blocks *file, struct bdb *ret, struct err *e);

struct bdb_page {
	uint32_t number, prev, next;
	uint16_t entries, length; /* length: of the data on an overflow page */
	uint8_t level, type;
	struct slice bytes;
};
/* Reads and decodes a page, whose bytes are in memory or put into the arena. */
int bdb_page(struct bdb *db, uint32_t number, struct arena *a, struct bdb_page *ret,
	     struct err *e);
/* Decodes it. */
int bdb_page_decode(const struct bdb *db, uint32_t number, struct slice bytes,
		    struct bdb_page *ret, struct err *e);
/* Where item `i` of the page begins. */
uint16_t bdb_item_at(const struct bdb *db, const struct bdb_page *page, uint32_t i);
uint16_t bdb_u16(const struct bdb *db, struct slice s, uint64_t off);
uint32_t bdb_u32(const struct bdb *db, struct slice s, uint64_t off);
/* Counts a page of a walk. */
int bdb_visit(struct bdb *db, struct err *e);

/* A key or a value: bytes, or where they lie. */
struct bdb_item {
	bool off_page;
	struct slice bytes;    /* when not off_page: borrowed from the page */
	uint32_t page, length; /* when off_page */
};
/* The bytes of an item, from its chain of overflow pages when it has one. */
int bdb_item_bytes(struct bdb *db, const struct bdb_item *item, struct arena *a,
		   struct slice *ret, struct err *e);

/* Called for each pair. `page` is where the key lies. */
typedef int (*bdb_pair_fn)(void *ctx, const struct bdb_item *key,
			   const struct bdb_item *value, uint32_t page, struct err *e);

/* Every pair, or only those of the bucket that `key` belongs to. */
int bdb_hash_each(struct bdb *db, struct arena *a, bdb_pair_fn fn, void *ctx,
		  struct err *e);
int bdb_hash_bucket(struct bdb *db, struct slice key, struct arena *a, bdb_pair_fn fn,
		    void *ctx, struct err *e);
/* Every pair in the order of the keys. */
int bdb_btree_each(struct bdb *db, struct arena *a, bdb_pair_fn fn, void *ctx,
		   struct err *e);
