/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "parts.h"
#include "xl_text.h"

/* Adds the disk that one string of xm's or xl's `disk` list describes. `ahci`: drives
 * with hd names are on SATA. */
int xl_disk_read(struct parts *p, const struct xl_item *item, bool ahci, struct err *e);

/* The word that names the disk, borrowed from the string: "hda", "ioemu:hda", "768". */
int xl_disk_target(struct slice spec, struct slice *ret, struct err *e);

/* Where a string has the image of its disk; all but `raw_prefix` borrowed from it, and
 * without an address where it has no such thing. */
struct xl_disk_image {
	struct slice prefix; /* "tap:qcow2:" */
	struct slice file;
	struct slice format;    /* as a value of its own, which may be empty */
	struct slice backend;   /* the value of backendtype= */
	struct slice key;       /* nothing, where "target=" stands */
	const char *raw_prefix; /* that a raw file has in the place of `prefix` */
	bool script;            /* a program makes the disk */
};
int xl_disk_image(struct slice spec, struct xl_disk_image *ret, struct err *e);
