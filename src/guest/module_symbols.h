/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The symbols of a module file: what it needs of the kernel and of other modules, and
 * what it exports to them.
 */
#pragma once

#include "module_file.h"

struct module_export {
	struct slice name;
	bool has_crc;
	uint32_t crc;
};

/* Names are borrowed from the file's bytes, which live in the arena given. */
struct module_symbols {
	VEC(struct slice) needs; /* undefined and not weak; CRCs of Linux 2.4 cut off */
	VEC(struct module_export) exports;
};

/* Reads the symbol table. `old`: a module of Linux 2.4. A module without a table needs
 * and exports nothing that is known: ERR_ABSENT. */
int module_symbols_from(const struct file_bytes *bytes, bool old, struct arena *a,
			struct module_symbols *ret, struct err *e);

/* A module file, compressed or not: its own words and, unless `ret_symbols` is NULL, its
 * symbols. Everything read stays in the arena. */
int module_read(const struct file_bytes *bytes, struct arena *a, struct module_info *ret,
		struct module_symbols *ret_symbols, struct err *e);
