/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crypttab(5): which encrypted volume is opened under which name. */
#pragma once

#include "guest.h"

struct crypttab_entry {
	const char *name;    /* below /dev/mapper */
	const char *device;  /* "UUID=...", "/dev/sda5" */
	const char *options; /* "luks,discard"; "" */
	unsigned line;
};
typedef VEC(struct crypttab_entry) crypttab;

/* Strings live in the arena. Lines that are no entries (too few fields) are left out. */
int crypttab_parse(struct slice text, struct arena *a, crypttab *ret, struct err *e);

/* Notes that the guest opens `device` as /dev/mapper/`name`, if it is an encrypted volume
 * that was opened here. */
int crypttab_map(struct guest *g, const char *name, const char *device, struct err *e);
