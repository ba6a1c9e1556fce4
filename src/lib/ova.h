/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OVA (DMTF DSP0243, 5.3): a tar archive of an OVF envelope and the files that it refers
 * to. Nothing is unpacked: a member is bytes of the archive.
 */
#pragma once

#include <stdbool.h>

#include "blocks.h"

struct ova {
	const char *envelope; /* the name of the member that describes the machine */
	struct blocks_part description;
	VEC(struct ova_member {
		struct slice name;
		struct blocks_part part;
	})
	members; /* files with at least one byte */
};

/* 1: it is a tar archive; 0: it is not. */
int ova_probe(struct blocks *b, struct err *e);

/* Lists the archive; names are the arena's. ERR_UNSUPPORTED: no envelope is in it. */
int ova_read(struct blocks *b, struct arena *a, struct ova *ret, struct err *e);

/* Where the member of that name lies. ERR_ABSENT: there is none. ERR_AMBIGUOUS: there are
 * two. */
int ova_find(const struct ova *o, const char *name, struct blocks_part *ret,
	     struct err *e);
