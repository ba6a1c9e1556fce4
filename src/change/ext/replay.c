/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing a journal back, as a kernel does it before it mounts the file system: what was
 * read of the log (journal.h) is put in its place, the journal is marked as empty, and
 * then the superblock says that it is. Deleted files that nobody has freed yet stay.
 */
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "write.h"

struct replay {
	struct blocks *to;
	const struct ext_log *log;
	uint32_t size;      /* of a block */
	uint8_t *old, *new; /* a block each */
};

/* What lies in the log is read while its blocks are written. */
static int check_places(const struct replay *p, struct err *e)
{
	const struct map *map = p->log->map;

	for (size_t i = 0; i < map->n; i++)
		if (journal_overlay_has(p->log->overlay, map->runs[i].disk,
					map->runs[i].count))
			return err_set(e, ERR_CORRUPT,
				       "its log changes the journal itself");
	return 0;
}

/* What was written back already, of a log that is kept for long, is not written again. */
static int put_block(void *ctx, uint64_t block, struct err *e)
{
	struct replay *p = ctx;
	uint64_t at = block * p->size;
	int r = blocks_read(p->log->overlay, at, p->new, p->size, e);

	if (r >= 0)
		r = blocks_read(p->to, at, p->old, p->size, e);
	if (r >= 0 && memcmp(p->old, p->new, p->size) != 0)
		r = blocks_write(p->to, at, p->new, p->size, e);
	return r;
}

static int put_blocks(struct replay *p, struct err *e)
{
	_cleanup_free_ uint8_t *room = malloc((size_t)p->size * 2);
	int r = check_places(p, e);

	if (!room)
		return err_set(e, ERR_NOMEM, "out of memory");
	p->old = room;
	p->new = room + p->size;
	return r < 0 ? r : journal_overlay_walk(p->log->overlay, put_block, p, e);
}

static int read_super(const struct replay *p, uint8_t bytes[JOURNAL_SUPER_SIZE],
		      struct journal_super *ret, struct err *e)
{
	const struct map_space space = {.blocks = p->to, .unit = p->size};
	int r = map_read(&space, p->log->map, 0, bytes, JOURNAL_SUPER_SIZE, e);

	if (r >= 0)
		r = journal_super_decode(slice_of(bytes, JOURNAL_SUPER_SIZE), ret, e);
	if (r >= 0 && ret->error)
		r = err_set(e, ERR_REFUSED, "errors are recorded in it: run e2fsck -f");
	return r;
}

static int put_log(struct replay *p, struct err *e)
{
	uint8_t bytes[JOURNAL_SUPER_SIZE];
	struct journal_super s;
	uint64_t first;
	int r = read_super(p, bytes, &s, e);

	if (r >= 0 && p->log->overlay)
		r = put_blocks(p, e);
	if (r < 0)
		return r;
	if (!map_disk(p->log->map, 0, &first))
		return err_set(e, ERR_CORRUPT, "its file is empty");
	journal_super_empty(bytes, &s, p->log->next);
	return blocks_write(p->to, first * p->size, bytes, sizeof(bytes), e);
}

/* The superblock is perhaps another one by now. */
static int clear_flag(struct blocks *b, int64_t now, struct err *e)
{
	struct ext_io io = {.blocks = b, .writable = true};
	struct ext_super s;
	ext2_filsys lib;
	errcode_t code;
	int r = ext_super_read(b, &s, e);

	if (r >= 0)
		r = ext_super_check(&s, b, e);
	if (r >= 0)
		r = ext_io_open(&io, &lib, e);
	if (r < 0)
		return r;
	lib->now = (time_t)now;
	lib->flags |= EXT2_FLAG_SUPER_ONLY | EXT2_FLAG_MASTER_SB_ONLY;
	ext2fs_clear_feature_journal_needs_recovery(lib->super);
	ext2fs_mark_super_dirty(lib);
	code = ext2fs_flush(lib);
	ext2fs_free(lib);
	return code || io.err.code != ERR_NONE ? ext_io_error(&io, code, e) : 0;
}

static int replay(struct blocks *b, const struct ext_super *s, int64_t now, struct err *e)
{
	_cleanup_ext_log_ struct ext_log log = {0};
	struct replay p = {.to = b, .log = &log, .size = ext_block_size(s)};
	int r = ext_log_replay(b, s, &log, e);

	if (r < 0)
		return r;
	r = put_log(&p, e);
	return r < 0 ? err_wrap(e, "journal") : clear_flag(b, now, e);
}

int ext_writer_replay(struct blocks *b, int64_t now, struct err *e)
{
	struct ext_super s;
	int r = ext_super_read(b, &s, e);

	if (r >= 0 && !(s.incompat & EXT3_FEATURE_INCOMPAT_RECOVER))
		return 0;
	if (r >= 0)
		r = ext_super_check(&s, b, e);
	if (r >= 0)
		r = replay(b, &s, now, e);
	return r < 0 ? err_wrap(e, "%s", ext_super_type(&s)) : 1;
}
