/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From logical addresses to devices. The superblock lists the chunks that hold the tree
 * of chunks; all others are looked up in that tree when they are needed.
 */
#include <inttypes.h>
#include <string.h>

#include "btrfs.h"
#include "checked.h"

enum {
	STRIPE_LEN = 65536,
	CHUNK_HEAD = 48,
	STRIPE = 32,
	SYS_CHUNKS = BTRFS_SYS_ARRAY / (BTRFS_KEY + CHUNK_HEAD + STRIPE)
};

enum {
	RAID0 = 0x8,
	RAID1 = 0x10,
	DUP = 0x20,
	RAID10 = 0x40,
	RAID5 = 0x80,
	RAID6 = 0x100,
	RAID1C3 = 0x200,
	RAID1C4 = 0x400,
	PROFILES = RAID0 | RAID1 | DUP | RAID10 | RAID5 | RAID6 | RAID1C3 | RAID1C4
};

static const struct btrfs_key chunk_key = {256, BTRFS_CHUNK_ITEM, 0};

/* A profile with as many stripes as it can have. */
static bool is_possible(const struct btrfs_chunk *c)
{
	switch (c->type & PROFILES) {
	case 0:
		return c->stripe_count == 1;
	case DUP:
	case RAID1:
		return c->stripe_count == 2;
	case RAID1C3:
		return c->stripe_count == 3;
	case RAID1C4:
		return c->stripe_count == 4;
	case RAID10:
		return c->sub_stripes == 2 && c->stripe_count % 2 == 0;
	case RAID0:
	case RAID5:
	case RAID6:
		return true;
	default:
		return false;
	}
}

/* Reads a chunk from an item; *rd is left behind it. */
static int decode(struct reader *rd, const struct btrfs_key *key, struct btrfs_chunk *c,
		  struct err *e)
{
	uint64_t stripe_len, end;

	*c = (struct btrfs_chunk){.start = key->offset, .len = rd_u64le(rd)};
	rd_skip(rd, 8); /* owner */
	stripe_len = rd_u64le(rd);
	c->type = rd_u64le(rd);
	rd_skip(rd, 4 + 4 + 4);
	c->stripe_count = rd_u16le(rd);
	c->sub_stripes = rd_u16le(rd);
	if (!rd_ok(rd) || key->id != chunk_key.id || key->type != chunk_key.type ||
	    c->len == 0 || !checked_add(c->start, c->len, &end) ||
	    stripe_len != STRIPE_LEN || c->stripe_count == 0)
		return err_set(e, ERR_CORRUPT, "chunk at %" PRIu64 " is not possible",
			       c->start);
	if (c->stripe_count > BTRFS_STRIPES)
		return err_set(e, ERR_LIMIT,
			       "chunk at %" PRIu64 " has %u stripes; at most %u are read",
			       c->start, c->stripe_count, BTRFS_STRIPES);
	if (!is_possible(c))
		return err_set(e, ERR_CORRUPT,
			       "chunk at %" PRIu64 ": %u stripes of type 0x%" PRIx64
			       " are not possible",
			       c->start, c->stripe_count, c->type);
	for (unsigned i = 0; i < c->stripe_count; i++) {
		c->stripes[i].devid = rd_u64le(rd);
		c->stripes[i].off = rd_u64le(rd);
		rd_skip(rd, 16);
		if (!checked_add(c->stripes[i].off, c->len, &end))
			return err_set(e, ERR_CORRUPT,
				       "chunk at %" PRIu64 " lies on no device",
				       c->start);
	}
	return rd_ok(rd) ? 0
			 : err_set(e, ERR_CORRUPT, "chunk at %" PRIu64 " is cut off",
				   c->start);
}

int btrfs_chunks_start(struct btrfs *x, struct err *e)
{
	struct reader rd = reader_of(slice_of(x->super.sys_array, x->super.sys_len));

	x->sys = calloc(SYS_CHUNKS + 1, sizeof(*x->sys));
	if (!x->sys)
		return err_set(e, ERR_NOMEM, "out of memory");
	while (rd_left(&rd)) {
		struct btrfs_key key = btrfs_read_key(&rd);
		int r = decode(&rd, &key, &x->sys[x->sys_count], e);

		if (r < 0)
			return err_wrap(e, "superblock");
		x->sys_count++;
	}
	return 0;
}

static bool holds(const struct btrfs_chunk *c, uint64_t at)
{
	return at >= c->start && at - c->start < c->len;
}

/* Looks the address up in the tree of chunks. */
static int look_up(struct btrfs *x, uint64_t at, struct btrfs_chunk *ret, struct err *e)
{
	struct btrfs_key key = chunk_key;
	struct btrfs_item item;
	struct reader rd;
	int r;

	key.offset = at;
	x->in_chunk_tree = true;
	r = btrfs_floor(x, &x->chunk_tree, key, &item, e);
	x->in_chunk_tree = false;
	if (r > 0 && item.key.id == key.id && item.key.type == key.type) {
		rd = reader_of(item.bytes);
		r = decode(&rd, &item.key, ret, e);
		if (r >= 0 && holds(ret, at))
			return 0;
	}
	if (r < 0)
		return err_wrap(e, "tree of chunks");
	return err_set(e, ERR_CORRUPT, "no chunk holds address %" PRIu64, at);
}

static int find_chunk(struct btrfs *x, uint64_t at, struct btrfs_chunk **ret,
		      struct err *e)
{
	struct btrfs_chunk *oldest = &x->chunks[0], found;
	int r;

	for (size_t i = 0; i < x->sys_count; i++)
		if (holds(&x->sys[i], at)) {
			*ret = &x->sys[i];
			return 0;
		}
	if (x->in_chunk_tree)
		return err_set(e, ERR_CORRUPT,
			       "address %" PRIu64
			       " is in no system chunk of the superblock",
			       at);
	for (size_t i = 0; i < BTRFS_CHUNKS_KEPT; i++) {
		if (x->chunks[i].used && holds(&x->chunks[i], at)) {
			*ret = &x->chunks[i];
			return 0;
		}
		if (x->chunks[i].used < oldest->used)
			oldest = &x->chunks[i];
	}
	r = look_up(x, at, &found, e);
	if (r < 0)
		return r;
	*oldest = found;
	*ret = oldest;
	return 0;
}

/* Which stripe holds the byte at `off` of a chunk, where in it, and for how long. */
static const struct btrfs_stripe *stripe_of(const struct btrfs_chunk *c, uint64_t off,
					    unsigned copy, struct btrfs_place *p)
{
	unsigned each = c->type & RAID10 ? 2 : 1;
	uint64_t row = off / STRIPE_LEN, columns = c->stripe_count / each;

	if (!(c->type & (RAID0 | RAID10))) {
		p->copies = c->stripe_count;
		p->off = off;
		p->len = c->len - off;
		return copy < p->copies ? &c->stripes[copy] : NULL;
	}
	p->copies = each;
	p->off = row / columns * STRIPE_LEN + off % STRIPE_LEN;
	p->len = STRIPE_LEN - off % STRIPE_LEN;
	if (p->len > c->len - off)
		p->len = c->len - off;
	return copy < each ? &c->stripes[row % columns * each + copy] : NULL;
}

int btrfs_place(struct btrfs *x, uint64_t at, uint64_t len, unsigned copy,
		struct btrfs_place *ret, struct err *e)
{
	const struct btrfs_stripe *s;
	struct btrfs_place p = {0};
	struct btrfs_chunk *c = NULL;
	int r = find_chunk(x, at, &c, e);

	if (r < 0)
		return r;
	c->used = ++x->clock;
	if (c->type & (RAID5 | RAID6))
		return err_set(e, ERR_UNSUPPORTED, "it lies on RAID%d, which is not read",
			       c->type & RAID5 ? 5 : 6);
	s = stripe_of(c, at - c->start, copy, &p);
	if (!s)
		return err_set(e, ERR_BUG, "there is no copy %u", copy);
	p.devid = s->devid;
	p.off += s->off;
	p.len = p.len < len ? p.len : len;
	for (size_t i = 0; i < x->device_count; i++)
		if (x->devices[i].devid == s->devid)
			p.blocks = x->devices[i].blocks;
	*ret = p;
	return 0;
}

int btrfs_place_read(const struct btrfs_place *p, void *buf, struct err *e)
{
	int r;

	if (!p->blocks)
		return err_set(e, ERR_UNSUPPORTED,
			       "device %" PRIu64
			       " of this Btrfs is not among the disks given",
			       p->devid);
	r = blocks_read(p->blocks, p->off, buf, (size_t)p->len, e);
	return r < 0 ? err_wrap(e, "device %" PRIu64, p->devid) : 0;
}
