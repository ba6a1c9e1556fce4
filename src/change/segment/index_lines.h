/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of depmod's indexes: modules.dep, modules.alias, modules.symbols,
 * modules.softdep, modules.weakdep, modules.devname and modules.pcimap as text, and of
 * the first three what becomes of a line in the binary form that kmod reads.
 */
#pragma once

#include "kmod_index_write.h"
#include "strmap.h"

enum index_kind {
	INDEX_DEP,
	INDEX_ALIAS,
	INDEX_SYMBOLS,
	INDEX_SOFTDEP,
	INDEX_WEAKDEP,
	INDEX_DEVNAME,
	INDEX_PCIMAP, /* of module-init-tools: no later depmod makes it */
	INDEX_KINDS
};

/* "modules.dep", ... */
const char *index_name(enum index_kind kind);
/* Does kmod read a binary form of it? */
bool index_has_binary(enum index_kind kind);

/* Is the line of one of these modules (names with underscores)? A comment is of none. */
bool index_line_is_of(enum index_kind kind, struct slice line, const struct strmap *names,
		      struct arena *a);
/* The line of modules.pcimap for an alias of a PCI driver, whose file has the base name
 * `file` without suffix; "" when it is another kind of alias, NULL when the arena is
 * full.
 */
const char *index_pci_line(const char *alias, struct slice file, struct arena *a);
/* The same for an entry of the binary form. */
bool index_entry_is_of(enum index_kind kind, struct slice key, struct slice value,
		       const struct strmap *names);

/* The entry of the binary form for a line; false for a line that has none. Strings go
 * into the arena; NULL ones when it is full. */
bool index_entry_of(enum index_kind kind, struct slice line, struct arena *a,
		    struct kmod_entry *ret);
