/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpm's NDB format (rpm's lib/backend/ndb/rpmpkg.c describes it): Packages.db begins with
 * pages of slots, one a package, that say in which blocks of 16 bytes its header lies.
 * All numbers are little-endian; every header has an Adler-32 checksum.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <zlib.h>

#include "checked.h"
#include "limits.h"
#include "packages/rpm_db.h"

#define MAGIC_FILE  0x506d7052u /* "RpmP" */
#define MAGIC_SLOT  0x746f6c53u /* "Slot" */
#define MAGIC_START 0x53626c42u /* "BlbS" */
#define MAGIC_END   0x45626c42u /* "BlbE" */

enum {
	SLOT_SIZE = 16,
	SLOT_PAGE = 4096,
	FILE_HEAD = 32,
	BLOCK = 16,
	BLOB_HEAD = 16,
	BLOB_TAIL = 12,
	PEEK = 4096, /* the index of a header and its first strings */
};

struct slot {
	uint32_t number, block, blocks;
};

struct ndb {
	struct rpmdb *out;
	struct rpm_stream stream;
	VEC(struct slot) slots;
};

static int read_slots(struct ndb *n, struct slice pages, struct err *e)
{
	struct arena *a = n->out->scratch;
	struct reader r = reader_of(pages);

	rd_seek(&r, FILE_HEAD);
	while (rd_left(&r) >= SLOT_SIZE) {
		uint32_t magic = rd_u32le(&r);
		struct slot s = {rd_u32le(&r), 0, 0};

		s.block = rd_u32le(&r);
		s.blocks = rd_u32le(&r);
		if (magic != MAGIC_SLOT)
			return err_set(e, ERR_CORRUPT,
				       "a slot of the database is damaged");
		if (s.block == 0) /* free */
			continue;
		if (s.number == 0 || (uint64_t)s.block * BLOCK < pages.n ||
		    (uint64_t)s.blocks * BLOCK < BLOB_HEAD + BLOB_TAIL)
			return err_set(e, ERR_CORRUPT,
				       "the slot of package %" PRIu32 " makes no sense",
				       s.number);
		if (n->slots.n == LIMIT_RPM_PACKAGES)
			return err_set(e, ERR_LIMIT, "more than %d packages",
				       LIMIT_RPM_PACKAGES);
		if (!vec_push(a, &n->slots, s))
			return arena_full(a, e);
	}
	return rd_ok(&r) ? 0 : err_set(e, ERR_BUG, "slots past their end");
}

static int open_slots(struct ndb *n, struct err *e)
{
	struct blocks *file = n->out->packages;
	uint8_t head[FILE_HEAD];
	struct reader r = reader_of(slice_of(head, sizeof(head)));
	uint32_t magic, version, pages;
	uint64_t size;
	uint8_t *bytes;
	int q;

	if (file->size < FILE_HEAD)
		return err_set(e, ERR_CORRUPT, "with %" PRIu64 " bytes it is no database",
			       file->size);
	q = blocks_read(file, 0, head, sizeof(head), e);
	if (q < 0)
		return q;
	magic = rd_u32le(&r);
	version = rd_u32le(&r);
	rd_skip(&r, 4); /* generation */
	pages = rd_u32le(&r);
	if (magic != MAGIC_FILE)
		return err_set(e, ERR_CORRUPT, "it is no NDB database");
	if (version != 0)
		return err_set(e, ERR_UNSUPPORTED, "an NDB database of version %" PRIu32,
			       version);
	size = (uint64_t)pages * SLOT_PAGE;
	if (pages == 0 || size > file->size)
		return err_set(e, ERR_CORRUPT,
			       "cut short: its slots need %" PRIu64 " bytes", size);
	bytes = size > LIMIT_RPMDB_NAMES ? NULL
					 : arena_alloc(n->out->scratch, (size_t)size);
	if (!bytes)
		return arena_full(n->out->scratch, e);
	q = blocks_read(file, 0, bytes, (size_t)size, e);
	return q < 0 ? q : read_slots(n, slice_of(bytes, (size_t)size), e);
}

static int damaged(const struct slot *s, const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "package %" PRIu32 ": %s", s->number, what);
}

/* The checksum is of all before it. */
static int check_blob(const struct slot *s, struct slice blob, struct slice *ret,
		      struct err *e)
{
	struct reader r = reader_of(blob);
	uint32_t start = rd_u32le(&r), number = rd_u32le(&r), length, sum;
	size_t covered = blob.n - BLOB_TAIL;

	rd_skip(&r, 4); /* generation */
	length = rd_u32le(&r);
	*ret = rd_bytes(&r, length);
	if (!rd_ok(&r) || start != MAGIC_START || number != s->number ||
	    s->blocks != ((uint64_t)length + BLOB_HEAD + BLOB_TAIL + BLOCK - 1) / BLOCK)
		return damaged(s, "the header's place holds something else", e);
	rd_seek(&r, covered);
	sum = rd_u32le(&r);
	if (rd_u32le(&r) != length || rd_u32le(&r) != MAGIC_END || !rd_ok(&r))
		return damaged(s, "the header's end is missing", e);
	if (sum != adler32(adler32(0, NULL, 0), blob.p, (uInt)covered))
		return damaged(s, "the header's checksum is wrong", e);
	return 0;
}

static int read_blob(struct ndb *n, const struct slot *s, struct err *e)
{
	uint64_t off = (uint64_t)s->block * BLOCK, size = (uint64_t)s->blocks * BLOCK;
	struct arena *a = n->out->scratch;
	struct arena_mark mark = arena_mark(a);
	struct slice blob;
	uint8_t *bytes;
	int r;

	if (size > LIMIT_RPM_HEADER)
		return err_set(e, ERR_LIMIT,
			       "package %" PRIu32 " has a header of %" PRIu64 " bytes",
			       s->number, size);
	bytes = arena_alloc(a, (size_t)size);
	if (!bytes)
		return arena_full(a, e);
	r = blocks_read(n->out->packages, off, bytes, (size_t)size, e);
	if (r >= 0)
		r = check_blob(s, slice_of(bytes, (size_t)size), &blob, e);
	if (r >= 0)
		r = rpmdb_add(n->out, s->number, off + BLOB_HEAD, blob, e);
	arena_rewind(a, mark);
	return r;
}

static int read_package(struct ndb *n, const struct slot *s, struct err *e)
{
	uint64_t off = (uint64_t)s->block * BLOCK, size = (uint64_t)s->blocks * BLOCK;
	struct slice peek, start;
	int r;

	if (!range_fits(off, size, n->out->packages->size))
		return damaged(s, "the database is cut short before its header", e);
	r = rpm_stream_get(&n->stream, off, size < PEEK ? (size_t)size : PEEK, &peek, e);
	if (r < 0)
		return r;
	if (slice_has(peek, 0, "BlbS", 4) &&
	    slice_sub(peek, BLOB_HEAD, peek.n - BLOB_HEAD, &start) &&
	    rpmdb_unwanted(n->out, start))
		return 0;
	return read_blob(n, s, e);
}

static int by_place(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return x->block < y->block ? -1 : x->block > y->block;
}

int rpm_ndb_read(struct rpmdb *db, struct err *e)
{
	struct ndb n = {.out = db};
	int r = rpmdb_check_size(db->packages, e);

	if (r >= 0)
		r = open_slots(&n, e);
	if (r >= 0)
		r = rpm_stream_init(&n.stream, db->packages, db->scratch, e);
	if (r < 0)
		return r;
	db->any = n.slots.n > 0;
	if (n.slots.n)
		qsort(n.slots.v, n.slots.n, sizeof(*n.slots.v), by_place);
	for (size_t i = 0; r >= 0 && i < n.slots.n; i++) {
		/* Headers do not overlap, so none is read twice. */
		if (i > 0 && (uint64_t)n.slots.v[i - 1].block + n.slots.v[i - 1].blocks >
				     n.slots.v[i].block)
			return damaged(&n.slots.v[i], "its header lies in another's", e);
		r = read_package(&n, &n.slots.v[i], e);
	}
	return r;
}
