/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Btrfs driver: opening, over one device or several, and the operations of struct fs.
 */
#include "btrfs.h"

#include <inttypes.h>

#include "limits.h"
#include "signature.h"

static struct btrfs *owner_of(struct fs *fs)
{
	return ((struct btrfs_view *)fs)->owner;
}

static int btrfs_root(struct fs *fs, struct node *ret, struct err *e)
{
	struct btrfs_inode i;
	uint64_t id;
	int r = btrfs_node_id(((struct btrfs_view *)fs)->tree, BTRFS_ROOT_DIR, &id, e);

	if (r >= 0)
		r = btrfs_inode_read(owner_of(fs), id, &i, e);
	if (r < 0)
		return err_wrap(e, "root directory");
	*ret = btrfs_node_of(&i);
	return ret->type == NODE_DIR
		       ? 0
		       : err_set(e, ERR_CORRUPT, "the root directory is no directory");
}

static int btrfs_lookup(struct fs *fs, const struct node *dir, struct slice name,
			struct node *ret, struct err *e)
{
	struct btrfs_inode i;
	int r = btrfs_dir_find(owner_of(fs), dir->id, name, &i, e);

	if (r >= 0)
		*ret = btrfs_node_of(&i);
	return r;
}

struct lister {
	fs_entry_fn fn;
	void *ctx;
};

static int list_entry(void *ctx, const struct btrfs_entry *entry, struct err *e)
{
	struct lister *l = ctx;

	return l->fn(l->ctx, entry->name, entry->type, e);
}

static int btrfs_list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		      struct err *e)
{
	struct lister l = {fn, ctx};
	int r = btrfs_dir_walk(owner_of(fs), dir->id, list_entry, &l, e);

	return r < 0 ? r : 0;
}

static int btrfs_readlink(struct fs *fs, const struct node *link, struct arena *a,
			  struct slice *ret, struct err *e)
{
	struct btrfs_inode i;
	uint8_t *text;
	int r = btrfs_inode_read(owner_of(fs), link->id, &i, e);

	if (r < 0)
		return r;
	if (i.size == 0 || i.size > LIMIT_PATH)
		return err_set(e, ERR_CORRUPT,
			       "inode %" PRIu64 ": a link of %" PRIu64
			       " bytes is not possible",
			       btrfs_ino_of(i.id), i.size);
	text = arena_alloc(a, (size_t)i.size);
	if (!text)
		return arena_full(a, e);
	r = btrfs_file_read(owner_of(fs), &i, 0, text, (size_t)i.size, e);
	if (r < 0)
		return r;
	if (slice_find(slice_of(text, (size_t)i.size), 0, 0) < i.size)
		return err_set(e, ERR_CORRUPT, "inode %" PRIu64 ": a NUL in a link",
			       btrfs_ino_of(i.id));
	*ret = slice_of(text, (size_t)i.size);
	return 0;
}

static int btrfs_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		      size_t len, struct err *e)
{
	struct btrfs_inode i;
	int r = btrfs_inode_read(owner_of(fs), file->id, &i, e);

	return r < 0 ? r : btrfs_file_read(owner_of(fs), &i, off, buf, len, e);
}

static int btrfs_where(struct fs *fs, const struct node *file, blocks_piece_fn fn,
		       void *ctx, struct err *e)
{
	struct btrfs_inode i;
	int r = btrfs_inode_read(owner_of(fs), file->id, &i, e);

	return r < 0 ? r : btrfs_file_where(owner_of(fs), &i, fn, ctx, e);
}

static void btrfs_done(struct fs *fs)
{
	struct btrfs *x = owner_of(fs);

	while (x->view.next) {
		struct btrfs_view *v = x->view.next;

		x->view.next = v->next;
		free(v);
	}
	for (size_t i = 0; i < BTRFS_NODES_KEPT; i++)
		free(x->nodes[i].bytes);
	for (size_t i = 0; i < BTRFS_EXTENTS_KEPT; i++)
		free(x->extents[i].bytes);
	free(x->sys);
	free(x->trees);
	free(x->packed);
	free(x->sector);
	codec_blocks_done(&x->codec);
}

static const struct fs_ops btrfs_ops = {
	.root = btrfs_root,
	.lookup = btrfs_lookup,
	.list = btrfs_list,
	.readlink = btrfs_readlink,
	.read = btrfs_read,
	.where = btrfs_where,
	.choose = btrfs_choose,
	.systems = btrfs_systems,
	.done = btrfs_done,
};

/* --- Opening --- */

/* The devices by number, and the newest of their superblocks. */
static int take_devices(struct btrfs *x, struct blocks *const *devices, size_t n,
			struct err *e)
{
	if (n > BTRFS_STRIPES)
		return err_set(e, ERR_LIMIT, "it lies on more than %d devices",
			       BTRFS_STRIPES);
	for (size_t i = 0; i < n; i++) {
		struct btrfs_super s;
		int r = btrfs_super_read(devices[i], &s, e);

		if (r < 0)
			return r;
		for (size_t j = 0; j < i; j++)
			if (x->devices[j].devid == s.devid)
				return err_set(e, ERR_AMBIGUOUS,
					       "two of the disks given say that they are "
					       "its device %" PRIu64
					       ": leave the copy out",
					       s.devid);
		x->devices[x->device_count++] =
			(struct btrfs_device){s.devid, devices[i]};
		if (i == 0 || s.generation > x->super.generation)
			x->super = s;
	}
	return 0;
}

static bool has_device(const struct btrfs *x, uint64_t devid)
{
	for (size_t i = 0; i < x->device_count; i++)
		if (x->devices[i].devid == devid)
			return true;
	return false;
}

static int find_missing(struct btrfs *x, struct err *e)
{
	struct btrfs_key key = {1, BTRFS_DEV_ITEM, 0};
	struct btrfs_item item;

	for (;;) {
		const char *text;
		int r = btrfs_first(x, &x->chunk_tree, key, &item, e);

		if (r <= 0 || item.key.id != key.id || item.key.type != key.type ||
		    item.key.offset == UINT64_MAX)
			return r < 0 ? r : 0;
		key.offset = item.key.offset + 1;
		if (has_device(x, item.key.offset))
			continue;
		if (x->view.fs.missing.n == BTRFS_STRIPES)
			return err_set(e, ERR_LIMIT, "it lies on more than %d devices",
				       BTRFS_STRIPES);
		text = arena_printf(x->arena, "device %" PRIu64 " of %" PRIu64,
				    item.key.offset, x->super.devices);
		if (!text || !vec_push(x->arena, &x->view.fs.missing, text))
			return arena_full(x->arena, e);
	}
}

static int open_trees(struct btrfs *x, struct err *e)
{
	const struct btrfs_super *s = &x->super;
	uint64_t id = 0;
	int r;

	x->chunk_tree = (struct btrfs_tree){BTRFS_CHUNK_TREE, s->chunk_root,
					    s->chunk_generation, s->chunk_level};
	x->root = (struct btrfs_tree){BTRFS_ROOT_TREE, s->root, s->generation,
				      s->root_level};
	r = btrfs_chunks_start(x, e);
	if (r >= 0)
		r = find_missing(x, e);
	if (r >= 0)
		r = btrfs_tree_root(x, BTRFS_CSUM_TREE, &x->sums, e);
	if (r >= 0)
		r = btrfs_default_tree(x, &id, e);
	if (r >= 0)
		r = btrfs_tree_number(x, id, &x->view.tree, e);
	if (r == -ERR_ABSENT) {
		/* That a part is not there is no absence of all. */
		e->code = ERR_CORRUPT;
		r = -ERR_CORRUPT;
	}
	if (r >= 0 && id != BTRFS_FS_TREE)
		r = btrfs_tree_path(x, id, x->arena, &x->view.fs.subvolume, e);
	return r;
}

static int add_remark(struct btrfs *x, const char *text, struct err *e)
{
	return text && vec_push(x->arena, &x->view.fs.remarks, text)
		       ? 0
		       : arena_full(x->arena, e);
}

static int describe(struct btrfs *x, struct err *e)
{
	const struct btrfs_super *s = &x->super;
	struct fs *fs = &x->view.fs;
	int r = 0;

	fs->type = fs_btrfs.name;
	fs->uuid = uuid_text(x->arena, slice_of(s->fsid, 16));
	fs->label = s->label[0] ? arena_strdup(x->arena, s->label) : NULL;
	if (s->log_root)
		fs->journal = "not replayed";
	if (s->mirror) {
		fs->unmountable = "its first superblock is damaged, and `btrfs rescue "
				  "super-recover` mends it";
		r = add_remark(
			x,
			arena_printf(x->arena,
				     "its superblock is damaged, and copy %u of it "
				     "was read: Linux does not mount it before "
				     "`btrfs rescue super-recover`",
				     s->mirror),
			e);
	}
	return r;
}

int btrfs_open_devices(struct blocks *const *devices, size_t n, struct arena *a,
		       struct fs **ret, struct err *e)
{
	struct btrfs *x = calloc(1, sizeof(*x));
	_cleanup_(fs_freep) struct fs *fs = x ? &x->view.fs : NULL;
	struct node root;
	int r;

	if (!x)
		return err_set(e, ERR_NOMEM, "out of memory");
	fs->ops = &btrfs_ops;
	x->view.owner = x;
	x->arena = a;
	r = take_devices(x, devices, n, e);
	if (r >= 0)
		r = open_trees(x, e);
	if (r >= 0)
		r = describe(x, e);
	if (r >= 0)
		r = btrfs_root(fs, &root, e);
	if (r < 0)
		return err_wrap(e, "btrfs");
	*ret = TAKE_PTR(fs);
	return 0;
}

static int btrfs_open(struct blocks *b, struct arena *a, struct fs **ret, struct err *e)
{
	return btrfs_open_devices(&b, 1, a, ret, e);
}

static int btrfs_probe(struct blocks *b, struct err *e)
{
	struct btrfs_super ignored;

	return btrfs_super_peek(b, &ignored, e);
}

static int btrfs_member(struct blocks *b, struct arena *a, struct fs_member *ret,
			struct err *e)
{
	struct btrfs_super s;
	int r = btrfs_super_peek(b, &s, e);

	if (r <= 0 || s.devices <= 1)
		return r < 0 ? r : 0;
	*ret = (struct fs_member){.type = fs_btrfs.name,
				  .uuid = uuid_text(a, slice_of(s.fsid, 16)),
				  .device = s.devid,
				  .devices = s.devices};
	return ret->uuid ? 1 : 0;
}

const struct fs_driver fs_btrfs = {
	.name = "btrfs",
	.doc = "Btrfs with its subvolumes, on one device or several; RAID5 and RAID6 are "
	       "named",
	.min_size = BTRFS_SUPER_OFF + BTRFS_SUPER,
	.probe = btrfs_probe,
	.open = btrfs_open,
	.identify = btrfs_identify,
	.member = btrfs_member,
	.open_members = btrfs_open_devices,
};
