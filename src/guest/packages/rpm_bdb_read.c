/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpm's Berkeley DB database: Packages is a hash table from package numbers to headers
 * (number 0 is a counter), Name an index from names to lists of package numbers. With the
 * index only the headers wanted are read; without it Packages is read once from its first
 * page to its last, and most headers are judged by their first page.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "limits.h"
#include "packages/rpm_bdb.h"
#include "packages/rpm_db.h"

/* One page is held at a time. */
#define PAGES_MEMORY ((size_t)1024 * 1024)

/* An entry of the index: a name and the number of one package that has it. */
struct named {
	const char *name;
	uint32_t number;
};

struct reading {
	struct rpmdb *out;
	struct bdb packages;
	struct arena *pages; /* rewound after each page */
	VEC(struct named) named;
	uint64_t indexed;         /* packages in the index, wanted or not */
	uint8_t *unwanted;        /* for each page: a header that begins there is not */
	uint64_t count;           /* pairs seen */
	const struct named *look; /* the one looked up */
	bool found;
};

static uint64_t offset_of(const struct reading *r, const struct bdb_item *value,
			  uint32_t page)
{
	return (uint64_t)(value->off_page ? value->page : page) * r->packages.page_size;
}

static int add_value(struct reading *r, uint32_t number, const struct bdb_item *value,
		     uint32_t page, struct err *e)
{
	struct arena_mark mark = arena_mark(r->out->scratch);
	struct slice blob;
	int q = bdb_item_bytes(&r->packages, value, r->out->scratch, &blob, e);

	if (q >= 0)
		q = rpmdb_add(r->out, number, offset_of(r, value, page), blob, e);
	arena_rewind(r->out->scratch, mark);
	return q;
}

static int number_of(const struct reading *r, const struct bdb_item *key, uint32_t page,
		     uint32_t *ret, struct err *e)
{
	if (key->off_page || key->bytes.n != 4)
		return err_set(e, ERR_CORRUPT,
			       "a key on page %" PRIu32 " is no package number", page);
	*ret = bdb_u32(&r->packages, key->bytes, 0);
	return 0;
}

/* The whole file in order. */

static int classify_page(struct reading *r, uint32_t number, struct slice bytes,
			 struct err *e)
{
	struct bdb_page page;
	struct slice start;
	void *copy;
	int q = bdb_page_decode(&r->packages, number, bytes, &page, e);

	if (q < 0) {
		/* Pages that nothing refers to may hold anything. */
		err_clear(e);
		return 0;
	}
	if (page.type == BDB_PAGE_HASH || page.type == BDB_PAGE_HASH_UNSORTED) {
		copy = arena_memdup(r->out->scratch, bytes.p, bytes.n);
		if (!copy)
			return arena_full(r->out->scratch, e);
		r->packages.pages[number] = slice_of(copy, bytes.n);
	}
	if (page.type == BDB_PAGE_OVERFLOW && page.prev == 0 &&
	    slice_sub(bytes, BDB_PAGE_HEAD, page.length, &start))
		r->unwanted[number] = rpmdb_unwanted(r->out, start);
	return 0;
}

static int read_pages(struct reading *r, struct err *e)
{
	size_t n = (size_t)r->packages.last_page + 1;
	struct rpm_stream stream;
	int q = rpm_stream_init(&stream, r->out->packages, r->out->scratch, e);

	r->packages.pages = arena_calloc(r->out->scratch, n, sizeof(*r->packages.pages));
	r->unwanted = arena_calloc(r->out->scratch, n, sizeof(*r->unwanted));
	if (q >= 0 && (!r->packages.pages || !r->unwanted))
		q = arena_full(r->out->scratch, e);
	for (uint32_t i = 1; q >= 0 && i <= r->packages.last_page; i++) {
		struct slice bytes;

		q = rpm_stream_get(&stream, (uint64_t)i * r->packages.page_size,
				   r->packages.page_size, &bytes, e);
		if (q >= 0)
			q = classify_page(r, i, bytes, e);
	}
	return q;
}

static int scan_pair(void *ctx, const struct bdb_item *key, const struct bdb_item *value,
		     uint32_t page, struct err *e)
{
	struct reading *r = ctx;
	uint32_t number;
	int q = number_of(r, key, page, &number, e);

	if (q < 0)
		return q;
	if (++r->count > LIMIT_RPM_PACKAGES)
		return err_set(e, ERR_LIMIT, "more than %d packages", LIMIT_RPM_PACKAGES);
	if (number == 0)
		return 0;
	r->out->any = true;
	if (value->off_page && value->page <= r->packages.last_page &&
	    r->unwanted[value->page])
		return 0;
	return add_value(r, number, value, page, e);
}

static int scan(struct reading *r, struct err *e)
{
	int q = read_pages(r, e);

	if (q >= 0)
		q = bdb_hash_each(&r->packages, r->pages, scan_pair, r, e);
	if (q >= 0 && r->count != r->packages.records)
		q = err_set(e, ERR_CORRUPT,
			    "the database should hold %" PRIu32
			    " records and has %" PRIu64,
			    r->packages.records, r->count);
	return q;
}

/* By the index. */

static int add_name(struct reading *r, struct slice name, struct slice numbers,
		    const struct bdb *index, struct err *e)
{
	const char *copy;

	if (numbers.n == 0 || numbers.n % 8 != 0)
		return err_set(e, ERR_CORRUPT,
			       "an entry of the index has %zu bytes, no multiple of 8",
			       numbers.n);
	r->indexed += numbers.n / 8;
	if (r->out->want && !r->out->want(name))
		return 0;
	copy = arena_strndup(r->out->scratch, name);
	if (!copy)
		return arena_full(r->out->scratch, e);
	/* Number of the package, and place in the package's list of names. */
	for (size_t at = 0; at < numbers.n; at += 8) {
		struct named entry = {copy, bdb_u32(index, numbers, at)};

		if (r->named.n == LIMIT_RPM_PACKAGES)
			return err_set(e, ERR_LIMIT, "more than %d packages",
				       LIMIT_RPM_PACKAGES);
		if (!vec_push(r->out->scratch, &r->named, entry))
			return arena_full(r->out->scratch, e);
	}
	return 0;
}

struct index_walk {
	struct reading *reading;
	struct bdb index;
};

static int index_pair(void *ctx, const struct bdb_item *key, const struct bdb_item *value,
		      _unused_ uint32_t page, struct err *e)
{
	struct index_walk *w = ctx;
	_cleanup_arena_ struct arena *a = NULL;
	struct slice name, numbers;
	int r;

	if (key->off_page || value->off_page) {
		a = arena_new((size_t)LIMIT_RPMDB_NAMES * 2);
		if (!a)
			return err_set(e, ERR_NOMEM, "out of memory");
	}
	r = bdb_item_bytes(&w->index, key, a, &name, e);
	if (r >= 0)
		r = bdb_item_bytes(&w->index, value, a, &numbers, e);
	return r < 0 ? r : add_name(w->reading, name, numbers, &w->index, e);
}

/* The index whole: it is small, and all its names have to be seen. */
static int load_index(struct index_walk *w, struct slice *ret, struct err *e)
{
	struct arena *a = w->reading->out->scratch;
	struct bdb *index = &w->index;
	uint64_t size = ((uint64_t)index->last_page + 1) * index->page_size;
	uint8_t *bytes;
	int r;

	if (size > LIMIT_RPMDB_NAMES)
		return err_set(e, ERR_LIMIT,
			       "it has %" PRIu64 " bytes; at most %" PRIu64 " are read",
			       size, LIMIT_RPMDB_NAMES);
	bytes = arena_alloc(a, (size_t)size);
	index->pages =
		arena_calloc(a, (size_t)index->last_page + 1, sizeof(*index->pages));
	if (!bytes || !index->pages)
		return arena_full(a, e);
	r = blocks_read(index->file, 0, bytes, (size_t)size, e);
	if (r >= 0)
		*ret = slice_of(bytes, (size_t)size);
	return r;
}

static int read_index(struct reading *r, struct err *e)
{
	struct index_walk w = {.reading = r};
	struct slice all;
	int q = bdb_open(r->out->names, &w.index, e);

	if (q >= 0)
		q = load_index(&w, &all, e);
	if (q < 0)
		return q;
	for (uint32_t i = 0; i <= w.index.last_page; i++)
		if (!slice_sub(all, (uint64_t)i * w.index.page_size, w.index.page_size,
			       &w.index.pages[i]))
			return err_set(e, ERR_BUG, "a page outside of the index");
	q = w.index.kind == BDB_HASH
		    ? bdb_hash_each(&w.index, r->pages, index_pair, &w, e)
		    : bdb_btree_each(&w.index, r->pages, index_pair, &w, e);
	if (q < 0)
		return q;
	/* Packages has one record more than packages: the counter. */
	if (r->indexed + (r->packages.records ? 1 : 0) != r->packages.records)
		return err_set(e, ERR_CORRUPT,
			       "it names %" PRIu64 " packages, and Packages has %" PRIu32
			       " records",
			       r->indexed, r->packages.records);
	return 0;
}

static int look_pair(void *ctx, const struct bdb_item *key, const struct bdb_item *value,
		     uint32_t page, struct err *e)
{
	struct reading *r = ctx;
	uint32_t number;
	int q = number_of(r, key, page, &number, e);

	if (q < 0 || number != r->look->number || r->found)
		return q;
	r->found = true;
	return add_value(r, number, value, page, e);
}

static int look_up(struct reading *r, const struct named *entry, struct err *e)
{
	uint32_t n = entry->number;
	uint8_t bytes[4];
	size_t before = r->out->found.n;
	int q;

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(n >> 8 * (r->packages.big_endian ? 3 - i : i));
	r->look = entry;
	r->found = false;
	q = bdb_hash_bucket(&r->packages, slice_of(bytes, 4), r->pages, look_pair, r, e);
	if (q < 0)
		return q;
	if (r->out->found.n != before + 1 ||
	    !slice_eq(slice_str(entry->name), r->out->found.v[before].name))
		return err_set(e, ERR_CORRUPT,
			       "it names package %" PRIu32 ", which is another one", n);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int use_index(struct reading *r, struct err *e)
{
	int q = read_index(r, e);

	if (q >= 0 && r->named.n)
		qsort(r->named.v, r->named.n, sizeof(*r->named.v), by_number);
	for (size_t i = 0; q >= 0 && i < r->named.n; i++)
		q = look_up(r, &r->named.v[i], e);
	if (q >= 0)
		r->out->any = r->indexed > 0;
	return q;
}

static int read_packages(struct reading *r, struct err *e)
{
	struct rpmdb *out = r->out;
	struct arena_mark mark = arena_mark(out->scratch);
	struct err why = ERR_INIT;
	int q;

	if (!out->names)
		return scan(r, e);
	q = use_index(r, &why);
	if (q >= 0)
		return 0;
	if (why.code == ERR_NOMEM || why.code == ERR_IO || why.code == ERR_BUG) {
		*e = why;
		return q;
	}
	out->index_broken = true;
	out->index_error = why;
	out->found.n = 0;
	arena_rewind(out->scratch, mark);
	return scan(r, e);
}

int rpm_bdb_read(struct rpmdb *db, struct err *e)
{
	_cleanup_arena_ struct arena *pages = arena_new(PAGES_MEMORY);
	struct reading r = {.out = db, .pages = pages};
	int q;

	if (!pages)
		return err_set(e, ERR_NOMEM, "out of memory");
	q = bdb_open(db->packages, &r.packages, e);
	if (q < 0)
		return q;
	if (r.packages.kind != BDB_HASH)
		return err_set(
			e, ERR_UNSUPPORTED,
			"a B-tree, as rpm 5 writes it; only databases of rpm.org's "
			"rpm are read");
	return read_packages(&r, e);
}
