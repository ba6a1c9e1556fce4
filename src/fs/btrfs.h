/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Btrfs (its on-disk format: Linux, include/uapi/linux/btrfs_tree.h): everything is an
 * item of a B-tree, found by its key. Trees and files have logical addresses; chunks say
 * on which devices they lie, in how many copies. Every copy is checked against its
 * checksum before it is believed, and another one is taken when it is wrong.
 *
 * A file system holds several trees of files (subvolumes). Each is shown as a struct fs
 * of its own, see btrfs-subvolume.c.
 */
#pragma once

#include "codec.h"
#include "fs.h"

extern const struct fs_driver fs_btrfs;

/* --- btrfs-sum.c --- */

enum { BTRFS_SUM_MAX = 32 };

enum btrfs_sum { BTRFS_CRC32C, BTRFS_XXHASH64, BTRFS_SHA256, BTRFS_BLAKE2, BTRFS_SUMS };

/* Bytes of a checksum of this kind. */
size_t btrfs_sum_len(enum btrfs_sum kind);
void btrfs_sum(enum btrfs_sum kind, struct slice bytes, uint8_t ret[BTRFS_SUM_MAX]);
/* The number by which a directory finds a name. */
uint32_t btrfs_name_hash(struct slice name);

/* --- btrfs-super.c --- */

enum { BTRFS_SUPER = 4096, BTRFS_SYS_ARRAY = 2048 };
#define BTRFS_SUPER_OFF ((uint64_t)65536)

struct btrfs_super {
	uint8_t fsid[16], device_uuid[16];
	uint8_t node_fsid[16]; /* that nodes bear: fsid, unless that was changed later */
	uint64_t bytenr, flags, generation;
	uint64_t root, chunk_root, chunk_generation, log_root;
	uint64_t devices, incompat;
	uint64_t devid, device_size; /* of the device it lies on */
	uint32_t sector, node;       /* bytes */
	enum btrfs_sum sum;
	uint8_t root_level, chunk_level;
	char label[257];
	uint32_t sys_len;
	uint8_t sys_array[BTRFS_SYS_ARRAY];
	unsigned mirror; /* 0: the first of its copies; others are told */
};

/* 1 and the superblock at its first place, unchecked; 0: no Btrfs begins here. */
int btrfs_super_peek(struct blocks *b, struct btrfs_super *ret, struct err *e);
/* The newest of its copies that are sound, and that can be read here. */
int btrfs_super_read(struct blocks *b, struct btrfs_super *ret, struct err *e);
int btrfs_identify(struct blocks *b, struct arena *a, struct fs_identity *ret,
		   struct err *e);

/* --- btrfs-tree.c --- */

enum btrfs_type {
	BTRFS_INODE_ITEM = 1,
	BTRFS_INODE_REF = 12,
	BTRFS_DIR_ITEM = 84,
	BTRFS_DIR_INDEX = 96,
	BTRFS_EXTENT_DATA = 108,
	BTRFS_EXTENT_CSUM = 128,
	BTRFS_ROOT_ITEM = 132,
	BTRFS_ROOT_BACKREF = 144,
	BTRFS_ROOT_REF = 156,
	BTRFS_DEV_ITEM = 216,
	BTRFS_CHUNK_ITEM = 228
};

#define BTRFS_ROOT_TREE  ((uint64_t)1)
#define BTRFS_CHUNK_TREE ((uint64_t)3)
#define BTRFS_FS_TREE    ((uint64_t)5)
#define BTRFS_CSUM_TREE  ((uint64_t)7)
#define BTRFS_ROOT_DIR   ((uint64_t)256) /* inode of the directory atop of every tree */
#define BTRFS_FIRST_TREE ((uint64_t)256) /* of those that can be made later */
#define BTRFS_LAST_TREE  (UINT64_MAX - 255)

enum { BTRFS_KEY = 17, BTRFS_LEVELS = 8 };

struct btrfs_key {
	uint64_t id;
	uint8_t type;
	uint64_t offset;
};

struct btrfs_key btrfs_read_key(struct reader *rd);
int btrfs_compare(struct btrfs_key a, struct btrfs_key b);

struct btrfs_tree {
	uint64_t id, at, generation;
	uint8_t level;
};

struct btrfs_item {
	struct btrfs_key key;
	struct slice bytes; /* borrowed until the next search in any tree */
};

struct btrfs;

/* The last item at or before the key: 1, or 0 when there is none. */
int btrfs_floor(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_key key,
		struct btrfs_item *ret, struct err *e);
/* The first item at or behind the key: 1, or 0. */
int btrfs_first(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_key key,
		struct btrfs_item *ret, struct err *e);
/* The item of exactly that key: 1, or 0. */
int btrfs_get(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_key key,
	      struct btrfs_item *ret, struct err *e);

/* --- btrfs-node.c --- */

enum { BTRFS_NODES_KEPT = 32, BTRFS_NODE_HEAD = 101 };

struct btrfs_node {
	uint64_t at, used; /* used 0: nothing is here */
	uint64_t generation;
	uint32_t count;
	uint8_t level;
	uint8_t *bytes;
};

/* What a node has to be, as the one above it says. */
struct btrfs_wanted {
	uint64_t at, generation;
	uint8_t level;
	const struct btrfs_key *first; /* its first key, or NULL for the root of a tree */
};

/* Borrowed until the next call. */
int btrfs_node_get(struct btrfs *x, const struct btrfs_wanted *want,
		   const struct btrfs_node **ret, struct err *e);
struct btrfs_key btrfs_node_key(const struct btrfs *x, const struct btrfs_node *n,
				uint32_t slot);

/* --- btrfs-chunk.c --- */

enum { BTRFS_STRIPES = 64, BTRFS_CHUNKS_KEPT = 16 };

/* A range of logical addresses and where it lies. */
struct btrfs_chunk {
	uint64_t start, len, type;
	uint64_t used;
	unsigned stripe_count, sub_stripes;
	struct btrfs_stripe {
		uint64_t devid, off;
	} stripes[BTRFS_STRIPES];
};

/* A piece of a range, in one of its copies. */
struct btrfs_place {
	uint64_t devid, off, len;
	struct blocks *blocks; /* NULL: the device is not here */
	unsigned copies;       /* that there are of it */
};

/* Where copy number `copy` of the bytes from `at` lies, at most `len` of them. */
int btrfs_place(struct btrfs *x, uint64_t at, uint64_t len, unsigned copy,
		struct btrfs_place *ret, struct err *e);
/* Takes the chunks of the superblock, which hold the tree of all chunks. */
int btrfs_chunks_start(struct btrfs *x, struct err *e);
/* Reads one copy of a piece that btrfs_place() found. */
int btrfs_place_read(const struct btrfs_place *p, void *buf, struct err *e);

/* --- btrfs-data.c --- */

/* Reads whole sectors of data at a logical address from the first copy of each that has
 * the right checksum. `checked` false: the file has no checksums. */
int btrfs_data_read(struct btrfs *x, uint64_t at, void *buf, size_t len, bool checked,
		    struct err *e);

/* --- btrfs-unpack.c --- */

enum btrfs_packing { BTRFS_PLAIN, BTRFS_ZLIB, BTRFS_LZO, BTRFS_ZSTD };
enum { BTRFS_PACKED_MAX = 128 * 1024 };

/* Exactly `len` bytes of output; the input may have zeroes behind its end. */
int btrfs_unpack(struct btrfs *x, enum btrfs_packing packing, struct slice in, void *out,
		 size_t len, struct err *e);

/* --- btrfs-inode.c --- */

enum { BTRFS_NODATASUM = 1 };

struct btrfs_inode {
	uint64_t id; /* with its tree, see btrfs_node_id() */
	uint64_t size, flags;
	uint32_t mode;
};

/* Nodes are named by the tree, as it is numbered here, and their inode in it. */
enum { BTRFS_INODE_BITS = 48 };
#define BTRFS_INODE_MASK ((UINT64_C(1) << BTRFS_INODE_BITS) - 1)

/* What stands for a subvolume inside of a snapshot, which does not hold it: an empty
 * directory. */
#define BTRFS_EMPTY_DIR ((uint64_t)2)

int btrfs_node_id(size_t tree, uint64_t ino, uint64_t *ret, struct err *e);
struct btrfs_tree btrfs_tree_of(const struct btrfs *x, uint64_t id);
static inline uint64_t btrfs_ino_of(uint64_t id)
{
	return id & BTRFS_INODE_MASK;
}

int btrfs_inode_read(struct btrfs *x, uint64_t id, struct btrfs_inode *ret,
		     struct err *e);
/* An inode that is a directory has one place: it must lie in directory `above`. */
int btrfs_inode_below(struct btrfs *x, uint64_t id, uint64_t above,
		      struct btrfs_inode *ret, struct err *e);
struct node btrfs_node_of(const struct btrfs_inode *i);

/* --- btrfs-dir.c --- */

struct btrfs_entry {
	struct btrfs_key to; /* an inode of the same tree, or a tree */
	enum node_type type;
	struct slice name;
};
/* A positive return ends the walk, a negative one is passed on. */
typedef int (*btrfs_entry_fn)(void *ctx, const struct btrfs_entry *entry, struct err *e);

int btrfs_dir_walk(struct btrfs *x, uint64_t dir, btrfs_entry_fn fn, void *ctx,
		   struct err *e);
/* ERR_ABSENT when the directory has no such name. */
int btrfs_dir_find(struct btrfs *x, uint64_t dir, struct slice name,
		   struct btrfs_inode *ret, struct err *e);

/* --- btrfs-file.c --- */

int btrfs_file_read(struct btrfs *x, const struct btrfs_inode *file, uint64_t off,
		    void *buf, size_t len, struct err *e);
int btrfs_file_where(struct btrfs *x, const struct btrfs_inode *file, blocks_piece_fn fn,
		     void *ctx, struct err *e);

/* --- btrfs-subvolume.c --- */

/* A tree of files shown as a file system; the first is the default one. */
struct btrfs_view {
	struct fs fs;
	struct btrfs *owner;
	size_t tree;
	struct btrfs_view *next;
};

/* Any tree, from the tree of roots. ERR_ABSENT when it is not there. */
int btrfs_tree_root(struct btrfs *x, uint64_t id, struct btrfs_tree *ret, struct err *e);
/* The number under which a tree is known here; it is looked up the first time.
 * ERR_ABSENT when there is none, or it was deleted. */
int btrfs_tree_number(struct btrfs *x, uint64_t id, size_t *ret, struct err *e);
/* Does `parent` hold tree `id` under that name in that directory? 1 or 0. */
int btrfs_tree_below(struct btrfs *x, uint64_t id, uint64_t parent, uint64_t dir,
		     struct slice name, struct err *e);
/* The one that a mount without options shows. */
int btrfs_default_tree(struct btrfs *x, uint64_t *ret, struct err *e);
int btrfs_choose(struct fs *fs, const char *options, struct fs **ret, struct err *e);
int btrfs_systems(struct fs *fs, fs_system_fn fn, void *ctx, struct err *e);
/* "@/boot" of tree `id`, in the arena. */
int btrfs_tree_path(struct btrfs *x, uint64_t id, struct arena *a, const char **ret,
		    struct err *e);

/* --- btrfs.c --- */

struct btrfs_device {
	uint64_t devid;
	struct blocks *blocks; /* borrowed */
};

/* An unpacked extent. */
struct btrfs_extent_kept {
	uint64_t at, used;
	size_t n;
	uint8_t *bytes;
};

enum { BTRFS_EXTENTS_KEPT = 2 };

struct btrfs {
	struct btrfs_view view; /* of the default tree */
	struct arena *arena;    /* borrowed, of fs_open() */
	struct btrfs_super super;
	struct btrfs_device devices[BTRFS_STRIPES];
	size_t device_count;
	uint64_t clock;
	struct btrfs_chunk *sys; /* those of the superblock */
	size_t sys_count;
	bool in_chunk_tree; /* it is being searched: only `sys` may be used */
	struct btrfs_chunk chunks[BTRFS_CHUNKS_KEPT];
	struct btrfs_node nodes[BTRFS_NODES_KEPT];
	struct btrfs_tree root, chunk_tree, sums;
	struct btrfs_tree *trees; /* of files */
	size_t tree_count, tree_cap;
	struct btrfs_extent_kept extents[BTRFS_EXTENTS_KEPT];
	uint8_t *packed, *sector; /* room for an extent, and for a sector */
	struct codec_blocks codec;
};

int btrfs_open_devices(struct blocks *const *devices, size_t n, struct arena *a,
		       struct fs **ret, struct err *e);
