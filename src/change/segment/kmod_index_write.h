/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes the binary indexes that depmod(8) makes of modules.dep, modules.alias and
 * modules.symbols, byte for byte: see kmod_index.h, which reads them.
 */
#pragma once

#include "strbuf.h"
#include "vec.h"

struct kmod_entry {
	const char *key, *value;
	uint32_t priority; /* orders the values of one key */
};
typedef VEC(struct kmod_entry) kmod_entries;

/* Appends the index of these entries, which get sorted, to `out`, which is empty. Linux's
 * kmod takes keys of ASCII characters only: others are ERR_CORRUPT. */
int kmod_index_write(kmod_entries *list, struct strbuf *out, struct err *e);
