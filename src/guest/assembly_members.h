/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File systems that lie on several devices. */
#pragma once

#include "assembly.h"

/* Puts the blocks of a volume fact aside when they are a device of a file system of
 * `type` (NULL: unknown) that lies on several. False when they are none, or there is no
 * room to remember it. */
bool assembly_is_member(struct assembly *as, struct guest *g, struct blocks *blocks,
			const char *type, size_t volume);

/* Opens the file systems whose devices were put aside. Each belongs to the volume of the
 * first of its devices; devices that are missing become problems. */
int assembly_open_members(struct assembly *as, struct guest *g, struct err *e);
