/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The changes in a transaction: parts of buffers, inodes, and inodes made anew. They are
 * numbers of the machine that wrote them where they describe, and as on the disk where
 * they are copied. Free space, references and quotas are left out: no file is read by
 * them. A change is passed over where the disk has a newer one.
 */
#include <inttypes.h>
#include <string.h>

#include "put.h"
#include "xfs-replay.h"

enum {
	ITEM_EFI = 0x1236,
	ITEM_EFD = 0x1237,
	ITEM_IUNLINK = 0x1238,
	ITEM_INODE = 0x123b,
	ITEM_BUFFER = 0x123c,
	ITEM_DQUOT = 0x123d,
	ITEM_QUOTAOFF = 0x123e,
	ITEM_ICREATE = 0x123f,
	ITEM_BUI = 0x1244,
	ITEM_BUD = 0x1245,
	ITEM_ATTRD = 0x1247,
	BUFFER_INODES = 1,
	BUFFER_CANCEL = 2,
	BUFFER_QUOTA = 4 | 8 | 16,
	CHUNK = 128, /* bytes that one bit of a buffer's map stands for */
	INODE_CORE = 1,
	INODE_DATA = 2 | 4, /* in place of the fork: data, or extents */
	INODE_ROOT = 8,     /* the root of a tree of extents */
};

static int damaged(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s in it is damaged", what);
}

static unsigned type_of(const struct xfs_item *item)
{
	struct reader rd = reader_of(item->regions.v[0]);

	return rd_u16le(&rd);
}

/* --- buffers --- */

struct buffer {
	unsigned flags;
	uint32_t len; /* blocks of 512 bytes, as is `block` */
	uint64_t block;
	struct reader map; /* of the chunks that follow, 32 bits each */
	uint32_t bits;
};

static int read_buffer(const struct xfs_item *item, struct buffer *ret, struct err *e)
{
	struct reader rd = reader_of(item->regions.v[0]);

	rd_skip(&rd, 4);
	ret->flags = rd_u16le(&rd);
	ret->len = rd_u16le(&rd);
	ret->block = rd_u64le(&rd);
	ret->bits = rd_u32le(&rd) * 32;
	ret->map = rd;
	return rd_ok(&rd) && ret->len && ret->bits <= 17 * 32 && !(ret->block >> 54)
		       ? 0
		       : damaged("a buffer", e);
}

static struct xfs_cancelled *find_cancelled(struct xfs_replay *p, uint64_t block,
					    uint32_t len)
{
	for (size_t i = 0; i < p->cancelled.n; i++) {
		struct xfs_cancelled *c = &p->cancelled.v[i];

		if (c->count && c->block == block && c->len == len)
			return c;
	}
	return NULL;
}

static int cancel(struct xfs_replay *p, const struct buffer *b, struct err *e)
{
	struct xfs_cancelled *c = find_cancelled(p, b->block, b->len);
	struct xfs_cancelled new = {b->block, b->len, 1};

	if (c) {
		c->count += p->second ? -1u : 1;
		return 0;
	}
	if (p->second)
		return 0;
	return vec_push(p->arena, &p->cancelled, new) ? 0 : arena_full(p->arena, e);
}

/* Where a kind of block has the place in the log of its last change. */
static uint64_t disk_lsn(const struct xfs_replay *p, struct slice bytes)
{
	static const struct {
		const char *magic;
		uint8_t at, lsn, uuid, n;
	} kinds[] = {
		{"XFSB", 0, 240, 0, 4},     {"BMA3", 0, 32, 40, 4},
		{"XDB3", 0, 16, 24, 4},     {"XDD3", 0, 16, 24, 4},
		{"XDF3", 0, 16, 24, 4},     {"XSLM", 0, 48, 16, 4},
		{"\x3d\xf1", 8, 24, 32, 2}, {"\x3d\xff", 8, 24, 32, 2},
		{"\x3e\xbe", 8, 24, 32, 2}, {"\x3b\xee", 8, 24, 32, 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct reader rd = reader_of(bytes);

		if (!slice_has(bytes, kinds[i].at, kinds[i].magic, kinds[i].n))
			continue;
		if (kinds[i].uuid &&
		    !slice_has(bytes, kinds[i].uuid, p->super->meta_uuid, 16))
			return 0;
		rd_seek(&rd, kinds[i].lsn);
		return rd_u64be(&rd);
	}
	return 0;
}

static int is_newer(struct xfs_replay *p, uint64_t at, uint64_t lsn, struct err *e)
{
	uint8_t head[256];
	uint64_t found;
	int r = blocks_read(p->out, at, head, sizeof(head), e);

	if (r < 0 || !p->super->v5)
		return r < 0 ? r : 0;
	found = disk_lsn(p, slice_of(head, sizeof(head)));
	return found && found != UINT64_MAX && found >= lsn;
}

static bool bit(const struct buffer *b, uint32_t n)
{
	struct reader rd = b->map;

	if (n >= b->bits)
		return false;
	rd_skip(&rd, n / 32 * 4);
	return rd_u32le(&rd) >> n % 32 & 1;
}

/* Each region is a run of chunks; a longer run may take several. */
static int copy_chunks(struct xfs_replay *p, const struct xfs_item *item,
		       const struct buffer *b, struct err *e)
{
	uint32_t at = 0;
	size_t region = 1;

	while (at < b->bits) {
		uint32_t n = 0;
		struct slice part;
		int r;

		if (!bit(b, at)) {
			at++;
			continue;
		}
		while (bit(b, at + n))
			n++;
		if (region >= item->regions.n)
			return damaged("a buffer", e);
		if (item->regions.v[region].n / CHUNK < n)
			n = (uint32_t)(item->regions.v[region].n / CHUNK);
		if (n == 0 || (at + n) * (uint64_t)CHUNK > b->len * 512ull ||
		    !slice_sub(item->regions.v[region], 0, n * CHUNK, &part))
			return damaged("a buffer", e);
		r = blocks_write(p->out, b->block * 512 + at * (uint64_t)CHUNK, part.p,
				 part.n, e);
		if (r < 0)
			return r;
		at += n;
		region++;
	}
	return 0;
}

static int replay_buffer(struct xfs_replay *p, const struct xfs_item *item, uint64_t lsn,
			 struct err *e)
{
	struct buffer b = {0};
	int r = read_buffer(item, &b, e);

	if (r < 0)
		return r;
	if (b.flags & BUFFER_CANCEL)
		return cancel(p, &b, e);
	/* In buffers of inodes only the list of deleted ones is changed so. */
	if (!p->second || (b.flags & (BUFFER_INODES | BUFFER_QUOTA)) ||
	    find_cancelled(p, b.block, b.len))
		return 0;
	r = is_newer(p, b.block * 512, lsn, e);
	return r != 0 ? (r < 0 ? r : 0) : copy_chunks(p, item, &b, e);
}

/* --- inodes --- */

struct inode_change {
	uint32_t fields, len, in_buffer;
	uint64_t ino, block;
};

static int read_inode(const struct xfs_item *item, struct inode_change *ret,
		      struct err *e)
{
	struct slice first = item->regions.v[0];
	struct reader rd = reader_of(first);
	/* 32-bit machines leave four bytes out. */
	unsigned shift = first.n == 52 ? 4 : 0;

	rd_skip(&rd, 4);
	ret->fields = rd_u32le(&rd);
	rd_seek(&rd, 16 - shift);
	ret->ino = rd_u64le(&rd);
	rd_seek(&rd, 40 - shift);
	ret->block = rd_u64le(&rd);
	ret->len = rd_u32le(&rd);
	ret->in_buffer = rd_u32le(&rd);
	return rd_ok(&rd) && item->regions.n >= 2 && !(ret->block >> 54)
		       ? 0
		       : damaged("an inode", e);
}

/* The fields of a logged inode have their places on the disk, and the byte order of the
 * machine. Times are two numbers, or one. */
static void put_core(uint8_t *inode, struct slice core, bool v5)
{
	static const uint8_t sizes[][2] = {
		{0, 2},  {2, 2},  {4, 1},   {5, 1},   {8, 4},   {12, 4},
		{16, 4}, {20, 2}, {22, 2},  {56, 8},  {64, 8},  {72, 4},
		{76, 4}, {80, 2}, {82, 1},  {83, 1},  {84, 4},  {88, 2},
		{90, 2}, {92, 4}, {104, 8}, {120, 8}, {128, 4}, {152, 8},
	};
	struct reader rd = reader_of(core);
	uint64_t flags2 = 0;

	rd_seek(&rd, v5 ? 120 : 0);
	if (v5)
		flags2 = rd_u64le(&rd);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint64_t v = 0;

		if (!v5 && sizes[i][0] > 96)
			break;
		for (size_t n = sizes[i][1]; n > 0; n--)
			v = v << 8 | (unsigned)slice_at(core, sizes[i][0] + n - 1);
		put_be(inode + sizes[i][0], sizes[i][1], v);
	}
	for (size_t at = 32; at <= 144; at += at == 48 ? 96 : 8) {
		if (!v5 && at > 48)
			break;
		rd = reader_of(core);
		rd_seek(&rd, at);
		if (flags2 & 8)
			put_be(inode + at, 8, rd_u64le(&rd));
		else
			for (size_t n = 0; n < 8; n += 4)
				put_be(inode + at + n, 4, rd_u32le(&rd));
	}
	/* Wide numbers of extents lie where older inodes have what does not matter. */
	rd = reader_of(core);
	rd_seek(&rd, 24);
	if (v5)
		put_be(inode + 24, 8, rd_u64le(&rd));
}

/* Keys and places of the root of a tree, which has another head and room in memory. */
static int put_root(const struct xfs_super *s, uint8_t *fork, size_t room,
		    struct slice root, struct err *e)
{
	struct reader rd = reader_of(root);
	size_t head = s->v5 ? 72 : 24, count, most, here = (room - 4) / 16;

	rd_skip(&rd, 6);
	count = rd_u16be(&rd);
	most = root.n < head ? 0 : (root.n - head) / 16;
	if (!rd_ok(&rd) || count > most || count > here)
		return damaged("the root of an extent tree", e);
	rd_seek(&rd, 4);
	rd_copy(&rd, fork, 4);
	rd_seek(&rd, head);
	rd_copy(&rd, fork + 4, count * 8);
	rd_seek(&rd, head + most * 8);
	rd_copy(&rd, fork + 4 + here * 8, count * 8);
	return 0;
}

static int put_fork(const struct xfs_super *s, uint8_t *inode, uint32_t fields,
		    struct slice data, struct err *e)
{
	size_t core = s->v5 ? 176 : 100, room = inode[82] * 8u;
	struct reader rd = reader_of(data);

	if (room == 0 || room > s->inode_size - core)
		room = s->inode_size - core;
	if (fields & INODE_ROOT)
		return put_root(s, inode + core, room, data, e);
	/* Data are logged in whole words. */
	if (data.n > room)
		return damaged("an inode", e);
	rd_copy(&rd, inode + core, data.n);
	return 0;
}

/* 1: what is on the disk is newer. */
static int is_inode_newer(const struct xfs_replay *p, struct slice inode,
			  struct slice core, uint64_t lsn)
{
	struct reader rd = reader_of(inode), log = reader_of(core);
	uint64_t found;
	unsigned before, now;

	if (p->super->v5) {
		rd_seek(&rd, 112);
		found = rd_u64be(&rd);
		return found && found != UINT64_MAX && found > lsn;
	}
	rd_seek(&rd, 30);
	rd_seek(&log, 30);
	before = rd_u16be(&rd);
	now = rd_u16le(&log);
	return now < before && !(before == 0xffff && now < 0x7fff);
}

static int replay_inode(struct xfs_replay *p, const struct xfs_item *item, uint64_t lsn,
			struct err *e)
{
	const struct xfs_super *s = p->super;
	struct inode_change c = {0};
	uint8_t inode[XFS_INODE_MAX];
	struct slice bytes = slice_of(inode, s->inode_size), core;
	uint64_t at;
	int r = p->second ? read_inode(item, &c, e) : 0;

	if (r < 0 || !p->second || find_cancelled(p, c.block, c.len))
		return r;
	at = c.block * 512 + c.in_buffer;
	core = item->regions.v[1];
	r = blocks_read(p->out, at, inode, s->inode_size, e);
	if (r < 0)
		return r;
	if (!slice_has(bytes, 0, "IN", 2) || !slice_has(core, 0, "NI", 2) ||
	    core.n < (s->v5 ? 176 : 96))
		return damaged("an inode", e);
	if (is_inode_newer(p, bytes, core, lsn))
		return 0;
	put_core(inode, core, s->v5);
	if ((c.fields & (INODE_DATA | INODE_ROOT)) && item->regions.n > 2)
		r = put_fork(s, inode, c.fields, item->regions.v[2], e);
	return r < 0 ? r : blocks_write(p->out, at, inode, s->inode_size, e);
}

/* --- inodes made anew --- */

static bool is_range_cancelled(const struct xfs_replay *p, uint64_t block, uint64_t len)
{
	for (size_t i = 0; i < p->cancelled.n; i++) {
		const struct xfs_cancelled *c = &p->cancelled.v[i];

		if (c->count && c->block < block + len && block < c->block + c->len)
			return true;
	}
	return false;
}

static void fresh_inode(const struct xfs_super *s, uint8_t *inode, uint64_t ino,
			uint32_t generation)
{
	memset(inode, 0, s->inode_size);
	memcpy(inode, "IN", 2);
	inode[4] = 3;
	put_be(inode + 92, 4, generation);
	memset(inode + 96, 0xff, 4);
	put_be(inode + 152, 8, ino);
	memcpy(inode + 160, s->meta_uuid, 16);
}

static int replay_create(struct xfs_replay *p, const struct xfs_item *item, struct err *e)
{
	const struct xfs_super *s = p->super;
	struct reader rd = reader_of(item->regions.v[0]);
	uint32_t group, block, count, size, length, generation;
	uint8_t inode[XFS_INODE_MAX];
	uint64_t first, linear;
	int r = 0;

	rd_skip(&rd, 4);
	group = rd_u32be(&rd);
	block = rd_u32be(&rd);
	count = rd_u32be(&rd);
	size = rd_u32be(&rd);
	length = rd_u32be(&rd);
	generation = rd_u32be(&rd);
	if (!p->second)
		return 0;
	first = (uint64_t)group << s->group_log | block;
	if (!rd_ok(&rd) || !s->v5 || size != s->inode_size || length > 1u << 16 ||
	    count > (uint64_t)length * s->inodes_per_block ||
	    !xfs_block_linear(s, first, length, &linear))
		return damaged("a group of inodes", e);
	if (is_range_cancelled(p, linear << (s->block_log - 9),
			       (uint64_t)length << (s->block_log - 9)))
		return 0;
	for (uint32_t i = 0; r >= 0 && i < count; i++) {
		fresh_inode(s, inode, (first << s->per_block_log) + i, generation);
		r = blocks_write(p->out,
				 (linear << s->block_log) + (uint64_t)i * s->inode_size,
				 inode, s->inode_size, e);
	}
	return r;
}

/* --- what was begun --- */

/* Moves of blocks between files are begun by one item and ended by another. */
static int note_move(struct xfs_replay *p, const struct xfs_item *item, bool ends,
		     struct err *e)
{
	struct reader rd = reader_of(item->regions.v[0]);
	uint64_t id;

	rd_skip(&rd, 8);
	id = rd_u64le(&rd);
	if (!rd_ok(&rd))
		return damaged("a move of blocks", e);
	if (!p->second)
		return 0;
	if (!ends)
		return vec_push(p->arena, &p->open, id) ? 0 : arena_full(p->arena, e);
	for (size_t i = 0; i < p->open.n; i++)
		if (p->open.v[i] == id)
			p->open.v[i--] = p->open.v[--p->open.n];
	return 0;
}

/* --- a transaction --- */

/* Linux takes buffers and new inodes first, then inodes, and last what was freed. */
static unsigned order_of(const struct xfs_item *item)
{
	struct buffer b = {0};
	struct err ignored = ERR_INIT;
	unsigned type = type_of(item);

	if (type == ITEM_ICREATE)
		return 0;
	if (type != ITEM_BUFFER || read_buffer(item, &b, &ignored) < 0)
		return 1;
	return b.flags & BUFFER_CANCEL ? 2 : 0;
}

static int replay_item(struct xfs_replay *p, const struct xfs_item *item, uint64_t lsn,
		       struct err *e)
{
	unsigned type = type_of(item);

	switch (type) {
	case ITEM_BUFFER:
		return replay_buffer(p, item, lsn, e);
	case ITEM_INODE:
		return replay_inode(p, item, lsn, e);
	case ITEM_ICREATE:
		return replay_create(p, item, e);
	case ITEM_BUI:
	case ITEM_BUD:
		return note_move(p, item, type == ITEM_BUD, e);
	default:
		break;
	}
	/* Free space, reverse mappings, references, quotas, attributes. */
	return type >= ITEM_EFI && type <= ITEM_ATTRD
		       ? 0
		       : err_set(e, ERR_UNSUPPORTED,
				 "it holds a change of kind 0x%x, which is not known "
				 "here: let the guest mount it once",
				 type);
}

int xfs_replay_commit(struct xfs_replay *p, const struct xfs_transaction *t,
		      struct err *e)
{
	int r = 0;

	for (unsigned order = 0; r >= 0 && order < 3; order++)
		for (size_t i = 0; r >= 0 && i < t->items.n; i++) {
			const struct xfs_item *item = &t->items.v[i];

			if (item->regions.n != item->total)
				return damaged("a transaction", e);
			if (order_of(item) == order)
				r = replay_item(p, item, t->lsn, e);
		}
	return r;
}
