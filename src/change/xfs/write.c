/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write.h"

#include <ext2fs/ext2fs.h>
#include <inttypes.h>
#include <string.h>

#include "limits.h"
#include "put.h"
#include "xfs-log.h"

enum {
	/* Places of an inode's fields ("On-disk Inode" in the specification). */
	OLD_LINKS = 6,
	LINKS = 16,
	MTIME = 40,
	CTIME = 48,
	SIZE = 56,
	FLAGS = 90,
	CRC = 100,
	CHANGES = 104,
	FLAGS2 = 120,
	/* In the flags. */
	IMMUTABLE = 8,
	APPEND_ONLY = 16,
	/* In the second ones: DAX, shared, hint for copies, wide times, wide counts. */
	SHARED = 2,
	WIDE_TIMES = 8,
	FLAGS2_KNOWN = 1 | SHARED | 4 | WIDE_TIMES | 16,
	/* Features of the file system that old kernels may only read with. */
	RO_COMPAT_KNOWN = 1 | 2 | 4 | 8,
};

struct xfs_writer {
	struct fs_writer writer;
	struct arena *arena;
	struct blocks *blocks;
	struct fs *fs; /* the reader, on the same blocks */
	int64_t now;
};

static struct xfs_writer *own(struct fs_writer *w)
{
	return (struct xfs_writer *)w;
}

/* --- what a file can take --- */

static uint64_t field(const struct xfs_inode *i, size_t at, size_t n)
{
	struct reader rd = reader_of(slice_of(i->bytes, sizeof(i->bytes)));
	uint64_t v = 0;

	rd_seek(&rd, at);
	while (n--)
		v = v << 8 | rd_u8(&rd);
	return v;
}

static int check_inode(const struct xfs *x, const struct xfs_inode *i, struct err *e)
{
	uint64_t flags2 = x->super.v5 ? field(i, FLAGS2, 8) : 0;

	if (i->realtime)
		return err_set(e, ERR_REFUSED,
			       "it lies on the realtime device: change it in the guest");
	if (flags2 & SHARED)
		return err_set(e, ERR_REFUSED,
			       "it may share blocks with other files (a reflink copy): "
			       "change it in the guest");
	if (flags2 & ~(uint64_t)FLAGS2_KNOWN)
		return err_set(e, ERR_REFUSED,
			       "it has flags that are not known here: change it in the "
			       "guest");
	return 0;
}

/* The file's inode, and how many bytes from its start on lie in blocks of its own. */
static int look_up(struct xfs *x, uint64_t ino, struct xfs_inode *ret,
		   uint64_t *ret_capacity, struct err *e)
{
	const struct map *map = NULL;
	uint64_t blocks = 0;
	int r = xfs_inode_read(x, ino, ret, e);

	if (r >= 0)
		r = check_inode(x, ret, e);
	if (r >= 0)
		r = xfs_map_of(x, ret, &map, e);
	if (r < 0)
		return r;
	for (size_t k = 0; k < map->n && map->runs[k].at == blocks; k++)
		blocks += map->runs[k].count;
	*ret_capacity = blocks * x->super.block_size;
	/* Holes, and room that is allocated and not written, would take blocks. */
	if (*ret_capacity < ret->size)
		return err_set(e, ERR_REFUSED, "it has holes: change it in the guest");
	return 0;
}

int xfs_writer_capacity(struct fs *fs, const struct node *file, uint64_t *ret,
			struct err *e)
{
	struct xfs_inode i;

	return look_up((struct xfs *)fs, file->id, &i, ret, e);
}

/* --- writing --- */

static int write_bytes(struct xfs_writer *w, const struct map *map, uint64_t off,
		       const uint8_t *from, uint64_t len, struct err *e)
{
	const uint32_t unit = ((struct xfs *)w->fs)->super.block_size;
	int r = 0;

	for (size_t k = 0; r >= 0 && len && k < map->n; k++) {
		uint64_t start = map->runs[k].at * unit;
		uint64_t end = start + (uint64_t)map->runs[k].count * unit;
		uint64_t n = off < end ? end - off : 0;

		n = n < len ? n : len;
		if (n == 0)
			continue;
		r = blocks_write(w->blocks, map->runs[k].disk * unit + (off - start),
				 from, (size_t)n, e);
		from += n;
		off += n;
		len -= n;
	}
	return r >= 0 && len ? err_set(e, ERR_BUG, "a file shorter than its blocks") : r;
}

/* What follows the new end in its last block: nobody is to see what was there. */
static int clear_rest(struct xfs_writer *w, const struct map *map, uint64_t end,
		      struct err *e)
{
	const uint32_t unit = ((struct xfs *)w->fs)->super.block_size;
	uint64_t rest = -end % unit;
	uint8_t *zeros = calloc(1, unit);
	int r;

	if (!zeros)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = write_bytes(w, map, end, zeros, rest, e);
	free(zeros);
	return r;
}

/* "Timestamps" in the specification: seconds and nanoseconds, or nanoseconds alone. */
static void put_time(struct xfs_inode *i, size_t at, bool wide, int64_t now)
{
	if (wide)
		put_be(i->bytes + at, 8, ((uint64_t)now + (1ull << 31)) * 1000000000);
	else
		put_be(put_be(i->bytes + at, 4, (uint64_t)now), 4, 0);
}

static void put_crc(struct xfs_inode *i, size_t size)
{
	uint32_t crc;

	memset(i->bytes + CRC, 0, 4);
	crc = ~ext2fs_crc32c_le(~0u, i->bytes, size);
	for (size_t n = 0; n < 4; n++)
		i->bytes[CRC + n] = (uint8_t)(crc >> 8 * n);
}

static int write_inode(struct xfs_writer *w, struct xfs_inode *i, uint64_t size,
		       struct err *e)
{
	const struct xfs_super *s = &((struct xfs *)w->fs)->super;
	bool wide = s->v5 && (field(i, FLAGS2, 8) & WIDE_TIMES);
	uint64_t at;

	if (!xfs_inode_place(s, i->ino, &at))
		return err_set(e, ERR_BUG, "inode %" PRIu64 " has no place", i->ino);
	i->size = size;
	put_be(i->bytes + SIZE, 8, size);
	put_time(i, MTIME, wide, w->now);
	put_time(i, CTIME, wide, w->now);
	if (s->v5) {
		put_be(i->bytes + CHANGES, 8, field(i, CHANGES, 8) + 1);
		put_crc(i, s->inode_size);
	}
	return blocks_write(w->blocks, at, i->bytes, s->inode_size, e);
}

static void tell(const struct xfs_inode *i, struct fs_wrote *ret)
{
	uint64_t flags = field(i, FLAGS, 2);

	*ret = (struct fs_wrote){.node = {.id = i->ino,
					  .type = NODE_FILE,
					  .size = i->size,
					  .mode = i->mode & 07777}};
	ret->links = (uint32_t)(i->bytes[4] == 1 ? field(i, OLD_LINKS, 2)
						 : field(i, LINKS, 4));
	if (ret->links > 1)
		ret->notes |= FS_NOTE_LINKS;
	if (flags & (IMMUTABLE | APPEND_ONLY))
		ret->notes |= FS_NOTE_IMMUTABLE;
}

/* Writes `bytes` at `off`, behind which the file ends. */
static int write_end(struct xfs_writer *w, const struct node *file, uint64_t off,
		     struct slice bytes, struct fs_wrote *ret, struct err *e)
{
	struct xfs *x = (struct xfs *)w->fs;
	const struct map *map = NULL;
	struct xfs_inode i;
	uint64_t capacity;
	int r = look_up(x, file->id, &i, &capacity, e);

	if (r >= 0 && (node_type_of_mode(i.mode) != NODE_FILE || i.size != file->size))
		r = err_set(e, ERR_USAGE, "it is not the file that was read");
	if (r >= 0 && (off > capacity || bytes.n > capacity - off))
		r = err_set(e, ERR_REFUSED,
			    "it needs %" PRIu64 " bytes, and its blocks hold %" PRIu64
			    ": change it in the guest",
			    off + bytes.n, capacity);
	if (r >= 0)
		r = xfs_map_of(x, &i, &map, e);
	if (r >= 0)
		r = write_bytes(w, map, off, bytes.p, bytes.n, e);
	if (r >= 0)
		r = clear_rest(w, map, off + bytes.n, e);
	if (r >= 0)
		r = write_inode(w, &i, off + bytes.n, e);
	if (r >= 0)
		tell(&i, ret);
	return r;
}

/* --- the operations --- */

static int refuse_names(struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "on XFS names are neither made nor taken away from outside: make "
		       "the change inside the guest");
}

static int xfs_room(struct fs_writer *w, const struct fs_step *steps, size_t n,
		    struct err *e)
{
	int r = 0;

	for (size_t k = 0; r >= 0 && k < n; k++) {
		const struct fs_step *step = &steps[k];
		uint64_t before = step->kind == FS_STEP_APPEND ? step->node->size : 0;
		uint64_t capacity;

		if (step->kind != FS_STEP_REPLACE && step->kind != FS_STEP_APPEND)
			return refuse_names(e);
		r = xfs_writer_capacity(own(w)->fs, step->node, &capacity, e);
		if (r >= 0 && (before > capacity || step->bytes > capacity - before))
			r = err_set(e, ERR_REFUSED,
				    "a file needs %" PRIu64 " bytes, and its blocks hold "
				    "%" PRIu64 ": change it in the guest",
				    before + step->bytes, capacity);
	}
	return r;
}

static int xfs_replace(struct fs_writer *w, const struct node *file, struct slice bytes,
		       struct fs_wrote *ret, struct err *e)
{
	return write_end(own(w), file, 0, bytes, ret, e);
}

static int xfs_append(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e)
{
	return write_end(own(w), file, file->size, bytes, ret, e);
}

static int xfs_create(_unused_ struct fs_writer *w, _unused_ const struct node *dir,
		      _unused_ const struct fs_new *new, _unused_ struct slice bytes,
		      _unused_ struct fs_wrote *ret, struct err *e)
{
	return refuse_names(e);
}

static int find_entry(struct xfs_writer *w, const struct node *dir, struct slice name,
		      struct node *ret, struct err *e)
{
	return w->fs->ops->lookup(w->fs, dir, name, ret, e);
}

static int xfs_mkdir(struct fs_writer *w, const struct node *dir,
		     const struct fs_new *new, struct fs_wrote *ret, struct err *e)
{
	struct node node;
	int r = find_entry(own(w), dir, new->name, &node, e);

	if (r == -ERR_ABSENT)
		return refuse_names(e);
	if (r >= 0 && node.type != NODE_DIR)
		r = err_set(e, ERR_REFUSED, "it is not a directory");
	if (r >= 0)
		*ret = (struct fs_wrote){.node = node, .links = 1};
	return r;
}

static int xfs_unlink(_unused_ struct fs_writer *w, _unused_ const struct node *dir,
		      _unused_ struct slice name, _unused_ const struct node *file,
		      struct err *e)
{
	return refuse_names(e);
}

/* Everything is written at once. What comes next in the log goes to its head. */
static int xfs_finish(struct fs_writer *w, struct err *e)
{
	const struct xfs *x = (struct xfs *)own(w)->fs;
	_cleanup_xfs_log_ struct xfs_log log = {0};
	struct xfs_log_state state;
	int r = xfs_log_open(own(w)->blocks, &x->super, &log, e);

	if (r >= 0)
		r = xfs_log_find(&log, &state, e);
	if (r < 0)
		return err_wrap(e, "log");
	return fs_write_watched(log.blocks,
				log.at + (uint64_t)state.head.at * XFS_LOG_BLOCK, e);
}

static void xfs_done(struct fs_writer *w)
{
	fs_free(own(w)->fs);
	arena_free(own(w)->arena);
}

static const struct fs_writer_ops ops = {
	.room = xfs_room,
	.replace = xfs_replace,
	.append = xfs_append,
	.create = xfs_create,
	.mkdir = xfs_mkdir,
	.unlink = xfs_unlink,
	.finish = xfs_finish,
	.done = xfs_done,
};

static int check_state(const struct xfs *x, struct err *e)
{
	if (x->fs.journal && strcmp(x->fs.journal, "clean") != 0)
		return err_set(
			e, ERR_REFUSED,
			"it was not unmounted cleanly: start the guest and shut it "
			"down");
	if (x->super.ro_compat & ~(uint32_t)RO_COMPAT_KNOWN)
		return err_set(
			e, ERR_UNSUPPORTED,
			"it uses features with which it is not written here: 0x%" PRIx32,
			x->super.ro_compat & ~(uint32_t)RO_COMPAT_KNOWN);
	return 0;
}

int xfs_writer_open(struct blocks *b, int64_t now, struct fs_writer **ret, struct err *e)
{
	struct xfs_writer *w = calloc(1, sizeof(*w));
	int r = 0;

	if (!w)
		return err_set(e, ERR_NOMEM, "out of memory");
	w->writer.ops = &ops;
	w->blocks = b;
	w->now = now;
	w->arena = arena_new(LIMIT_SCRATCH);
	if (!w->arena)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r >= 0)
		r = fs_xfs.open(b, w->arena, &w->fs, e);
	if (r >= 0)
		r = check_state((struct xfs *)w->fs, e);
	if (r < 0) {
		fs_writer_free(&w->writer);
		return r;
	}
	*ret = &w->writer;
	return 0;
}
