/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What depmod(8) and the kernel's build left in a modules directory: modules.dep,
 * modules.builtin and modules.builtin.modinfo; and the same found out by walking the
 * directory, where modules.dep is missing or stale.
 */
#pragma once

#include "arena.h"
#include "strmap.h"
#include "vec.h"

struct module_line {
	const char *name;     /* dashes as underscores */
	struct slice path;    /* as modules.dep has it: relative, or absolute (old) */
	struct slice depends; /* paths, blank-separated; may hold joined lines */
	unsigned line;        /* in modules.dep; 0 for one found by walking */
};
typedef VEC(struct module_line) module_lines;

struct module_index {
	module_lines lines;
	struct strmap *by_name; /* to index in lines, from 1 */
};

/* Reads a modules.dep. Slices are borrowed from the text or lie in the arena. */
int module_index_parse(struct slice dep, struct arena *a, struct module_index *ret,
		       struct err *e);
const struct module_line *module_index_find(const struct module_index *index,
					    const char *name);

/* The modules that the part of a line behind its colon names. */
int module_line_names(struct slice depends, struct arena *a, strs *ret, struct err *e);

/* Reads a modules.builtin: names to line numbers (as pointers, from 1). */
int module_builtin_parse(struct slice text, struct arena *a, struct strmap **ret,
			 struct err *e);

/* Appends the aliases that a modules.builtin.modinfo gives for a module. */
int module_builtin_aliases(struct slice modinfo, const char *name, struct arena *a,
			   strs *aliases, struct err *e);
