/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening an ext file system for writing, with all that is refused, and finishing.
 */
#include "write.h"

#include <inttypes.h>
#include <string.h>

#include "journal.h"
#include "limits.h"
#include "strbuf.h"

enum feature_set { COMPAT, INCOMPAT, RO_COMPAT, SETS };

/* What is written here, each proved by e2fsck in the oracle of this folder. Any other
 * flag is refused, also a "compatible" one: a kernel that does not know it may go on, a
 * tool that changes metadata may not (e2fsck refuses likewise). */
static const uint32_t written[SETS] = {
	[COMPAT] = EXT2_FEATURE_COMPAT_DIR_PREALLOC | EXT3_FEATURE_COMPAT_HAS_JOURNAL |
		   EXT2_FEATURE_COMPAT_EXT_ATTR | EXT2_FEATURE_COMPAT_RESIZE_INODE |
		   EXT2_FEATURE_COMPAT_DIR_INDEX | EXT4_FEATURE_COMPAT_SPARSE_SUPER2 |
		   EXT4_FEATURE_COMPAT_FAST_COMMIT | EXT4_FEATURE_COMPAT_STABLE_INODES |
		   EXT4_FEATURE_COMPAT_ORPHAN_FILE,
	[INCOMPAT] = EXT2_FEATURE_INCOMPAT_FILETYPE | EXT2_FEATURE_INCOMPAT_META_BG |
		     EXT3_FEATURE_INCOMPAT_EXTENTS | EXT4_FEATURE_INCOMPAT_64BIT |
		     EXT4_FEATURE_INCOMPAT_FLEX_BG | EXT4_FEATURE_INCOMPAT_EA_INODE |
		     EXT4_FEATURE_INCOMPAT_CSUM_SEED | EXT4_FEATURE_INCOMPAT_LARGEDIR |
		     EXT4_FEATURE_INCOMPAT_INLINE_DATA | EXT4_FEATURE_INCOMPAT_ENCRYPT |
		     EXT4_FEATURE_INCOMPAT_CASEFOLD,
	[RO_COMPAT] =
		EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
		EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_GDT_CSUM |
		EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE |
		EXT4_FEATURE_RO_COMPAT_BIGALLOC | EXT4_FEATURE_RO_COMPAT_METADATA_CSUM |
		EXT4_FEATURE_RO_COMPAT_PROJECT | EXT4_FEATURE_RO_COMPAT_VERITY |
		EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT,
};

/* The others that have a name, and what to do about them where there is something. */
static const struct {
	enum feature_set set;
	uint32_t bit;
	const char *name, *advice;
} named[] = {
	{RO_COMPAT, EXT4_FEATURE_RO_COMPAT_QUOTA, "quota",
	 "quotas would have to be counted again: tune2fs -O ^quota, and on again later"},
	{RO_COMPAT, EXT4_FEATURE_RO_COMPAT_SHARED_BLOCKS, "shared_blocks",
	 "its files share blocks, so no kernel writes to it either"},
	{RO_COMPAT, EXT4_FEATURE_RO_COMPAT_READONLY, "read-only",
	 "it is marked as never to be changed: tune2fs -O ^read-only"},
	{RO_COMPAT, EXT4_FEATURE_RO_COMPAT_HAS_SNAPSHOT, "snapshot", NULL},
	{RO_COMPAT, EXT4_FEATURE_RO_COMPAT_REPLICA, "replica", NULL},
	{INCOMPAT, EXT3_FEATURE_INCOMPAT_RECOVER, "needs_recovery",
	 "it is mounted, or was not unmounted cleanly: shut the guest down, or run "
	 "e2fsck"},
	{COMPAT, EXT2_FEATURE_COMPAT_IMAGIC_INODES, "imagic_inodes", NULL},
};

static int check_features(const struct ext_super *s, struct err *e)
{
	const uint32_t has[SETS] = {s->compat, s->incompat, s->ro_compat};
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT(256);

	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (!(has[named[i].set] & named[i].bit))
			continue;
		if (named[i].advice)
			return err_set(e,
				       named[i].bit == EXT3_FEATURE_INCOMPAT_RECOVER
					       ? ERR_REFUSED
					       : ERR_UNSUPPORTED,
				       "feature %s: %s", named[i].name, named[i].advice);
		strbuf_printf(&names, " %s", named[i].name);
	}
	for (unsigned set = 0; set < SETS && !names.n; set++)
		if (has[set] & ~written[set])
			strbuf_printf(&names, " 0x%" PRIx32, has[set] & ~written[set]);
	if (names.n)
		return err_set(e, ERR_UNSUPPORTED,
			       "it uses features that are not written here:%s",
			       strbuf_text(&names));
	if (s->log_block == 6)
		return err_set(e, ERR_UNSUPPORTED,
			       "blocks of 64 KiB are not written here");
	return 0;
}

/* Is it as a clean unmount leaves it, but for deleted files that are still to be freed?
 * They count as used until a kernel that mounts it frees them: their list is left as it
 * is. `lib` has what struct ext_super has not. */
static int check_state(const struct ext_writer *w, struct err *e)
{
	const struct ext2_super_block *s = w->lib->super;

	if (w->super.state & EXT2_ERROR_FS || s->s_error_count)
		return err_set(e, ERR_REFUSED,
			       "errors are recorded in the file system: run e2fsck -f");
	if (!(w->super.state & EXT2_VALID_FS))
		return err_set(e, ERR_REFUSED,
			       "it is mounted, or was not unmounted cleanly: shut the "
			       "guest down, or run e2fsck");
	return 0;
}

/* The log has to be empty, whatever the superblock says: a kernel or e2fsck that read it
 * would put old metadata over the new. */
static int check_journal(const struct ext_writer *w, struct err *e)
{
	_cleanup_(ext_freep) struct ext *reader = NULL;
	struct journal_super journal;
	uint8_t block[1024];
	struct ext_inode i;
	int r;

	if (!(w->super.compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL))
		return 0;
	if (w->super.journal_inode == 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "its journal is on another device: not written here");
	r = ext_open_raw(w->io.blocks, &reader, e);
	if (r >= 0)
		r = ext_inode_read(reader, w->super.journal_inode, &i, e);
	if (r >= 0 && i.size < sizeof(block))
		r = err_set(e, ERR_CORRUPT, "it is cut off");
	if (r >= 0)
		r = ext_data_read(reader, &i, 0, block, sizeof(block), e);
	if (r >= 0)
		r = journal_super_decode(slice_of(block, sizeof(block)), &journal, e);
	if (r < 0)
		return err_wrap(e, "journal");
	if (journal.start)
		return err_set(e, ERR_REFUSED,
			       "the journal is not empty although the superblock says "
			       "so: run e2fsck");
	return 0;
}

static int open_lib(struct ext_writer *w, struct err *e)
{
	errcode_t code;
	int r = ext_io_open(&w->io, &w->lib, e);

	if (r >= 0)
		r = check_state(w, e);
	if (r >= 0)
		r = check_journal(w, e);
	if (r < 0)
		return r;
	w->lib->now = (time_t)w->now;
	/* Backup superblocks and descriptors stay as they are, as a kernel leaves them.
	 */
	w->lib->flags |= EXT2_FLAG_MASTER_SB_ONLY;
	if (w->lib->group_desc_count > LIMIT_EXT_WRITE_GROUPS)
		return err_set(e, ERR_LIMIT, "%u block groups; at most %u are changed",
			       (unsigned)w->lib->group_desc_count,
			       LIMIT_EXT_WRITE_GROUPS);
	code = ext2fs_read_bitmaps(w->lib);
	if (!code)
		code = ext2fs_allocate_inode_bitmap(w->lib, NULL, &w->changed);
	if (code)
		return ext_writer_error(w, code, e);
	return ext_write_check_groups(w, e);
}

/* A kernel that mounts it writes the superblock before the journal. */
static int finish(struct fs_writer *writer, struct err *e)
{
	struct ext_writer *w = (struct ext_writer *)writer;
	errcode_t code = 0;

	if (ext2fs_test_changed(w->lib))
		code = ext2fs_flush(w->lib);
	if (code || w->io.err.code != ERR_NONE)
		return ext_writer_error(w, code, e);
	return w->super.compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL
		       ? fs_write_watched(w->io.blocks, SUPERBLOCK_OFFSET, e)
		       : 0;
}

static void done(struct fs_writer *writer)
{
	struct ext_writer *w = (struct ext_writer *)writer;

	if (w->changed)
		ext2fs_free_inode_bitmap(w->changed);
	/* Unlike ext2fs_close(), this writes nothing. */
	if (w->lib)
		ext2fs_free(w->lib);
}

static const struct fs_writer_ops ops = {
	.has_special = true,
	.room = ext_write_room,
	.replace = ext_write_replace,
	.append = ext_write_append,
	.create = ext_write_create,
	.mkdir = ext_write_mkdir,
	.unlink = ext_write_unlink,
	.finish = finish,
	.done = done,
};

int ext_writer_open(struct blocks *b, int64_t now, struct fs_writer **ret, struct err *e)
{
	_cleanup_(fs_writer_freep) struct fs_writer *writer = NULL;
	struct ext_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return err_set(e, ERR_NOMEM, "out of memory");
	writer = &w->writer;
	writer->ops = &ops;
	w->io = (struct ext_io){.blocks = b, .writable = true};
	w->now = now;
	r = ext_super_read(b, &w->super, e);
	if (r >= 0)
		r = ext_super_check(&w->super, b, e);
	if (r >= 0)
		r = check_features(&w->super, e);
	if (r >= 0)
		r = open_lib(w, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(writer);
	return 0;
}
