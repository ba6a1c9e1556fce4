/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inodes ("Inodes" in the specification): a head that all have, then what its kind needs,
 * in a short form and an extended one.
 */
#include <inttypes.h>

#include "checked.h"
#include "squashfs.h"

enum { HEAD = 16, BODY_MAX = 40 };

static void decode_dir(struct reader *rd, struct squash_inode *i)
{
	i->start = rd_u32le(rd);
	rd_skip(rd, 4); /* links */
	i->size = rd_u16le(rd);
	i->off = rd_u16le(rd);
	i->parent = rd_u32le(rd);
}

static void decode_file(struct reader *rd, struct squash_inode *i)
{
	i->start = rd_u32le(rd);
	i->fragment = rd_u32le(rd);
	i->off = rd_u32le(rd);
	i->size = rd_u32le(rd);
}

static void decode_symlink(struct reader *rd, struct squash_inode *i)
{
	rd_skip(rd, 4); /* links */
	i->size = rd_u32le(rd);
}

/* Behind it lies an index of its names, which a search from the start can do without. */
static void decode_long_dir(struct reader *rd, struct squash_inode *i)
{
	rd_skip(rd, 4); /* links */
	i->size = rd_u32le(rd);
	i->start = rd_u32le(rd);
	i->parent = rd_u32le(rd);
	rd_skip(rd, 2); /* entries of the index */
	i->off = rd_u16le(rd);
	rd_skip(rd, 4); /* extended attributes */
}

static void decode_long_file(struct reader *rd, struct squash_inode *i)
{
	i->start = rd_u64le(rd);
	i->size = rd_u64le(rd);
	rd_skip(rd, 8 + 4); /* bytes saved by holes; links */
	i->fragment = rd_u32le(rd);
	i->off = rd_u32le(rd);
	rd_skip(rd, 4); /* extended attributes */
}

static const struct body {
	size_t len;
	void (*decode)(struct reader *rd, struct squash_inode *i);
} bodies[] = {
	[SQUASH_DIR] = {16, decode_dir},
	[SQUASH_FILE] = {16, decode_file},
	[SQUASH_SYMLINK] = {8, decode_symlink},
	[SQUASH_DIR + SQUASH_EXTENDED] = {24, decode_long_dir},
	[SQUASH_FILE + SQUASH_EXTENDED] = {40, decode_long_file},
	[SQUASH_SYMLINK + SQUASH_EXTENDED] = {8, decode_symlink},
};

static int read_body(struct squash *x, unsigned type, struct squash_inode *i,
		     struct err *e)
{
	uint8_t bytes[BODY_MAX];
	const struct body *body;
	struct reader rd;
	int r;

	if (type == 0 || type > SQUASH_SOCKET + SQUASH_EXTENDED)
		return err_set(e, ERR_CORRUPT, "its type %u does not exist", type);
	i->kind = type > SQUASH_EXTENDED ? type - SQUASH_EXTENDED : type;
	body = type < ARRAY_LEN(bodies) ? &bodies[type] : NULL;
	if (!body || !body->decode)
		return 0; /* a device, a pipe, a socket */
	r = squash_meta_read(x, &i->rest, bytes, body->len, e);
	if (r < 0)
		return r;
	rd = reader_of(slice_of(bytes, body->len));
	body->decode(&rd, i);
	return rd_ok(&rd) ? 0 : err_set(e, ERR_BUG, "a kind of inode without its length");
}

static int read_inode(struct squash *x, struct squash_inode *i, struct err *e)
{
	uint8_t head[HEAD];
	struct reader rd = reader_of(slice_of(head, sizeof(head)));
	unsigned type;
	int r;

	i->rest = (struct squash_cursor){.end = x->super.dir_table,
					 .off = (uint32_t)(i->id & 0xffff)};
	if (!checked_add(x->super.inode_table, i->id >> 16, &i->rest.block))
		return err_set(e, ERR_CORRUPT, "it lies outside of its table");
	r = squash_meta_read(x, &i->rest, head, sizeof(head), e);
	if (r < 0)
		return r;
	type = rd_u16le(&rd);
	i->mode = rd_u16le(&rd) & 07777u;
	rd_skip(&rd, 2 + 2 + 4); /* owner, group, time */
	i->number = rd_u32le(&rd);
	return read_body(x, type, i, e);
}

int squash_inode_read(struct squash *x, uint64_t id, struct squash_inode *ret,
		      struct err *e)
{
	struct squash_inode i = {.id = id};

	if (read_inode(x, &i, e) < 0)
		return err_wrap(e, "inode at 0x%" PRIx64, id);
	*ret = i;
	return 0;
}

enum node_type squash_node_type(enum squash_kind kind)
{
	switch (kind) {
	case SQUASH_DIR:
		return NODE_DIR;
	case SQUASH_FILE:
		return NODE_FILE;
	case SQUASH_SYMLINK:
		return NODE_SYMLINK;
	default:
		return NODE_OTHER;
	}
}
