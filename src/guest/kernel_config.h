/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The build configuration of a kernel (/boot/config-VER): what is set, and on which line.
 */
#pragma once

#include "arena.h"
#include "strmap.h"
#include "vec.h"

struct kernel_config {
	struct strmap *builtin; /* "CONFIG_VIRTIO_BLK" to its line, for those set to y */
	bool any;               /* it has at least one setting, of whatever */
};

/* Reads a configuration; appends "CONFIG_X=y" to *ret_set for each of `asked` (with or
 * without CONFIG_) that it sets, "CONFIG_X=n" for those it says are not set. The text
 * must live as long as *ret. */
int kernel_config_parse(struct slice text, const strs *asked, struct arena *a,
			struct kernel_config *ret, strs *ret_set, struct err *e);

enum config_answer { CONFIG_UNKNOWN, CONFIG_NOT_BUILTIN, CONFIG_BUILTIN };

/* Is the driver with that module name built in? CONFIG_UNKNOWN for a name whose symbol is
 * not in the table here. */
enum config_answer kernel_config_module(const struct kernel_config *config,
					const char *module, unsigned *ret_line);
