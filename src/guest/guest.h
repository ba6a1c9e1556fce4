/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Readers that turn a guest's file tree into facts. A reader is one row of
 * guest_readers[] in guest.c; they run in the order of the table, and a later one may use
 * what an earlier one wrote into the facts. A reader's failure becomes a problem_fact and
 * the next one runs (only ERR_NOMEM, ERR_IO and ERR_BUG end the inspection).
 */
#pragma once

#include "facts.h"
#include "packed_modules.h"
#include "tree.h"

struct assembly_disk; /* assembly.h */
struct efi_start;

struct guest {
	struct arena *arena;   /* of the facts: everything put into `facts` lives here */
	struct arena *scratch; /* of one reader: rewound by guest.c after each */
	struct tree *tree;
	struct facts *facts;   /* facts->asked: the modules to look for */
	const char *wanted_os; /* the system asked for: a number of the list, or a name of
				  its volume; NULL: the one that starts */
	bool complete; /* read on when every question is answered: complete lists */
	const struct assembly_disk *disks; /* that the tree lies on */
	size_t disk_count;
	bool boot_files; /* tell where the files lie that are read at the start */
	const struct efi_start *efi; /* what UEFI starts (boot/efi.h), or NULL */
	packed_modules packed;       /* files of modules that were read, in `arena` */
};

struct guest_reader {
	const char *name; /* "os", "dpkg", "kernels", ...: problem_fact.about */
	const char *doc;  /* one line for the manual */
	int (*read)(struct guest *g, struct err *e);
};

extern const struct guest_reader read_os, read_dpkg, read_rpm, read_pacman, read_apk,
	read_bootloader, read_menu_settings, read_lvm_settings, read_kernels,
	read_modprobe, read_modules, read_initramfs, read_names, read_network,
	read_boot_places, read_startup, read_boot_files, read_stored_files,
	read_module_settings;

/* Runs every reader over the tree. */
int guest_read(struct guest *g, struct err *e);
/* Runs only those that tell which system it is, and what its boot menu has. */
int guest_read_start(struct guest *g, struct err *e);
/* Runs only those that find the kernels, and which of them starts. */
int guest_read_kernels(struct guest *g, struct err *e);

/* The source of a file found in the tree, strings in the facts' arena. */
struct source guest_source(struct guest *g, const struct file *f, uint64_t line,
			   uint64_t offset);

/* Records a problem: `e` is the reason (cleared), `about` and `source` say of what. */
int guest_problem(struct guest *g, const char *about, struct source source,
		  struct err *e);
/* Records a remark: readable, but worth knowing. */
_printf_(4, 5) int guest_remark(struct guest *g, const char *about, struct source source,
				const char *fmt, ...);

/* Shared by readers: one whole configuration file into scratch; ERR_ABSENT when missing.
 */
int guest_config(struct guest *g, const char *path, struct file *ret_file,
		 struct slice *ret, struct err *e);
