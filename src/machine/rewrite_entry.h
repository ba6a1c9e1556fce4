/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rewriting of one device's entry is made of. */
#pragma once

#include "rewrite.h"
#include "xml.h"

bool rewrite_is_xl(const struct machine *m);
bool rewrite_is_xen(const struct machine *m);
/* ERR_UNSUPPORTED: the form, a hypervisor whose machine does not take the change, or a
 * device that has no `entry` of its own. */
int rewrite_check_form(const struct machine *m, bool takes, const char *entry,
		       uint64_t line, struct err *e);

/* Reads an entry as XML; the nodes borrow from it. */
int rewrite_parse(const char *entry, struct arena *a, struct xml_node **ret,
		  struct err *e);

/* `after` in the place of `part`, which is borrowed from `entry` and may be nothing. */
int rewrite_add(struct slice entry, struct slice part, const char *after,
		rewrite_list *list, struct arena *a, struct err *e);
/* The entry with these changes. */
int rewrite_entry(const char *entry, const rewrite_list *list, struct arena *a,
		  const char **ret, struct err *e);
