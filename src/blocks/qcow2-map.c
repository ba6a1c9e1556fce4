/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an offset of the guest's disk to where its bytes lie (QEMU docs/interop/qcow2.txt,
 * "Cluster mapping"). Reserved bits, offsets that are not at the start of a cluster and
 * tables outside the file are errors: a map that cannot be right is not followed.
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "qcow2.h"

#define TABLE_OFFSET    UINT64_C(0x00fffffffffffe00) /* of an L1 and of an L2 entry */
#define L1_RESERVED     UINT64_C(0x7f000000000001ff)
#define L2_RESERVED     UINT64_C(0x3f000000000001fe)
#define L2_ZERO         UINT64_C(1)
#define L2_COMPRESSED   (UINT64_C(1) << 62)
#define L2_COPIED       (UINT64_C(1) << 63)
#define COMPRESSED_BITS UINT64_C(0x3fffffffffffffff)

enum { SUBCLUSTERS = 32, SUBCLUSTER_BITS = 5 };

void qcow2_map_init(struct qcow2_map *m, const struct qcow2_header *h,
		    struct blocks *file)
{
	m->h = *h;
	m->file = file;
	m->l1.off = UINT64_MAX;
	for (size_t i = 0; i < L2_PAGES; i++)
		m->l2[i].off = UINT64_MAX;
}

/* The `n` bytes at `off`, which the caller has checked to be in the file; they never
 * cross a page, because entries are aligned. */
static int read_entry(struct blocks *file, struct table_page *page, uint64_t off,
		      size_t n, struct reader *ret, struct err *e)
{
	uint64_t start = off - off % TABLE_PAGE, left = file->size - start;
	struct slice entry;

	if (page->off != start) {
		int r;

		page->off = UINT64_MAX;
		r = blocks_read(file, start, page->bytes,
				left < TABLE_PAGE ? (size_t)left : TABLE_PAGE, e);
		if (r < 0)
			return r;
		page->off = start;
	}
	if (!slice_sub(slice_of(page->bytes, TABLE_PAGE), off - start, n, &entry))
		return err_set(e, ERR_BUG, "a table entry across two pages");
	*ret = reader_of(entry);
	return 0;
}

/* The L2 table for `off`; 0 when there is none. */
static int find_l2_table(struct qcow2_map *m, uint64_t off, unsigned covered_bits,
			 uint64_t *ret, struct err *e)
{
	uint64_t index = off >> covered_bits, cluster = UINT64_C(1) << m->h.cluster_bits;
	uint64_t entry, table;
	struct reader rd;
	/* The header's check says that the whole table is in the file and long enough. */
	int r = read_entry(m->file, &m->l1, m->h.l1_offset + index * 8, 8, &rd, e);

	if (r < 0)
		return r;
	entry = rd_u64be(&rd);
	table = entry & TABLE_OFFSET;
	if (entry & L1_RESERVED || table & (cluster - 1))
		return err_set(e, ERR_CORRUPT,
			       "L1 entry %" PRIu64 " makes no sense (%#" PRIx64 ")",
			       index, entry);
	if (table && !range_fits(table, cluster, m->file->size))
		return err_set(e, ERR_CORRUPT,
			       "the L2 table at %#" PRIx64
			       " is past the end of the file: the image is truncated",
			       table);
	*ret = table;
	return 0;
}

static int bad_entry(uint64_t off, uint64_t entry, struct err *e)
{
	return err_set(e, ERR_CORRUPT,
		       "the L2 entry for offset %" PRIu64 " makes no sense (%#" PRIx64
		       ")",
		       off, entry);
}

/* Bits 0 to x-1 hold the byte where the cluster starts, bits x to 61 the number of
 * 512-byte sectors behind the first; x = 62 - (cluster_bits - 8). */
static void decode_compressed(uint64_t entry, uint32_t cluster_bits, struct extent *x)
{
	unsigned split = 62 - (cluster_bits - 8);
	uint64_t sectors = ((entry & COMPRESSED_BITS) >> split) + 1;

	x->kind = EXTENT_COMPRESSED;
	x->host = entry & ((UINT64_C(1) << split) - 1);
	x->host_len = sectors * 512 - x->host % 512;
}

/* What the bitmap of an extended entry says of the subcluster at `off`. */
static bool decode_subcluster(uint64_t bitmap, uint32_t cluster_bits, uint64_t off,
			      bool has_host, enum extent_kind *ret)
{
	unsigned i = (unsigned)(off >> (cluster_bits - SUBCLUSTER_BITS)) % SUBCLUSTERS;
	bool allocated = bitmap >> i & 1, zero = bitmap >> (SUBCLUSTERS + i) & 1;

	if ((allocated && zero) || (allocated && !has_host))
		return false;
	*ret = zero ? EXTENT_ZERO : allocated ? EXTENT_DATA : EXTENT_HOLE;
	return true;
}

/* One L2 entry: the extent up to the end of its cluster, or subcluster. */
static int decode_l2(const struct qcow2_map *m, uint64_t off, uint64_t entry,
		     uint64_t bitmap, struct extent *x, struct err *e)
{
	const struct qcow2_header *h = &m->h;
	unsigned bits = h->cluster_bits;
	uint64_t inside = off & ((UINT64_C(1) << bits) - 1), host = entry & TABLE_OFFSET;
	/* In a data file an offset of 0 is a cluster like any other. */
	bool has_host = host || (h->has_data_file && entry & L2_COPIED);

	x->len = (UINT64_C(1) << bits) - inside;
	if (entry & L2_COMPRESSED) {
		if (h->has_data_file || entry & L2_COPIED || bitmap)
			return bad_entry(off, entry, e);
		decode_compressed(entry, bits, x);
		return 0;
	}
	if (entry & L2_RESERVED || host & ((UINT64_C(1) << bits) - 1))
		return bad_entry(off, entry, e);
	x->host = host + inside;
	if (h->extended_l2) {
		unsigned sub = bits - SUBCLUSTER_BITS;

		x->len = (UINT64_C(1) << sub) - (off & ((UINT64_C(1) << sub) - 1));
		if (entry & L2_ZERO ||
		    !decode_subcluster(bitmap, bits, off, has_host, &x->kind))
			return bad_entry(off, entry, e);
		return 0;
	}
	if (entry & L2_ZERO && h->version < 3)
		return bad_entry(off, entry, e);
	x->kind = entry & L2_ZERO ? EXTENT_ZERO : has_host ? EXTENT_DATA : EXTENT_HOLE;
	return 0;
}

/* The extent at `off` as far as one entry tells it. */
static int find_piece(struct qcow2_map *m, uint64_t off, struct extent *ret,
		      struct err *e)
{
	unsigned entry_bits = m->h.extended_l2 ? 4 : 3;
	unsigned index_bits = m->h.cluster_bits - entry_bits;
	unsigned covered_bits = m->h.cluster_bits + index_bits;
	uint64_t covered = UINT64_C(1) << covered_bits, table = 0;
	uint64_t at, entry, bitmap;
	struct extent x = {.kind = EXTENT_HOLE, .len = covered - (off & (covered - 1))};
	struct reader rd;
	int r = find_l2_table(m, off, covered_bits, &table, e);

	if (r == 0 && table) {
		at = off >> m->h.cluster_bits & ((UINT64_C(1) << index_bits) - 1);
		at = table + (at << entry_bits);
		r = read_entry(m->file, &m->l2[at / TABLE_PAGE % L2_PAGES], at,
			       (size_t)1 << entry_bits, &rd, e);
		if (r < 0)
			return r;
		entry = rd_u64be(&rd);
		bitmap = m->h.extended_l2 ? rd_u64be(&rd) : 0;
		r = decode_l2(m, off, entry, bitmap, &x, e);
	}
	if (r < 0)
		return r;
	*ret = x;
	return 0;
}

/* Does `next` go on where `x` ends? */
static bool goes_on(const struct extent *x, const struct extent *next)
{
	if (x->kind != next->kind || x->kind == EXTENT_COMPRESSED)
		return false;
	return x->kind != EXTENT_DATA || next->host == x->host + x->len;
}

int qcow2_find(struct qcow2_map *m, uint64_t off, uint64_t len, struct extent *ret,
	       struct err *e)
{
	struct extent x, next;
	int r = find_piece(m, off, &x, e);

	while (r == 0 && x.len < len) {
		r = find_piece(m, off + x.len, &next, e);
		if (r < 0 || !goes_on(&x, &next))
			break;
		x.len += next.len;
	}
	if (r < 0)
		return r;
	if (x.len > len)
		x.len = len;
	*ret = x;
	return 0;
}
