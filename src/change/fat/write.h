/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing to FAT12, FAT16 and FAT32 ("the specification" of fat.h). The table of clusters
 * is held in memory and written to all its copies after each change, so that a reader
 * that is opened anew sees what is there. Before the first change every file's clusters
 * are followed: nothing is changed where one belongs to two files.
 */
#pragma once

#include "fat.h"
#include "fs_write.h"

struct fat_writer {
	struct fs_writer writer;
	struct blocks *blocks;
	struct fat_super super;
	struct fat_table {
		uint8_t *bytes; /* the first copy, as it is to be */
		size_t n;
		uint8_t *dirty; /* a bit for each 512 bytes */
		uint32_t free;  /* clusters */
		uint32_t last;  /* the cluster that was taken last; 0: none was */
	} table;
	uint64_t info; /* the byte at which FSInfo lies; 0: there is none */
	struct arena *arena;
	VEC(uint64_t) changed; /* entries that are no longer what the caller saw */
	int64_t now;
};

int fat_writer_open(struct blocks *b, int64_t now, struct fs_writer **ret, struct err *e);

/* The reader's view of what is written by now. */
int fat_writer_look(struct fat_writer *w, struct fat **ret, struct err *e);
static inline void fat_look_done(struct fat **x)
{
	if (*x)
		fs_free(&(*x)->fs);
}
#define _cleanup_fat_look_ _cleanup_(fat_look_done)

/* Follows every file; ERR_REFUSED where clusters are shared, missing or in a loop. */
int fat_write_check(struct fat_writer *w, struct err *e);

/* Reads the table; ERR_REFUSED when its copies differ. */
int fat_table_read(struct fat_writer *w, struct err *e);
/* Writes what was changed to every copy. */
int fat_table_write(struct fat_writer *w, struct err *e);
void fat_table_done(struct fat_table *t);
/* What the table has for a cluster: 0 is a free one. `at` may be 1, which holds flags. */
uint32_t fat_table_get(const struct fat_writer *w, uint32_t at);

/* The clusters of one file, in order. */
struct fat_chain {
	uint32_t *v;
	size_t n;
};
static inline void fat_chain_done(struct fat_chain *c)
{
	free(c->v);
}
#define _cleanup_fat_chain_ _cleanup_(fat_chain_done)

/* `first` is 0 for a file without clusters. */
int fat_chain_read(const struct fat_writer *w, uint32_t first, struct fat_chain *ret,
		   struct err *e);
/* Frees the last ones, or takes free ones. */
int fat_chain_resize(struct fat_writer *w, struct fat_chain *c, size_t n, struct err *e);
/* Writes at byte `off` of the file, and zeroes from there to the end of the chain. */
int fat_chain_write(struct fat_writer *w, const struct fat_chain *c, uint64_t off,
		    struct slice bytes, struct err *e);
/* The byte of the file system at which byte `off` of the file lies. */
uint64_t fat_chain_byte(const struct fat_writer *w, const struct fat_chain *c,
			uint64_t off);
/* Clusters that this many bytes take. */
uint64_t fat_clusters(const struct fat_writer *w, uint64_t bytes);

/* A file or directory that is about to be changed. */
struct fat_taken {
	uint64_t id;
	uint8_t raw[FAT_ENTRY]; /* of the root: nothing */
	struct fat_entry entry;
	struct fat_chain chain;
};
static inline void fat_taken_done(struct fat_taken *t)
{
	fat_chain_done(&t->chain);
}
#define _cleanup_fat_taken_ _cleanup_(fat_taken_done)

/* `node` is what the caller's reader saw; `want` is NODE_FILE or NODE_DIR. */
int fat_take(struct fat_writer *w, const struct node *node, enum node_type want,
	     struct fat_taken *ret, struct err *e);
/* Sets the first cluster, the size and the time of the change, and writes the entry. */
int fat_taken_put(struct fat_writer *w, struct fat_taken *t, uint32_t size,
		  struct err *e);

/* The entries of a directory, all of them in memory. */
struct fat_dir {
	struct fat_taken taken;
	bool fixed; /* the root of FAT12 and FAT16, which cannot grow */
	uint8_t *bytes;
	size_t n, end; /* entries, and the first one behind the last that was ever used */
};
static inline void fat_dir_done(struct fat_dir *d)
{
	fat_taken_done(&d->taken);
	free(d->bytes);
}
#define _cleanup_fat_dir_ _cleanup_(fat_dir_done)

int fat_dir_take(struct fat_writer *w, const struct node *dir, struct fat_dir *ret,
		 struct err *e);
/* Gives a file its names in the directory, a short one and, where that is not the same, a
 * long one; *ret_id is its entry's. `raw` is that entry but for the name. */
int fat_dir_add(struct fat_writer *w, struct fat_dir *d, struct slice name,
		const uint8_t *raw, uint64_t *ret_id, struct err *e);
/* Takes them away. */
int fat_dir_remove(struct fat_writer *w, struct fat_dir *d, uint64_t id, struct err *e);

/* The entries of a name that has parts of 13 characters, and the one of its file. */
enum { FAT_SLOTS_MAX = 21 };

/* The names of a new file, as they are stored. */
struct fat_new_name {
	uint8_t raw[FAT_LABEL];                      /* the short one */
	bool exact;                                  /* it says all there is to say */
	uint8_t slots[FAT_SLOTS_MAX - 1][FAT_ENTRY]; /* of the long one */
	size_t n;                                    /* 0: there is none */
};
/* `taken` has the short names of the directory as its keys. */
int fat_name_make(struct slice name, const struct strmap *taken, struct fat_new_name *ret,
		  struct err *e);

/* Puts date and time of the change into an entry, and those of its making where it is
 * new. */
void fat_stamp(uint8_t *raw, int64_t now, bool is_new);

int fat_write_room(struct fs_writer *w, const struct fs_step *steps, size_t n,
		   struct err *e);
int fat_write_replace(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e);
int fat_write_append(struct fs_writer *w, const struct node *file, struct slice bytes,
		     struct fs_wrote *ret, struct err *e);
int fat_write_create(struct fs_writer *w, const struct node *dir,
		     const struct fs_new *new, struct slice bytes, struct fs_wrote *ret,
		     struct err *e);
int fat_write_mkdir(struct fs_writer *w, const struct node *dir, const struct fs_new *new,
		    struct fs_wrote *ret, struct err *e);
int fat_write_unlink(struct fs_writer *w, const struct node *dir, struct slice name,
		     const struct node *file, struct err *e);
