/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What metadata of version 5 says of itself ("Metadata Integrity" in the specification).
 */
#include <ext2fs/ext2fs.h>
#include <inttypes.h>

#include "patched.h"
#include "xfs.h"

bool xfs_crc_right(const struct xfs_super *s, struct slice block, uint64_t at,
		   size_t crc_at)
{
	static const uint8_t zero[4];
	struct reader rd = reader_of(block);
	struct slice head = rd_bytes(&rd, crc_at);
	uint32_t want = rd_u32le(&rd), crc;
	struct slice rest = rd_bytes(&rd, rd_left(&rd));

	if (!rd_ok(&rd))
		return false;
	crc = ext2fs_crc32c_le(~0u, head.p, head.n);
	crc = ext2fs_crc32c_le(crc, zero, sizeof(zero));
	return ~ext2fs_crc32c_le(crc, rest.p, rest.n) == want ||
	       (s->replayed && blocks_patched_at(s->replayed, at, block.n));
}

int xfs_meta_check(const struct xfs_super *s, const struct xfs_meta *kind,
		   struct slice block, uint64_t at, uint64_t owner, struct err *e)
{
	struct reader place = reader_of(block), of = reader_of(block);

	if (!s->v5)
		return 0;
	rd_seek(&place, kind->place);
	rd_seek(&of, kind->owner);
	if (!xfs_crc_right(s, block, at, kind->crc))
		return err_set(e, ERR_CORRUPT, "%s: the checksum is wrong", kind->what);
	if (rd_u64be(&place) != at / 512 || rd_u64be(&of) != owner ||
	    !slice_has(block, kind->uuid, s->meta_uuid, 16))
		return err_set(e, ERR_CORRUPT,
			       "%s: it says that it belongs to another place",
			       kind->what);
	return 0;
}
