/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LILO (lilo.conf(5)) and zipl of IBM Z (zipl.conf(5)): loaders that know no file system.
 * Their programs list, in a map, the blocks that kernel and initramfs lie in; what is
 * read here is what that is made from.
 */
#pragma once

#include "facts.h"

struct mapped_entry {
	const char *label;
	const char *kernel;  /* NULL: starts no Linux kernel */
	const char *initrd;  /* or NULL */
	const char *cmdline; /* NULL: in a file that is not read */
	unsigned line;       /* where it begins */
};

struct mapped_menu {
	VEC(struct mapped_entry) entries;
	const char *chosen; /* label of the default; NULL: it is the first */
};

/* Strings live in the arena. ERR_CORRUPT with the line where it is damaged. */
int lilo_parse(struct slice text, struct arena *a, struct mapped_menu *ret,
	       struct err *e);
int zipl_parse(struct slice text, struct arena *a, struct mapped_menu *ret,
	       struct err *e);
