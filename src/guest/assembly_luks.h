/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encrypted volumes as volumes of the guest: between assembly.c and the volume layer. */
#pragma once

#include "assembly.h"

/* Reads the header on an encrypted volume, and opens it where a key was given for it:
 * what it opens as becomes a volume fact of its own, and is opened in turn. A key that
 * was given for this very volume and opens none of its slots is ERR_REFUSED. */
int assembly_open_luks(struct assembly *as, struct guest *g, struct blocks *blocks,
		       size_t volume, struct err *e);

/* ERR_USAGE when a key was given for a volume that is not there or not encrypted. */
int assembly_check_keys(const struct assembly *as, struct guest *g, struct err *e);

/* Why an encrypted volume stays closed, with what to do: "web01.img, partition 3 is
 * encrypted ..."; NULL: it is none, or is open. */
const char *assembly_why_locked(const struct assembly *as, size_t volume);

/* Notes under which names this tree's crypttab opens volumes, instead of what another
 * tree said before. A file that cannot be read is told by those who ask it for more. */
int assembly_map_names(struct guest *g, struct tree *tree, struct err *e);
