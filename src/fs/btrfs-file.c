/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of files: extents, each under the offset at which it begins. What no extent
 * covers is a hole; so is one without an address, and one that was only set aside.
 */
#include <inttypes.h>

#include "btrfs.h"
#include "checked.h"

enum { EXTENT_HEAD = 21 };
enum extent_kind { INLINE, REGULAR, PREALLOCATED, HOLE };

struct extent {
	uint64_t start, end; /* of the file */
	enum extent_kind kind;
	enum btrfs_packing packing;
	uint64_t ram;             /* bytes, unpacked */
	uint64_t at, stored, off; /* where it is stored, and what of it is the file's */
	struct slice bytes;       /* inline, borrowed until the next search */
};

static int decode_place(struct reader *rd, const struct btrfs_item *item,
			struct extent *x, struct err *e)
{
	uint64_t len, used;

	x->at = rd_u64le(rd);
	x->stored = rd_u64le(rd);
	x->off = rd_u64le(rd);
	len = rd_u64le(rd);
	if (!rd_ok(rd) || len == 0 || !checked_add(item->key.offset, len, &x->end))
		return err_set(e, ERR_CORRUPT, "an extent is not possible");
	if (x->kind == PREALLOCATED || x->at == 0) {
		x->kind = HOLE;
		return 0;
	}
	if (!checked_add(x->off, len, &used) || used > (x->packing ? x->ram : x->stored))
		return err_set(e, ERR_CORRUPT, "an extent is shorter than what it holds");
	if (x->packing && (x->ram > BTRFS_PACKED_MAX || x->stored > BTRFS_PACKED_MAX))
		return err_set(e, ERR_CORRUPT,
			       "a packed extent of %" PRIu64 " bytes is not possible",
			       x->ram > x->stored ? x->ram : x->stored);
	return 0;
}

static int decode(const struct btrfs_item *item, struct extent *ret, struct err *e)
{
	struct reader rd = reader_of(item->bytes);
	struct extent x = {.start = item->key.offset};
	unsigned encrypted, kind;

	rd_skip(&rd, 8); /* generation */
	x.ram = rd_u64le(&rd);
	x.packing = rd_u8(&rd);
	encrypted = rd_u8(&rd) | rd_u16le(&rd);
	kind = rd_u8(&rd);
	x.kind = kind;
	if (!rd_ok(&rd) || kind > PREALLOCATED)
		return err_set(e, ERR_CORRUPT, "an extent of type %u is not possible",
			       kind);
	if (encrypted)
		return err_set(e, ERR_UNSUPPORTED, "it is encrypted");
	if (kind == INLINE) {
		x.bytes = rd_bytes(&rd, rd_left(&rd));
		if (!x.packing)
			x.ram = x.bytes.n;
		if (x.start || !x.ram || x.ram > BTRFS_PACKED_MAX)
			return err_set(e, ERR_CORRUPT,
				       "an inline extent of %" PRIu64 " bytes at %" PRIu64
				       " is not possible",
				       x.ram, x.start);
		x.end = x.ram;
	} else if (decode_place(&rd, item, &x, e) < 0) {
		return -(int)e->code;
	}
	*ret = x;
	return 0;
}

static bool is_extent(const struct btrfs_item *item, uint64_t ino)
{
	return item->key.id == ino && item->key.type == BTRFS_EXTENT_DATA;
}

/* What holds the byte at `off` of the file, a hole up to the next extent, or to `end`. */
static int find_extent(struct btrfs *x, const struct btrfs_inode *file, uint64_t off,
		       uint64_t end, struct extent *ret, struct err *e)
{
	struct btrfs_tree t = btrfs_tree_of(x, file->id);
	struct btrfs_key key = {btrfs_ino_of(file->id), BTRFS_EXTENT_DATA, off};
	struct btrfs_item item;
	int r = btrfs_floor(x, &t, key, &item, e);

	if (r > 0 && is_extent(&item, key.id)) {
		r = decode(&item, ret, e);
		if (r < 0 || off < ret->end)
			return r;
	}
	if (r >= 0)
		r = btrfs_first(x, &t, key, &item, e);
	if (r < 0)
		return r;
	*ret = (struct extent){.kind = HOLE, .start = off, .end = end};
	if (r > 0 && is_extent(&item, key.id) && item.key.offset < end)
		ret->end = item.key.offset;
	return 0;
}

/* Data that need not begin or end with a sector. */
static int read_plain(struct btrfs *x, uint64_t at, uint8_t *to, size_t len, bool checked,
		      struct err *e)
{
	const uint32_t sector = x->super.sector;

	if (!x->sector)
		x->sector = malloc(sector);
	if (!x->sector)
		return err_set(e, ERR_NOMEM, "out of memory");
	while (len) {
		size_t from = (size_t)(at % sector), n;
		struct reader rd = reader_of(slice_of(x->sector, sector));
		int r;

		if (from || len < sector) {
			n = len < sector - from ? len : sector - from;
			r = btrfs_data_read(x, at - from, x->sector, sector, checked, e);
			rd_seek(&rd, from);
			rd_copy(&rd, to, n);
		} else {
			n = len - len % sector;
			r = btrfs_data_read(x, at, to, n, checked, e);
		}
		if (r < 0)
			return r;
		at += n;
		to += n;
		len -= n;
	}
	return 0;
}

static struct btrfs_extent_kept *find_kept(struct btrfs *x, const struct extent *ext)
{
	struct btrfs_extent_kept *oldest = &x->extents[0];

	for (size_t i = 0; i < BTRFS_EXTENTS_KEPT; i++) {
		struct btrfs_extent_kept *k = &x->extents[i];

		if (k->used && k->at == ext->at && k->n == ext->ram)
			return k;
		if (k->used < oldest->used)
			oldest = k;
	}
	oldest->used = 0;
	return oldest;
}

/* Reads what is packed, unless it lies in the tree. */
static int read_stored(struct btrfs *x, const struct extent *ext, bool checked,
		       struct slice *ret, struct err *e)
{
	int r = 0;

	*ret = ext->bytes;
	if (ext->kind == INLINE)
		return 0;
	if (!x->packed)
		x->packed = malloc(BTRFS_PACKED_MAX);
	if (!x->packed)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (ext->stored % x->super.sector)
		return err_set(e, ERR_CORRUPT, "a packed extent is not possible");
	r = btrfs_data_read(x, ext->at, x->packed, (size_t)ext->stored, checked, e);
	*ret = slice_of(x->packed, (size_t)ext->stored);
	return r;
}

/* The whole of a packed extent, unpacked; borrowed until the next call. */
static int get_unpacked(struct btrfs *x, const struct extent *ext, bool checked,
			struct slice *ret, struct err *e)
{
	struct btrfs_extent_kept *k = find_kept(x, ext);
	struct slice stored = SLICE_NONE;
	int r = 0;

	if (!k->bytes)
		k->bytes = malloc(BTRFS_PACKED_MAX);
	if (!k->bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (!k->used) {
		r = read_stored(x, ext, checked, &stored, e);
		if (r >= 0)
			r = btrfs_unpack(x, ext->packing, stored, k->bytes,
					 (size_t)ext->ram, e);
	}
	if (r < 0)
		return r;
	k->at = ext->at;
	k->n = (size_t)ext->ram;
	k->used = ext->kind == INLINE ? 0 : ++x->clock;
	*ret = slice_of(k->bytes, k->n);
	return 0;
}

/* [off, off + n) of the file, which this extent holds. */
static int read_extent(struct btrfs *x, const struct extent *ext, bool checked,
		       uint64_t off, uint8_t *to, size_t n, struct err *e)
{
	struct slice all = ext->bytes;
	struct reader rd;
	int r = 0;

	if (ext->kind == HOLE) {
		memset(to, 0, n);
		return 0;
	}
	if (ext->kind == REGULAR && !ext->packing)
		return read_plain(x, ext->at + ext->off + (off - ext->start), to, n,
				  checked, e);
	if (ext->packing)
		r = get_unpacked(x, ext, checked, &all, e);
	if (r < 0)
		return r;
	rd = reader_of(all);
	rd_seek(&rd, ext->off + (off - ext->start));
	rd_copy(&rd, to, n);
	return rd_ok(&rd) ? 0 : err_set(e, ERR_BUG, "a read past the end of an extent");
}

int btrfs_file_read(struct btrfs *x, const struct btrfs_inode *file, uint64_t off,
		    void *buf, size_t len, struct err *e)
{
	bool checked = !(file->flags & BTRFS_NODATASUM);
	uint8_t *to = buf;
	int r = 0;

	while (r >= 0 && len) {
		struct extent ext = {0};
		size_t n;

		r = find_extent(x, file, off, off + len, &ext, e);
		if (r < 0)
			break;
		n = ext.end - off < len ? (size_t)(ext.end - off) : len;
		r = read_extent(x, &ext, checked, off, to, n, e);
		to += n;
		off += n;
		len -= n;
	}
	return r < 0 ? err_wrap(e, "tree %" PRIu64 ", inode %" PRIu64,
				btrfs_tree_of(x, file->id).id, btrfs_ino_of(file->id))
		     : 0;
}

static int where_stored(struct btrfs *x, uint64_t at, uint64_t len, blocks_piece_fn fn,
			void *ctx, struct err *e)
{
	while (len) {
		struct btrfs_place p;
		int r = btrfs_place(x, at, len, 0, &p, e);

		if (r >= 0 && !p.blocks)
			r = err_set(e, ERR_UNSUPPORTED,
				    "device %" PRIu64 " is not among the disks given",
				    p.devid);
		if (r >= 0)
			r = blocks_where(p.blocks, p.off, p.len, fn, ctx, e);
		if (r < 0)
			return r;
		at += p.len;
		len -= p.len;
	}
	return 0;
}

int btrfs_file_where(struct btrfs *x, const struct btrfs_inode *file, blocks_piece_fn fn,
		     void *ctx, struct err *e)
{
	int r = 0;

	for (uint64_t off = 0; r >= 0 && off < file->size;) {
		struct extent ext = {0};

		r = find_extent(x, file, off, file->size, &ext, e);
		if (r >= 0 && ext.kind == INLINE)
			r = err_set(e, ERR_UNSUPPORTED, "it lies inside of a tree");
		if (r >= 0 && ext.kind == REGULAR)
			r = ext.packing ? where_stored(x, ext.at, ext.stored, fn, ctx, e)
					: where_stored(x, ext.at + ext.off,
						       ext.end - ext.start, fn, ctx, e);
		off = ext.end;
	}
	return r;
}
