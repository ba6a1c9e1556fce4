/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Features that a superblock lists as bits, and that a reader does not know. */
#pragma once

#include "blocks.h"

struct fs_feature {
	uint64_t bit;
	const char *name; /* as mkfs has it */
};

/* ERR_UNSUPPORTED where any bit is set: it names those that are in names[n], the rest by
 * their bits. */
int fs_refuse_features(uint64_t bits, const struct fs_feature *names, size_t n,
		       struct err *e);
