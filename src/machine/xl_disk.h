/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "parts.h"

/* Adds the disk that one string of xm's or xl's `disk` list describes. `ahci`: drives
 * with hd names are on SATA. */
int xl_disk_read(struct parts *p, struct slice spec, unsigned line, bool ahci,
		 struct err *e);
