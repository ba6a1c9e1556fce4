/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the entry of a device becomes when the device is offered para-virtualized, and
 * the description with such entries in the place of those read. Pure functions: nothing
 * is opened or written. xm, xl, and libvirt's XML of Xen are rewritten, and the images of
 * libvirt's XML of KVM and QEMU; the other forms are refused with a sentence.
 */
#pragma once

#include "machine.h"

/* `after` stands where `before` stood. */
struct rewrite {
	uint64_t offset;
	const char *before, *after;
};
typedef VEC(struct rewrite) rewrite_list;

/* The entry that offers the disk `d` of `m` as `target` ("xvdb"). Only its name, and a
 * bus that is written, change. */
int rewrite_disk_pv(const struct machine *m, const struct machine_disk *d,
		    const char *target, struct arena *a, const char **ret, struct err *e);

/* The entry that offers the network card para-virtualized: xm's without `type=ioemu`,
 * libvirt's with the model netfront. Where that needs no change, which includes a card
 * that is offered both ways, it is the same text. */
int rewrite_nic_pv(const struct machine *m, const struct machine_nic *n, struct arena *a,
		   const char **ret, struct err *e);

/* A file that is the image of a disk from now on. */
struct rewrite_image {
	const char *file;   /* absolute; without a slash: in the folder of the old one */
	const char *format; /* "raw" or "qcow2" */
};

/* May its disks get other images? */
bool rewrite_takes_images(const struct machine *m);
/* The entry `entry` of the disk `d`, as it is or rewritten, with that image: its name,
 * its format, and that it is a file, which a block device was not. ERR_UNSUPPORTED where
 * more is said of the old image than that, or the name would have to be quoted. */
int rewrite_disk_image(const struct machine *m, const struct machine_disk *d,
		       const char *entry, const struct rewrite_image *image,
		       struct arena *a, const char **ret, struct err *e);

/* The text `file` with every rewrite done, in any order. ERR_CORRUPT when one does not
 * find its `before` at its offset, ERR_USAGE when two of them overlap. */
int rewrite_whole(struct slice file, const rewrite_list *list, struct arena *a,
		  struct slice *ret, struct err *e);
