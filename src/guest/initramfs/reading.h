/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known while an initramfs is read, shared by the files of this folder: read.c
 * sums up segments and members that walk.c finds (image.c those of a file system image),
 * members.c decides what each member is, modules.c, indexes.c, settings.c and
 * disk_names.c read the bodies of interest, generators.c sums it up.
 */
#pragma once

#include "cpio.h"
#include "facts.h"
#include "initramfs.h"
#include "kmod_index.h"
#include "strmap.h"
#include "tree.h"
#include "walk.h"

/* In the order in which they are asked: the first one with a mark made the image. */
enum generator {
	GEN_INITRAMFS_TOOLS,
	GEN_DRACUT,
	GEN_MKINITCPIO,
	GEN_MKINITFS,
	GEN_BOOSTER,
	GEN_MAKE_INITRD,
	GEN_GENKERNEL,
	GEN_SUSE_MKINITRD,
	GEN_MKINITRD,
	GEN_TINY_INITRAMFS,
	GEN_COUNT
};

/* What the settings inside say, by the generator that would have written them. */
struct clue {
	bool marked;
	const char *version, *policy;
	enum known host_only;
};

/* A hard link to a file of interest whose bytes come with another name. */
struct hard_link {
	uint32_t ino, dev_major, dev_minor;
	const char *path;
};

struct release {
	const char *name;
	uint64_t modules;
};

/* What one of its own indexes says of a wanted module. */
struct index_entry {
	bool named;
	const char *path; /* modules.dep: of the module */
	strs needs;       /* modules.dep: the modules behind the colon */
};

enum { INDEX_TEXT, INDEX_BINARY, INDEX_FORMS };

struct own_index {
	bool seen;
	const char *problem;         /* why it could not be read */
	struct index_entry *entries; /* one for each of out->wanted */
	struct kmod_index binary;    /* modules.alias.bin */
};

struct reading {
	struct arena *arena;   /* of the facts */
	struct arena *scratch; /* rewound after each body */
	struct arena *lasting; /* of the maps, until the end of the reading */
	bool complete;
	struct initramfs_fact *out;
	struct foreign_copies *foreign; /* or NULL */
	const packed_modules *packed;   /* or NULL */
	uint64_t unpacked;              /* bytes of all streams, for the cap */
	uint64_t members;

	struct strmap *wanted; /* name to index + 1 in out->wanted */
	struct strmap *names;  /* of out->modules */
	struct strmap *listed; /* of out->listed */
	struct strmap *built_in;
	size_t wanted_open; /* elements neither found nor built in yet */
	VEC(struct release) releases;
	struct own_index dep[INDEX_FORMS], alias[INDEX_FORMS];

	struct clue clues[GEN_COUNT];
	bool udev, script, tool_is_kmod;
	modprobe_list unsuffixed; /* lines of modprobe.d files not named *.conf */

	VEC(struct hard_link) links;
	/* The path of the last member, and whether all so far came in bytewise order. */
	char path[LIMIT_PATH + 1], last[LIMIT_PATH + 1];
	bool sorted;
};

/* members.c: one member, whose body may be read from the stream. */
int member_read(struct reading *g, struct cpio *c, struct stream *s,
		const struct cpio_member *m, struct err *e);
/* One member of a file system image; `f` NULL for one that is no regular file. */
int member_read_file(struct reading *g, struct slice name, const struct file *f,
		     struct err *e);
/* Is every question answered, and can nothing behind this point change the answers? */
bool reading_is_enough(const struct reading *g);

/* image.c: all that is left of the stream is an ext2 file system, `at` its segment. */
int image_read(struct reading *g, struct stream *s, struct segment_fact *at,
	       struct err *e);

/* modules.c */
int modules_start(struct reading *g, const strs *wanted, struct err *e);
/* Does a module lie at this path? */
bool modules_is_path(struct slice path);
int modules_seen(struct reading *g, struct slice path, struct err *e);
bool modules_is_wanted(const struct reading *g, struct slice path);
int modules_body(struct reading *g, struct slice path, struct slice body, struct err *e);
/* A wanted module that cannot be read: `e` says why, and is cleared. */
int modules_broken(struct reading *g, struct slice path, struct err *e);
int modules_built_in(struct reading *g, struct slice text, struct err *e);
int modules_finish(struct reading *g, struct err *e);

/* indexes.c: modules.dep and modules.alias, as text and as kmod's own form. */
int indexes_body(struct reading *g, struct slice path, struct slice body, struct err *e);
/* Has the form that kmod reads come, of both? */
bool indexes_are_complete(const struct reading *g);
int indexes_finish(struct reading *g, struct err *e);

/* settings.c: a row for each file whose text is read, NULL for others. */
struct setting;
const struct setting *setting_at(struct slice path);
/* The largest body that is read; a larger one is an error only when it says so. */
size_t setting_max(const struct setting *row, bool *ret_must);
int setting_body(struct reading *g, const struct setting *row, struct slice path,
		 struct slice body, struct err *e);
/* A setting that is a symbolic link: nothing lost when its target is read as well. */
int setting_link(const struct setting *row, struct slice path, struct slice target,
		 struct err *e);
/* Adds a module to those loaded by name. */
int list_module(struct reading *g, struct slice word, struct err *e);
/* A file that comes again takes the place of the one before. */
void forget_lines(modprobe_list *list, const char *path);

/* command_line.c: a row of settings[]. */
int read_command_line(struct reading *g, struct slice path, struct slice body,
		      struct err *e);

/* suse.c: what the init of SUSE's mkinitrd loads by name. */
int read_suse_script(struct reading *g, struct slice path, struct slice body,
		     struct err *e);

/* disk_names.c: rows of settings[]. */
int read_words(struct reading *g, struct slice path, struct slice body, struct err *e);
int read_init_conf(struct reading *g, struct slice path, struct slice body,
		   struct err *e);
int read_crypttab(struct reading *g, struct slice path, struct slice body, struct err *e);
int read_cryptroot(struct reading *g, struct slice path, struct slice body,
		   struct err *e);
int read_mdadm(struct reading *g, struct slice path, struct slice body, struct err *e);
int read_lvm(struct reading *g, struct slice path, struct slice body, struct err *e);
/* Is there a name of the bus, which a file that comes later may have put right? */
bool disk_names_may_change(const struct reading *g);

/* generators.c */
void generators_see(struct reading *g, struct slice path);
/* The generator so far, or GEN_COUNT. */
enum generator generators_which(const struct reading *g);
int generators_finish(struct reading *g, struct err *e);
