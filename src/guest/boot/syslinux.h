/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The configuration of Syslinux and its kin (syslinux.cfg(5) and doc/menu.txt of Syslinux
 * 6.04), which U-Boot reads as extlinux.conf too: a directive a line, in any case, and
 * those behind a LABEL are that entry's.
 */
#pragma once

#include "facts.h"

struct syslinux_entry {
	const char *label, *title; /* the title is the label where there is no other */
	const char *kernel;        /* NULL: starts no Linux kernel */
	const char *initrd;        /* files with commas between them, or NULL */
	const char *append;        /* "-" as well as NULL: nothing */
	const char *arguments;     /* behind the kernel's name, mostly "" */
	bool menu_default, config; /* leads to another configuration */
	struct source where, append_where;
};

struct syslinux_menu {
	VEC(struct syslinux_entry) entries;
	const char *chosen;    /* what DEFAULT says, NULL without one */
	const char *ontimeout; /* what is started when the time is up */
	const char *append;    /* for the entries that have none of their own */
	struct source append_where;
	bool ui;    /* a menu is shown, not a prompt */
	bool waits; /* PROMPT or a menu, and a TIMEOUT that ends it */
	bool saves; /* the entry chosen last is the default */
};

/* Reads an included file by its name as written: its text, and where it lies. ERR_ABSENT:
 * it is passed over, as Syslinux does. */
struct syslinux_files {
	int (*include)(void *ctx, const char *name, struct slice *ret,
		       struct source *ret_where, struct err *e);
	void *ctx;
};

/* `where` is the file's, without a line. Strings live in the arena. */
int syslinux_parse(struct slice text, const struct source *where,
		   const struct syslinux_files *files, struct arena *a,
		   struct syslinux_menu *ret, struct err *e);

/* The entry that an unattended boot takes. */
struct syslinux_choice {
	size_t entry;
	const char *how;     /* why that one */
	const char *options; /* behind the entry's own, mostly "" */
};

/* ERR_ABSENT, ERR_CORRUPT or ERR_UNSUPPORTED with the reason where there is none. */
int syslinux_default(const struct syslinux_menu *m, bool u_boot, struct arena *a,
		     struct syslinux_choice *ret, struct err *e);
