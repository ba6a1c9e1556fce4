/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adding drivers to an initramfs without running any program of the guest. An initramfs
 * is a sequence of archives, and what comes later takes the place of what came before
 * (Linux, Documentation/driver-api/early-userspace/buffer-format.rst): so a small segment
 * behind the others is enough. (Before Linux 2.6 it is the image of a file system: that
 * is made anew.) It holds the modules with everything they need, the
 * indexes of kmod with their lines added, and the list of modules that the program which
 * made the initramfs loads by name.
 */
#pragma once

#include "codec.h"
#include "cpio_write.h"
#include "guest.h"
#include "text_edit.h"

/* What is to be added: members in the order in which they are written. */
struct initramfs_addition {
	new_members members; /* none: the drivers are there and get loaded */
	strs modules;        /* names of those whose files are added */
	strs files;          /* paths written, folders left out */
};

struct initramfs_segment {
	struct slice bytes; /* none: nothing to do */
	bool whole; /* they take the place of the file, which is the image of a file
		       system; else they are put behind its last segment */
	enum codec codec;
	struct initramfs_addition added;
};

/* What an initramfs is to become. */
struct initramfs_wish {
	strs drivers; /* names of modules, to be held and loaded */
	strs allowed; /* names of modules: what forbids them in its modprobe.d goes away
		       */
	edit_refs edits; /* of text files in it, each a step of one of them */
};

/* Makes the segment with which the initramfs of this kernel has these drivers and loads
 * them, and forbids none of those that are to be allowed. `guest` was read, with the
 * drivers among its facts' `asked`; `kernel`: one of its facts. Drivers that are built in
 * are passed over. All of *ret lives in `a`, with what is made on the way: it may need
 * LIMIT_ADDING_MEMORY. The guest and its facts are not changed. The same guest gives the
 * same bytes, under one version of the compressor.
 *
 * ERR_UNSUPPORTED, with a sentence for an administrator: a driver that this kernel would
 * not load, an initramfs that cannot be read or was made by a program whose way of
 * loading drivers is not known here. ERR_CORRUPT: what has to be merged is damaged. */
int change_initramfs_segment(struct guest *guest, const struct kernel_fact *kernel,
			     const struct initramfs_wish *wish, struct arena *a,
			     struct initramfs_segment *ret, struct err *e);
