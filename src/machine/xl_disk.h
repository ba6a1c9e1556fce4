/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "parts.h"
#include "xl_text.h"

/* Adds the disk that one string of xm's or xl's `disk` list describes. `ahci`: drives
 * with hd names are on SATA. */
int xl_disk_read(struct parts *p, const struct xl_item *item, bool ahci, struct err *e);

/* The word that names the disk, borrowed from the string: "hda", "ioemu:hda", "768". */
int xl_disk_target(struct slice spec, struct slice *ret, struct err *e);
