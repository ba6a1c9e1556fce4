/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fstab(5): what is mounted where. */
#pragma once

#include "arena.h"
#include "vec.h"

struct fstab_entry {
	const char *spec;    /* "UUID=...", "/dev/sda1"; octal escapes (\040) decoded */
	const char *dir;     /* "/boot", "none" */
	const char *type;    /* "ext4", "swap" */
	const char *options; /* "defaults,nofail" */
	unsigned line;
};
typedef VEC(struct fstab_entry) fstab;

/* Strings live in the arena. Lines that are no entries (too few fields) are left out. */
int fstab_parse(struct slice text, struct arena *a, fstab *ret, struct err *e);

/* Is `option` among the comma-separated options? */
bool fstab_has_option(const struct fstab_entry *entry, const char *option);
