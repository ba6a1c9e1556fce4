/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal of an unclean file system: where it is found, and its replay in memory. */
#include <inttypes.h>

#include "ext.h"
#include "journal.h"

static int replay(struct blocks *b, const struct ext_super *s, struct ext_log *ret,
		  struct err *e)
{
	struct journal_file file = {
		.blocks = b, .block_size = ext_block_size(s), .fs_blocks = s->blocks};
	struct ext_inode i;
	int r;

	if (!(s->compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL))
		return err_set(e, ERR_CORRUPT, "it needs recovery but has no journal");
	if (s->journal_inode == 0)
		return err_set(
			e, ERR_UNSUPPORTED,
			"it needs recovery from an external journal: let the guest "
			"mount it once, or run e2fsck on both devices");
	r = ext_open_raw(b, &ret->raw, e);
	if (r >= 0)
		r = ext_inode_read(ret->raw, s->journal_inode, &i, e);
	if (r >= 0 && node_type_of_mode(i.mode) != NODE_FILE)
		r = err_set(e, ERR_CORRUPT, "inode %" PRIu32 " is not a file", i.ino);
	if (r >= 0)
		r = ext_map_of(ret->raw, &i, &file.map, e);
	if (r < 0)
		return r;
	file.count = i.size / file.block_size;
	ret->map = file.map;
	return journal_replay(&file, &ret->overlay, &ret->next, e);
}

int ext_log_replay(struct blocks *b, const struct ext_super *s, struct ext_log *ret,
		   struct err *e)
{
	int r = replay(b, s, ret, e);

	return r < 0 ? err_wrap(e, "journal") : 0;
}

void ext_log_done(struct ext_log *log)
{
	blocks_free(log->overlay);
	ext_freep(&log->raw);
}
