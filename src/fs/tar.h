/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The heads of a tar archive (POSIX.1, pax, "ustar Interchange Format"; GNU tar's manual,
 * "Basic Tar Format", for long names).
 */
#pragma once

#include "fs.h"

enum { TAR_BLOCK = 512 };

/* A member, without what only says how the next one is called. */
struct tar_member {
	struct slice name, link; /* as stored; in the arena */
	enum node_type type;
	bool hard; /* another name of the file `link` */
	uint32_t mode;
	uint64_t at, size; /* where its bytes lie, and how many */
};

/* 1 when a head with a right checksum lies at the start, else 0. */
int tar_probe(struct blocks *b, struct err *e);

/* The member at byte *at, which is set behind it: 1; 0 at the end of the archive. `pax`:
 * what pax's heads say of its name and size counts; GRUB passes them over. */
int tar_next(struct blocks *b, uint64_t *at, bool pax, struct arena *a,
	     struct tar_member *ret, struct err *e);
