/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The XFS driver: opening, and the operations of struct fs.
 */
#include "xfs.h"

#include <inttypes.h>

#include "escape.h"
#include "signature.h"
#include "xfs-replay.h"

static int read_node(struct xfs *x, uint64_t ino, struct node *ret, struct err *e)
{
	struct xfs_inode i;
	int r = xfs_inode_read(x, ino, &i, e);

	if (r < 0)
		return r;
	*ret = (struct node){.id = ino,
			     .type = node_type_of_mode(i.mode),
			     .size = i.size,
			     .mode = i.mode & 07777};
	return 0;
}

static int xfs_root(struct fs *fs, struct node *ret, struct err *e)
{
	struct xfs *x = (struct xfs *)fs;
	struct node node;
	int r = read_node(x, x->super.root, &node, e);

	if (r < 0)
		return err_wrap(e, "root directory");
	if (node.type != NODE_DIR)
		return err_set(e, ERR_CORRUPT, "the root directory is no directory");
	*ret = node;
	return 0;
}

static int read_dir_inode(struct xfs *x, const struct node *dir, struct xfs_inode *ret,
			  struct err *e)
{
	int r = xfs_inode_read(x, dir->id, ret, e);

	if (r >= 0 && node_type_of_mode(ret->mode) != NODE_DIR)
		return err_set(e, ERR_USAGE, "inode %" PRIu64 " is not a directory",
			       dir->id);
	return r;
}

static int xfs_lookup(struct fs *fs, const struct node *dir, struct slice name,
		      struct node *ret, struct err *e)
{
	struct xfs *x = (struct xfs *)fs;
	struct xfs_inode i;
	uint64_t ino;
	int r = read_dir_inode(x, dir, &i, e);

	if (r >= 0)
		r = xfs_dir_find(x, &i, name, &ino, e);
	if (r < 0)
		return r;
	if (ino == 0)
		return err_set(e, ERR_ABSENT, "no such file or directory");
	r = read_node(x, ino, ret, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(name).text) : 0;
}

struct lister {
	struct xfs *x;
	fs_entry_fn fn;
	void *ctx;
};

static int list_entry(void *ctx, const struct xfs_entry *entry, struct err *e)
{
	/* XFS_DIR3_FT_*: 3 to 6 are devices, pipes and sockets. */
	static const enum node_type types[] = {NODE_OTHER, NODE_FILE,   NODE_DIR,
					       NODE_OTHER, NODE_OTHER,  NODE_OTHER,
					       NODE_OTHER, NODE_SYMLINK};
	struct lister *l = ctx;
	struct node node = {.type = NODE_OTHER};

	if (entry->type && entry->type < ARRAY_LEN(types)) {
		node.type = types[entry->type];
	} else { /* the type stands in the inode only */
		int r = read_node(l->x, entry->ino, &node, e);

		if (r < 0)
			return err_wrap(e, "%s", escape_short(entry->name).text);
	}
	return l->fn(l->ctx, entry->name, node.type, e);
}

static int xfs_list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		    struct err *e)
{
	struct lister l = {(struct xfs *)fs, fn, ctx};
	struct xfs_inode i;
	int r = read_dir_inode(l.x, dir, &i, e);

	if (r >= 0)
		r = xfs_dir_walk(l.x, &i, list_entry, &l, e);
	return r < 0 ? r : 0;
}

static int xfs_readlink(struct fs *fs, const struct node *link, struct arena *a,
			struct slice *ret, struct err *e)
{
	struct xfs *x = (struct xfs *)fs;
	struct xfs_inode i;
	int r = xfs_inode_read(x, link->id, &i, e);

	return r < 0 ? r : xfs_link_read(x, &i, a, ret, e);
}

/* The map of a file's data, unless those lie on another device. */
static int map_of_file(struct xfs *x, const struct node *file, const struct map **ret,
		       struct err *e)
{
	struct xfs_inode i;
	int r = xfs_inode_read(x, file->id, &i, e);

	if (r >= 0 && i.realtime && i.extents)
		r = err_set(e, ERR_UNSUPPORTED,
			    "inode %" PRIu64
			    ": its data lie on the realtime device, which is not read",
			    i.ino);
	return r < 0 ? r : xfs_map_of(x, &i, ret, e);
}

static int xfs_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		    size_t len, struct err *e)
{
	struct xfs *x = (struct xfs *)fs;
	const struct map_space space = xfs_space(x);
	const struct map *map = NULL;
	int r = map_of_file(x, file, &map, e);

	return r < 0 ? r : map_read(&space, map, off, buf, len, e);
}

static int xfs_where(struct fs *fs, const struct node *file, blocks_piece_fn fn,
		     void *ctx, struct err *e)
{
	struct xfs *x = (struct xfs *)fs;
	const struct map_space space = xfs_space(x);
	const struct map *map = NULL;
	int r = map_of_file(x, file, &map, e);

	return r < 0 ? r : map_where(&space, map, fn, ctx, e);
}

static int xfs_as_stored(struct fs *fs, struct blocks *b, struct fs **ret, struct err *e);

static void xfs_done(struct fs *fs)
{
	struct xfs *x = (struct xfs *)fs;

	for (size_t i = 0; i < XFS_DIR_KEPT; i++)
		free(x->dir[i].bytes);
	maps_done(&x->maps);
	blocks_free(x->replayed);
}

static const struct fs_ops xfs_ops = {
	.root = xfs_root,
	.lookup = xfs_lookup,
	.list = xfs_list,
	.readlink = xfs_readlink,
	.read = xfs_read,
	.where = xfs_where,
	.as_stored = xfs_as_stored,
	.done = xfs_done,
};

static void xfs_freep(struct xfs **x)
{
	if (*x)
		fs_free(&(*x)->fs);
}

static int add_remark(struct xfs *x, struct arena *a, const char *text, struct err *e)
{
	return vec_push(a, &x->fs.remarks, text) ? 0 : arena_full(a, e);
}

static int describe(struct xfs *x, struct arena *a, struct err *e)
{
	const struct xfs_super *s = &x->super;

	x->fs.type = fs_xfs.name;
	x->fs.uuid = uuid_text(a, slice_of(s->uuid, 16));
	x->fs.label = label_text(a, slice_of(s->label, sizeof(s->label)));
	x->fs.journal = x->replayed ? "replayed" : "clean";
	return s->fold ? add_remark(x, a,
				    "compares names without case: only ASCII letters are "
				    "folded here",
				    e)
		       : 0;
}

/* Replays the log in memory where it is not empty; the superblock may be another one
 * then. */
static int look_at_log(struct xfs *x, struct err *e)
{
	_cleanup_xfs_log_ struct xfs_log log = {0};
	struct xfs_log_state state;
	struct blocks *disk = x->blocks;
	int r = xfs_log_open(disk, &x->super, &log, e);

	if (r >= 0)
		r = xfs_log_find(&log, &state, e);
	if (r >= 0 && !state.clean)
		r = xfs_replay(&log, &state, disk, &x->replayed, e);
	if (r < 0)
		return err_wrap(e, "log");
	if (!x->replayed)
		return 0;
	x->blocks = x->replayed;
	r = xfs_super_read(x->blocks, &x->super, e);
	x->super.replayed = x->replayed;
	if (r == 0)
		r = err_set(e, ERR_CORRUPT, "the log takes the superblock away");
	return r < 0 ? r : xfs_super_check(&x->super, x->blocks, e);
}

/* Opens without regard to the log. */
static int open_raw(struct blocks *b, struct xfs **ret, struct err *e)
{
	_cleanup_(xfs_freep) struct xfs *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->fs.ops = &xfs_ops;
	x->blocks = b;
	r = xfs_super_read(b, &x->super, e);
	if (r >= 0)
		r = xfs_super_check(&x->super, b, e);
	if (r >= 0)
		*ret = TAKE_PTR(x);
	return r;
}

static int xfs_as_stored(struct fs *fs, struct blocks *b, struct fs **ret, struct err *e)
{
	_cleanup_(xfs_freep) struct xfs *raw = NULL;
	int r = open_raw(b, &raw, e);

	(void)fs;
	if (r >= 0)
		*ret = &TAKE_PTR(raw)->fs;
	return r;
}

static int xfs_open(struct blocks *b, struct arena *a, struct fs **ret, struct err *e)
{
	_cleanup_(xfs_freep) struct xfs *x = NULL;
	struct node root;
	int r = open_raw(b, &x, e);

	if (r >= 0)
		r = look_at_log(x, e);
	if (r >= 0)
		r = describe(x, a, e);
	if (r >= 0)
		r = xfs_root(&x->fs, &root, e);
	if (r < 0)
		return err_wrap(e, "xfs");
	*ret = &TAKE_PTR(x)->fs;
	return 0;
}

static int xfs_probe(struct blocks *b, struct err *e)
{
	struct xfs_super ignored;

	return xfs_super_read(b, &ignored, e);
}

static int xfs_identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
			struct err *e)
{
	struct xfs_super s;
	int r = xfs_super_read(b, &s, e);

	if (r > 0)
		*ret = (struct fs_identity){
			.name = fs_xfs.name,
			.uuid = uuid_text(a, slice_of(s.uuid, 16)),
			.label = label_text(a, slice_of(s.label, sizeof(s.label)))};
	return r;
}

const struct fs_driver fs_xfs = {
	.name = "xfs",
	.doc = "XFS, versions 4 and 5; a dirty log is replayed in memory",
	.min_size = 65536,
	.probe = xfs_probe,
	.open = xfs_open,
	.identify = xfs_identify,
};
