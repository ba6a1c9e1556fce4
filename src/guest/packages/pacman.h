/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pacman's local database: which packages of Arch Linux and its kin own kernels. */
#pragma once

#include "packages/owned.h"

/* What a package's "desc" says of it. Slices are of its text. */
struct pacman_desc {
	struct slice name, version, arch;
	unsigned line; /* of its name */
};

int pacman_desc_parse(struct slice text, struct pacman_desc *ret, struct err *e);
/* Its "files". */
int pacman_files_parse(struct slice text, struct owned_files *files, struct err *e);
