/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices LVM looks at: lvm.conf(5) and the devices file, lvmdevices(8). */
#pragma once

#include "facts.h"

/* Adds what one file says to *into, in the arena; `source` is the file. Its path (with or
 * without a slash before it) says which one it is; of another one nothing is read. */
int lvm_settings_parse(struct slice text, struct arena *a, struct source source,
		       struct lvm_fact *into, struct err *e);
