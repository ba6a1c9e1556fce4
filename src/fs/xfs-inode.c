/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inodes ("On-disk Inode" in the specification): fixed fields, and behind them the fork
 * of the data, and that of the extended attributes, which is not read.
 */
#include <inttypes.h>
#include <sys/stat.h>

#include "xfs.h"

enum {
	CORE_V2 = 100,
	CORE_V3 = 176,
	CORE_CRC = 100,
	FLAG_REALTIME = 1,
	FLAG2_SHARED = 2,
	FLAG2_WIDE_COUNTS = 16
};

/* What of version 3 says that these bytes are this inode. */
static int check_identity(const struct xfs_super *s, const struct xfs_inode *i,
			  uint64_t at, struct err *e)
{
	struct slice bytes = slice_of(i->bytes, s->inode_size);
	struct reader rd = reader_of(bytes);

	rd_seek(&rd, 152);
	if (!xfs_crc_right(s, bytes, at, CORE_CRC))
		return err_set(e, ERR_CORRUPT, "the checksum is wrong");
	if (rd_u64be(&rd) != i->ino || !slice_has(bytes, 160, s->meta_uuid, 16))
		return err_set(e, ERR_CORRUPT, "it says that it is another one");
	return 0;
}

static int decode(const struct xfs_super *s, struct xfs_inode *ret, struct err *e)
{
	struct reader rd = reader_of(slice_of(ret->bytes, s->inode_size));
	unsigned magic = rd_u16be(&rd), version, format, attr_at, flags;
	unsigned core = s->v5 ? CORE_V3 : CORE_V2, room = s->inode_size - core;
	uint64_t wide, flags2 = 0;

	ret->mode = rd_u16be(&rd);
	version = rd_u8(&rd);
	format = rd_u8(&rd);
	rd_seek(&rd, 24);
	wide = rd_u64be(&rd);
	rd_seek(&rd, 56);
	ret->size = rd_u64be(&rd);
	rd_seek(&rd, 76);
	ret->extents = rd_u32be(&rd);
	rd_seek(&rd, 82);
	attr_at = rd_u8(&rd) * 8u;
	rd_seek(&rd, 90);
	flags = rd_u16be(&rd);
	if (s->v5) {
		rd_seek(&rd, 120);
		flags2 = rd_u64be(&rd);
	}
	if (!rd_ok(&rd) || magic != 0x494e ||
	    (s->v5 ? version != 3 : version != 1 && version != 2))
		return err_set(e, ERR_CORRUPT, "it does not look like one");
	if (flags2 & FLAG2_WIDE_COUNTS)
		ret->extents = wide;
	if (attr_at >= room || format > XFS_BTREE || ret->size >> 63)
		return err_set(e, ERR_CORRUPT, "its numbers are not possible");
	ret->fork_at = (uint16_t)core;
	ret->fork_len = (uint16_t)(attr_at ? attr_at : room);
	ret->format = format;
	ret->realtime = flags & FLAG_REALTIME;
	ret->shared = flags2 & FLAG2_SHARED;
	return 0;
}

static int check_state(const struct xfs_inode *i, struct err *e)
{
	enum node_type type = node_type_of_mode(i->mode);

	if (i->mode == 0)
		return err_set(e, ERR_CORRUPT, "it is deleted but in use");
	if (type != NODE_OTHER && i->format == XFS_DEVICE)
		return err_set(e, ERR_CORRUPT, "it is a device and is not");
	if (type == NODE_FILE && i->format == XFS_LOCAL)
		return err_set(e, ERR_CORRUPT, "a file's data cannot lie in its inode");
	return 0;
}

int xfs_inode_read(struct xfs *x, uint64_t ino, struct xfs_inode *ret, struct err *e)
{
	struct xfs_inode i = {.ino = ino};
	uint64_t at;
	int r;

	if (!xfs_inode_place(&x->super, ino, &at))
		return err_set(e, ERR_CORRUPT, "inode %" PRIu64 " does not exist", ino);
	r = blocks_read(x->blocks, at, i.bytes, x->super.inode_size, e);
	if (r >= 0)
		r = decode(&x->super, &i, e);
	if (r >= 0 && x->super.v5)
		r = check_identity(&x->super, &i, at, e);
	if (r >= 0)
		r = check_state(&i, e);
	if (r < 0)
		return err_wrap(e, "inode %" PRIu64, ino);
	*ret = i;
	return 0;
}
