/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of names share; names.c has the table of files. */
#pragma once

#include "guest.h"

/* A file in which names of disks stand, of the guest or in an initramfs. */
struct names_text {
	struct slice text;
	struct source source; /* the file: each name gets its line besides */
	struct arena *arena;  /* of the names */
	struct arena *scratch;
	name_list *to;
};

/* Append the names of one form of file, and what stands in the place of names ("none"),
 * with where, spec, word, target, needed and source, as this file alone tells them:
 * names_add() says what they are. ERR_LIMIT: there are too many. */
int names_of_fstab(const struct names_text *t, struct err *e);
int names_of_crypttab(const struct names_text *t, struct err *e);
/* conf.d/cryptroot of initramfs-tools before Debian 10. */
int names_of_cryptroot(const struct names_text *t, struct err *e);
/* RESUME= and ROOT= of initramfs-tools: for the next initramfs, and for init in one. */
int names_of_initramfs_conf(const struct names_text *t, struct err *e);
int names_of_init_conf(const struct names_text *t, struct err *e);
int names_of_device_map(const struct names_text *t, struct err *e);
int names_of_mdadm(const struct names_text *t, struct err *e);
/* Lines of words of a kernel's command line. */
int names_of_cmdline(const struct names_text *t, struct err *e);

/* One such word; `f` has where it stands. Without a `where` its parameter tells it. */
int names_of_word(const struct names_text *t, struct slice word, struct name_fact f,
		  uint64_t line, struct err *e);

/* Appends one of them at this line; strings are copied. */
int names_put(const struct names_text *t, uint64_t line, struct name_fact f,
	      struct err *e);

struct naming {
	struct guest *g;
	name_list *to;    /* where names_add() puts them */
	strs crypt_names; /* /dev/mapper/ names that crypttab makes */
	bool needs_md;    /* something the boot needs is on an array */
};

/* Classifies, resolves and records one name: where, spec, target, needed and source are
 * given. What is no name of a disk ("none", a swap file) is left out. */
int names_add(struct naming *n, struct name_fact f, struct err *e);
/* The names of one file. */
int names_add_all(struct naming *n, const name_list *list, struct err *e);

/* When all are there: what those by-id and by-path mean that begin as the name of / does.
 */
int names_resolve_paths(struct naming *n, struct err *e);

/* Makes facts of the names that an initramfs has in its files: whether / needs them, too.
 * Of RESUME= the assignment that counts stays. */
int names_inside(struct guest *g, name_list *list, struct err *e);
