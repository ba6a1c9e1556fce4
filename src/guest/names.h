/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of names share; names.c has the table of files. */
#pragma once

#include "guest.h"

struct naming {
	struct guest *g;
	strs crypt_names; /* /dev/mapper/ names that crypttab makes */
	bool needs_md;    /* something the boot needs is on an array */
};

struct names_file {
	struct file file;
	struct slice text;
};

/* Classifies, resolves and records one name: where, spec, target, needed and source are
 * given. What is no name of a disk ("none", a swap file) is left out. */
int names_add(struct naming *n, struct name_fact f, struct err *e);

int names_read_resume(struct naming *n, const struct names_file *file, struct err *e);
int names_read_device_map(struct naming *n, const struct names_file *file, struct err *e);
int names_read_mdadm(struct naming *n, const struct names_file *file, struct err *e);
