/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The FAT driver: opening, and the operations of struct fs. There are no links, owners or
 * permissions.
 */
#include "fat.h"

#include "escape.h"
#include "limits.h"
#include "signature.h"
#include "strmap.h"

static struct node node_of(const struct fat_entry *entry)
{
	return (struct node){.id = entry->id,
			     .type = entry->is_dir ? NODE_DIR : NODE_FILE,
			     .size = entry->is_dir ? 0 : entry->size,
			     .mode = 0755};
}

static int fat_root(_unused_ struct fs *fs, struct node *ret, _unused_ struct err *e)
{
	*ret = (struct node){.id = FAT_ROOT, .type = NODE_DIR, .mode = 0755};
	return 0;
}

/* A directory begins with entries for itself and for the one above it. Each has one
 * place, so that a path cannot lead back to where it came from. */
static int check_place(struct fat *x, const struct node *above,
		       const struct fat_entry *dir, struct err *e)
{
	uint64_t id = x->super.data + (dir->first - 2ull) * x->super.cluster;
	struct fat_entry self, up, parent = {0};
	int r;

	if (dir->first < 2 || dir->first > x->super.clusters + 1)
		return err_set(e, ERR_CORRUPT,
			       "its first cluster does not exist: run fsck.fat");
	r = fat_entry_read(x, id, &self, e);
	if (r >= 0)
		r = fat_entry_read(x, id + FAT_ENTRY, &up, e);
	if (r >= 0 && above->id != FAT_ROOT)
		r = fat_entry_read(x, above->id, &parent, e);
	if (r < 0)
		return r;
	/* In FAT32 the root is 0 there, as in the others; some tools write its cluster.
	 */
	if (up.first == x->super.root_cluster)
		up.first = 0;
	if (self.first != dir->first || up.first != parent.first)
		return err_set(e, ERR_CORRUPT,
			       "it is in two directories, or not a directory: run "
			       "fsck.fat");
	return 0;
}

static int fat_lookup(struct fs *fs, const struct node *dir, struct slice name,
		      struct node *ret, struct err *e)
{
	struct fat *x = (struct fat *)fs;
	struct fat_entry entry;
	int r = fat_dir_find(x, dir->id, name, &entry, e);

	if (r < 0)
		return r;
	r = entry.is_dir ? check_place(x, dir, &entry, e) : 0;
	if (r < 0)
		return err_wrap(e, "%s", escape_short(name).text);
	*ret = node_of(&entry);
	return 0;
}

struct lister {
	fs_entry_fn fn;
	void *ctx;
};

static int list_entry(void *ctx, const struct fat_entry *entry, struct err *e)
{
	struct lister *l = ctx;

	return l->fn(l->ctx, entry->name, entry->is_dir ? NODE_DIR : NODE_FILE, e);
}

static int fat_list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		    struct err *e)
{
	struct lister l = {fn, ctx};
	int r = fat_dir_walk((struct fat *)fs, dir->id, list_entry, &l, e);

	return r < 0 ? r : 0;
}

static int fat_readlink(_unused_ struct fs *fs, _unused_ const struct node *link,
			_unused_ struct arena *a, _unused_ struct slice *ret,
			struct err *e)
{
	return err_set(e, ERR_USAGE, "FAT has no links");
}

/* The map of a file with at least one byte. */
static int map_of_file(struct fat *x, const struct node *file, const struct map **ret,
		       struct err *e)
{
	struct fat_entry entry;
	int r = fat_entry_read(x, file->id, &entry, e);

	if (r < 0)
		return r;
	return fat_map_of(x, file->id, entry.first,
			  (file->size + x->super.cluster - 1) / x->super.cluster, ret, e);
}

static int fat_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		    size_t len, struct err *e)
{
	struct fat *x = (struct fat *)fs;
	const struct map_space space = fat_space(x);
	const struct map *map = NULL;
	int r = map_of_file(x, file, &map, e);

	return r < 0 ? r : map_read(&space, map, off, buf, len, e);
}

static int fat_where(struct fs *fs, const struct node *file, blocks_piece_fn fn,
		     void *ctx, struct err *e)
{
	struct fat *x = (struct fat *)fs;
	const struct map_space space = fat_space(x);
	const struct map *map = NULL;
	int r = file->size ? map_of_file(x, file, &map, e) : 0;

	return map ? map_where(&space, map, fn, ctx, e) : r;
}

static void fat_done(struct fs *fs)
{
	struct fat *x = (struct fat *)fs;

	maps_done(&x->maps);
	free(x->taken);
	arena_free(x->arena);
	arena_free(x->names.arena);
}

static const struct fs_ops fat_ops = {
	.root = fat_root,
	.lookup = fat_lookup,
	.list = fat_list,
	.readlink = fat_readlink,
	.read = fat_read,
	.where = fat_where,
	.done = fat_done,
};

static void fat_freep(struct fat **x)
{
	if (*x)
		fs_free(&(*x)->fs);
}

static int add_remark(struct fat *x, struct arena *a, const char *text, struct err *e)
{
	return vec_push(a, &x->fs.remarks, text) ? 0 : arena_full(a, e);
}

/* Windows notes both in the table's second entry, Linux the first in the first sector. */
static int look_at_state(struct fat *x, struct arena *a, struct err *e)
{
	const struct fat_super *s = &x->super;
	uint32_t clean = s->bits == 32 ? 1u << 27 : 1u << 15;
	uint32_t whole = s->bits == 32 ? 1u << 26 : 1u << 14;
	uint32_t noted = clean | whole;
	int r = s->bits == 12 ? 0 : fat_table_entry(x, 1, &noted, e);

	if (r >= 0 && ((s->state & 1) || !(noted & clean)))
		r = add_remark(x, a, "was not unmounted cleanly and has no journal", e);
	if (r >= 0 && ((s->state & 2) || !(noted & whole)))
		r = add_remark(x, a, "errors recorded in the file system: run fsck.fat",
			       e);
	return r;
}

static int describe(struct fat *x, struct arena *a, struct err *e)
{
	struct fs_identity id;
	int r = fat_super_identity(&x->super, x->blocks, a, &id, e);

	if (r < 0)
		return r;
	x->fs.type = id.name;
	x->fs.uuid = id.uuid;
	x->fs.label = id.label;
	x->fs.fold_case = true;
	return look_at_state(x, a, e);
}

static int fat_open(struct blocks *b, struct arena *a, struct fs **ret, struct err *e)
{
	_cleanup_(fat_freep) struct fat *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->fs.ops = &fat_ops;
	x->blocks = b;
	r = fat_super_read(b, &x->super, e);
	if (r == 0)
		r = err_set(e, ERR_CORRUPT, "its first sector makes no sense");
	if (r >= 0)
		r = fat_super_check(&x->super, b, e);
	if (r < 0)
		return r;
	x->taken = calloc(1, (x->super.clusters + 2ul) / 8 + 1);
	x->arena = arena_new(LIMIT_SCRATCH);
	x->heads = x->arena ? strmap_new(x->arena) : NULL;
	if (!x->taken || !x->heads)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = describe(x, a, e);
	if (r < 0)
		return r;
	*ret = &TAKE_PTR(x)->fs;
	return 0;
}

static int fat_probe(struct blocks *b, struct err *e)
{
	struct fat_super ignored;

	return fat_super_read(b, &ignored, e);
}

static int fat_identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
			struct err *e)
{
	struct fat_super s;
	int r = fat_super_read(b, &s, e);

	if (r > 0 && fat_super_identity(&s, b, a, ret, e) < 0)
		return -(int)e->code;
	return r;
}

const struct fs_driver fs_fat = {
	.name = "vfat",
	.doc = "FAT12, FAT16 and FAT32 with long names, as on EFI system partitions",
	.min_size = 512,
	.probe = fat_probe,
	.open = fat_open,
	.identify = fat_identify,
};
