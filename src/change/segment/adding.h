/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files that add drivers to an initramfs share: drivers.c finds the modules,
 * places.c says where they go in, indexes.c merges the lists of kmod, allow.c
 * takes lines out of modprobe.d, edit_inside.c changes other files, lists.c and nash.c
 * the list of what is loaded, pack.c or image.c packs it all.
 */
#pragma once

#include "module_store.h"
#include "old_archive.h"
#include "segment.h"

/* A module of the guest that has to be in the initramfs. */
struct chosen {
	const char *name; /* dashes as underscores */
	const struct stored_module *module;
	struct file file;
	strs needs;       /* names of all it needs, each behind what that needs itself */
	const char *path; /* in the initramfs, without leading slash */
	bool add;         /* the file is not there, or is another one */
	bool index;       /* its lines in the indexes are to be written */
};

struct adding {
	struct guest guest; /* with facts and scratch of its own */
	const struct facts *facts;
	const struct kernel_fact *kernel;
	struct arena *a; /* of everything */
	struct module_store store;
	strs configs;               /* "CONFIG_RD_GZIP=y" */
	const strs *allowed;        /* of the caller */
	const edit_refs *edits;     /* too */
	strs drivers;               /* to be loaded: those of the caller, not built in */
	VEC(struct chosen) modules; /* each behind what it needs */
	struct strmap *by_name;     /* to index in modules, from 1 */
	size_t soft_names;          /* looked for, that modules ask for */
	struct old_archive old;
	const char *dir;        /* of modules in the initramfs: "lib/modules/VER" */
	bool flat;              /* modules lie in `dir` itself, by their base names */
	struct strmap *folders; /* that are written */
	struct initramfs_addition out;
};

/* make.c: opens the store of the kernel's modules; the lists are empty. */
int adding_open(struct adding *g, struct err *e);

/* drivers.c: fills `drivers` and `modules` but for `path`, `add` and `index`. `soft`:
 * with modules that they ask for without needing them. */
int drivers_find(struct adding *g, const strs *names, bool soft, struct err *e);
/* Adds one module behind what it needs. */
int drivers_choose(struct adding *g, const struct stored_module *m, struct err *e);
/* The same, unless something that it needs is missing: then nothing is added. */
int drivers_choose_whole(struct adding *g, const struct stored_module *m, struct err *e);
const struct chosen *chosen_find(const struct adding *g, const char *name);

/* places.c: a file with its folders, unless it is there with these bytes. The body is
 * borrowed until the segment is packed. */
int add_file(struct adding *g, const char *path, uint32_t mode, struct slice body,
	     struct err *e);
/* The path of a module below its kernel's folder, "kernel/drivers/block/virtio_blk.ko":
 * where depmod found it, or where it lies. */
struct slice module_path_below(const struct adding *g, const struct chosen *c);
/* The files of modules, and the firmware that they ask for. */
int add_modules(struct adding *g, struct err *e);

/* allow.c: is this line of its modprobe.d to go? */
bool is_to_go(const struct adding *g, const struct modprobe_fact *line);
/* The files with such lines, which become comments. */
int add_allowed(struct adding *g, struct err *e);

/* edit_inside.c: is this file, named without "usr/", one that is edited? */
bool is_edited(const struct adding *g, struct slice path);
/* The files with their edits. */
int add_edited(struct adding *g, struct err *e);

/* indexes.c: modules.dep and its kin. */
int add_indexes(struct adding *g, struct err *e);

/* lists.c: what is loaded by name, one function for each program that makes initramfs. */
struct generator {
	const char *name; /* as in struct initramfs_fact */
	bool flat;        /* modules lie in /lib by name, and there are no indexes */
	int (*add_list)(struct adding *g, struct err *e);
};
/* NULL: its way of loading drivers is not known here. */
const struct generator *generator_find(const char *name);

/* nash.c: the lines of Red Hat's mkinitrd. */
int add_insmod_lines(struct adding *g, struct err *e);

/* pack.c: packs g->out as the file needs it. */
int segment_pack(struct adding *g, struct initramfs_segment *ret, struct err *e);
/* image.c: the same where the file is the image of a file system. */
int image_pack(struct adding *g, struct initramfs_segment *ret, struct err *e);
/* ram_disk.c: the size of the RAM disk that such an image has to fit on, in KiB. */
uint64_t ram_disk_kib(const struct adding *g);
