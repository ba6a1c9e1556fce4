/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ext2/3/4 driver: opening (with the journal replayed in memory where it must be) and
 * the operations of struct fs.
 */
#include "ext.h"

#include <inttypes.h>

#include "escape.h"
#include "limits.h"
#include "signature.h"

static int read_inode_node(struct ext *x, uint64_t ino, struct ext_inode *ret_inode,
			   struct node *ret, struct err *e)
{
	int r = ext_inode_read(x, ino, ret_inode, e);

	if (r < 0)
		return r;
	*ret = (struct node){.id = ino,
			     .type = node_type_of_mode(ret_inode->mode),
			     .size = ret_inode->size,
			     .mode = ret_inode->mode & 07777};
	return 0;
}

static int ext_root(struct fs *fs, struct node *ret, struct err *e)
{
	struct ext_inode i;
	struct node node;
	int r = read_inode_node((struct ext *)fs, EXT2_ROOT_INO, &i, &node, e);

	if (r < 0)
		return err_wrap(e, "root directory");
	if (node.type != NODE_DIR)
		return err_set(e, ERR_CORRUPT, "the root directory is no directory");
	*ret = node;
	return 0;
}

static int read_dir_inode(struct ext *x, const struct node *dir, struct ext_inode *ret,
			  struct err *e)
{
	int r = ext_inode_read(x, dir->id, ret, e);

	if (r >= 0 && node_type_of_mode(ret->mode) != NODE_DIR)
		return err_set(e, ERR_USAGE, "inode %" PRIu64 " is not a directory",
			       dir->id);
	return r;
}

static int ext_lookup(struct fs *fs, const struct node *dir, struct slice name,
		      struct node *ret, struct err *e)
{
	struct ext *x = (struct ext *)fs;
	struct ext_inode i;
	uint32_t ino;
	int r = read_dir_inode(x, dir, &i, e);

	if (r >= 0)
		r = ext_dir_find(x, &i, name, &ino, e);
	if (r < 0)
		return r;
	if (ino == 0)
		return err_set(e, ERR_ABSENT, "no such file or directory");
	r = read_inode_node(x, ino, &i, ret, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(name).text) : 0;
}

struct lister {
	struct ext *x;
	fs_entry_fn fn;
	void *ctx;
};

static int list_entry(void *ctx, const struct ext_entry *entry, struct err *e)
{
	static const enum node_type types[8] = {
		[EXT2_FT_UNKNOWN] = NODE_OTHER, [EXT2_FT_REG_FILE] = NODE_FILE,
		[EXT2_FT_DIR] = NODE_DIR,       [EXT2_FT_CHRDEV] = NODE_OTHER,
		[EXT2_FT_BLKDEV] = NODE_OTHER,  [EXT2_FT_FIFO] = NODE_OTHER,
		[EXT2_FT_SOCK] = NODE_OTHER,    [EXT2_FT_SYMLINK] = NODE_SYMLINK};
	struct lister *l = ctx;
	enum node_type type = types[entry->type & 7];

	/* Old file systems keep the type in the inode only. */
	if (entry->type == EXT2_FT_UNKNOWN) {
		struct ext_inode i;
		int r = ext_inode_read(l->x, entry->ino, &i, e);

		if (r < 0)
			return err_wrap(e, "%s", escape_short(entry->name).text);
		type = node_type_of_mode(i.mode);
	}
	return l->fn(l->ctx, entry->name, type, e);
}

static int ext_list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		    struct err *e)
{
	struct lister l = {(struct ext *)fs, fn, ctx};
	struct ext_inode i;
	int r = read_dir_inode(l.x, dir, &i, e);

	if (r >= 0)
		r = ext_dir_walk(l.x, &i, list_entry, &l, e);
	return r < 0 ? r : 0;
}

static int check_readable(const struct ext_inode *i, struct err *e)
{
	if (i->flags & EXT4_ENCRYPT_FL)
		return err_set(
			e, ERR_UNSUPPORTED,
			"inode %" PRIu32
			" is encrypted (fscrypt): it cannot be read without the key",
			i->ino);
	return 0;
}

/* A short target lies in i_block. Old kernels told so by the inode having no blocks of
 * its own, new ones by the size; what both wrote is read. */
static bool is_fast_link(const struct ext *x, const struct ext_inode *i)
{
	uint32_t cluster_sectors = (ext_block_size(&x->super) / 512)
				   << (x->super.log_cluster > x->super.log_block
					       ? x->super.log_cluster - x->super.log_block
					       : 0);
	uint32_t own = i->acl_block_set ? cluster_sectors : 0;

	return i->size < sizeof(i->block) &&
	       !(i->flags & (EXT4_EXTENTS_FL | EXT4_INLINE_DATA_FL)) &&
	       (i->sectors == own ||
		(x->super.incompat & EXT4_FEATURE_INCOMPAT_EA_INODE));
}

static int ext_readlink(struct fs *fs, const struct node *link, struct arena *a,
			struct slice *ret, struct err *e)
{
	struct ext *x = (struct ext *)fs;
	struct ext_inode i;
	struct slice target;
	char *text;
	int r = ext_inode_read(x, link->id, &i, e);

	if (r >= 0)
		r = check_readable(&i, e);
	if (r < 0)
		return r;
	if (i.size == 0 || i.size > LIMIT_PATH)
		return err_set(e, ERR_CORRUPT,
			       "inode %" PRIu32 ": a link of %" PRIu64
			       " bytes is not possible",
			       i.ino, i.size);
	target = slice_of(i.block, (size_t)i.size);
	text = is_fast_link(x, &i) ? arena_strndup(a, target)
				   : arena_alloc(a, (size_t)i.size + 1);
	if (!text)
		return arena_full(a, e);
	if (!is_fast_link(x, &i)) {
		r = ext_data_read(x, &i, 0, text, (size_t)i.size, e);
		if (r < 0)
			return r;
	}
	target = slice_of(text, (size_t)i.size);
	if (slice_find(target, 0, 0) < target.n)
		return err_set(e, ERR_CORRUPT, "inode %" PRIu32 ": a NUL in a link",
			       i.ino);
	*ret = target;
	return 0;
}

static int ext_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		    size_t len, struct err *e)
{
	struct ext *x = (struct ext *)fs;
	struct ext_inode i;
	int r = ext_inode_read(x, file->id, &i, e);

	if (r >= 0)
		r = check_readable(&i, e);
	return r < 0 ? r : ext_data_read(x, &i, off, buf, len, e);
}

static int ext_where(struct fs *fs, const struct node *file, blocks_piece_fn fn,
		     void *ctx, struct err *e)
{
	struct ext *x = (struct ext *)fs;
	const struct map_space space = ext_space(x);
	const struct map *map = NULL;
	struct ext_inode i;
	int r = ext_inode_read(x, file->id, &i, e);

	if (r >= 0 && (i.flags & EXT4_INLINE_DATA_FL))
		r = err_set(e, ERR_UNSUPPORTED, "it lies inside of its inode");
	if (r >= 0)
		r = ext_map_of(x, &i, &map, e);
	return r < 0 ? r : map_where(&space, map, fn, ctx, e);
}

static int ext_as_stored(struct fs *fs, struct blocks *b, struct fs **ret, struct err *e)
{
	_cleanup_(ext_freep) struct ext *raw = NULL;
	int r = ext_open_raw(b, &raw, e);

	(void)fs;
	if (r >= 0)
		*ret = &TAKE_PTR(raw)->fs;
	return r;
}

static void ext_done(struct fs *fs)
{
	struct ext *x = (struct ext *)fs;

	if (x->lib)
		ext2fs_free(x->lib);
	maps_done(&x->maps);
	free(x->inode);
	arena_free(x->names.arena);
	blocks_free(x->overlay);
}

static const struct fs_ops ext_ops = {
	.root = ext_root,
	.lookup = ext_lookup,
	.list = ext_list,
	.readlink = ext_readlink,
	.read = ext_read,
	.where = ext_where,
	.as_stored = ext_as_stored,
	.done = ext_done,
};

int ext_open_raw(struct blocks *b, struct ext **ret, struct err *e)
{
	_cleanup_(ext_freep) struct ext *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->fs.ops = &ext_ops;
	x->io.blocks = b;
	r = ext_super_read(b, &x->super, e);
	if (r >= 0)
		r = ext_super_check(&x->super, b, e);
	if (r >= 0)
		r = ext_io_open(&x->io, &x->lib, e);
	if (r < 0)
		return r;
	x->inode_size = x->super.inode_size;
	if (x->inode_size < sizeof(struct ext2_inode_large))
		x->inode_size = sizeof(struct ext2_inode_large);
	x->inode = calloc(1, x->inode_size);
	if (!x->inode)
		return err_set(e, ERR_NOMEM, "out of memory");
	*ret = TAKE_PTR(x);
	return 0;
}

static int add_remark(struct ext *x, struct arena *a, const char *text, struct err *e)
{
	return vec_push(a, &x->fs.remarks, text) ? 0 : arena_full(a, e);
}

static int describe(struct ext *x, struct arena *a, struct err *e)
{
	const struct ext_super *s = &x->super;
	int r = 0;

	x->fs.type = ext_super_type(s);
	x->fs.uuid = uuid_text(a, slice_of(s->uuid, 16));
	x->fs.label = s->label[0] ? arena_strdup(a, s->label) : NULL;
	if (s->label[0] && !x->fs.label)
		return arena_full(a, e);
	if (s->compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL)
		x->fs.journal = x->overlay ? "replayed" : "clean";
	else if (!(s->state & EXT2_VALID_FS))
		r = add_remark(x, a, "was not unmounted cleanly and has no journal", e);
	if (r >= 0 && (s->state & EXT2_ERROR_FS))
		r = add_remark(x, a, "errors recorded in the file system: run e2fsck", e);
	if (r >= 0 && (s->incompat & EXT4_FEATURE_INCOMPAT_CASEFOLD))
		r = add_remark(x, a,
			       "has directories that compare names without case: only "
			       "ASCII letters are folded here",
			       e);
	return r;
}

static int ext_open(struct blocks *b, struct arena *a, struct fs **ret, struct err *e)
{
	_cleanup_ext_log_ struct ext_log log = {0};
	_cleanup_(ext_freep) struct ext *x = NULL;
	struct ext_super s;
	struct node root;
	int r = ext_super_read(b, &s, e);

	if (r >= 0)
		r = ext_super_check(&s, b, e);
	if (r >= 0 && (s.incompat & EXT3_FEATURE_INCOMPAT_RECOVER))
		r = ext_log_replay(b, &s, &log, e);
	if (r >= 0)
		r = ext_open_raw(log.overlay ? log.overlay : b, &x, e);
	if (r >= 0) {
		x->overlay = TAKE_PTR(log.overlay);
		r = describe(x, a, e);
	}
	if (r >= 0)
		r = ext_root(&x->fs, &root, e);
	if (r < 0)
		return err_wrap(e, "%s", ext_super_type(&s));
	*ret = &TAKE_PTR(x)->fs;
	return 0;
}

static int ext_probe(struct blocks *b, struct err *e)
{
	struct ext_super s;
	int r = ext_super_read(b, &s, e);

	return r < 0 ? r : s.magic == EXT2_SUPER_MAGIC;
}

const struct fs_driver fs_ext = {
	.name = "ext",
	.doc = "ext2, ext3 and ext4; a dirty journal is replayed in memory",
	.min_size = 2048,
	.probe = ext_probe,
	.open = ext_open,
	.identify = ext_identify,
};
