/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file system inside of GRUB's image for UEFI, which its scripts call (memdisk):
 * fonts, modules, and sometimes the script that leads to the menu.
 */
#pragma once

#include "efi.h"

/* All zero: GRUB has none. */
struct memdisk {
	struct blocks *blocks;
	struct fs *fs;
	struct tree *tree;
	struct err why; /* why it cannot be read */
};

/* What cannot be read is told by memdisk_find(): it matters only where GRUB looks. The
 * image's file must stay open as long. */
int memdisk_open(struct guest *g, const struct efi_start *start, struct memdisk *ret,
		 struct err *e);
void memdisk_done(struct memdisk *m);

/* ERR_ABSENT when it is not there, or there is no such file system. */
int memdisk_find(const struct memdisk *m, const char *path, struct file *ret,
		 struct err *e);
