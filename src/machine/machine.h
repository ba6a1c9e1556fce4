/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptions of virtual machines: text in, struct machine out. The form is recognised
 * by the content, never by the file's name.
 */
#pragma once

#include "arena.h"
#include "err.h"
#include "machine_facts.h"
#include "slice.h"

/* Reads the description `text`, which the user calls `name`. ERR_UNSUPPORTED when it has
 * none of the known forms, ERR_CORRUPT when it breaks its form; the sentence has the
 * line. */
int machine_parse(struct slice text, const char *name, struct arena *a,
		  struct machine *ret, struct err *e);

/* Sets `disk` of the machine's disks to the one of `names` that ends in the same file
 * name. Where several do, it stays NULL; a remark says so, and names the disks of either
 * side that are not on the other. Without names nothing is said. */
int machine_match_disks(struct machine *m, const strs *names, struct arena *a,
			struct err *e);
