/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed module files that were read, told apart by a hash of their bytes: the copy
 * of one in an initramfs is not uncompressed once more.
 */
#pragma once

#include "vec.h"

enum { PACKED_HASH = 32 };

struct packed_module {
	uint8_t hash[PACKED_HASH];
	const char *arch, *vermagic; /* as in struct module_info; or NULL */
	strs depends, aliases;
};
typedef VEC(struct packed_module) packed_modules;

/* Is it compressed? Then *ret_hash is of its bytes. */
bool packed_module_hash(struct slice file, uint8_t *ret_hash);
/* The one with this hash, or NULL. */
const struct packed_module *packed_module_find(const packed_modules *list,
					       const uint8_t *hash);
