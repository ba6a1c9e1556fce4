/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One index of depmod in both forms, and the lines of modules that it gets. */
#pragma once

#include "adding.h"
#include "index_lines.h"

struct index_merge {
	struct adding *g; /* whose modules with `index` get their lines */
	enum index_kind kind;
	bool own; /* the index is the one of the kernel's own folder, which is stale: the
		     modules tell all */
	struct slice text, binary; /* as they are */
	bool has_text, has_binary;
	struct strmap *names; /* new: modules that the lines are of */
	strs lines;           /* new ones */
	kmod_entries entries; /* of the binary form */
	uint32_t priority;    /* above all of them */
};

/* Finds the lines. */
int index_merge_find(struct index_merge *m, struct err *e);
/* Then the forms with them, in g->a: the binary one of the old binary one, or else of the
 * text. ERR_CORRUPT: the old one is damaged. */
int index_merge_binary(struct index_merge *m, struct slice *ret, struct err *e);
int index_merge_text(struct index_merge *m, struct slice *ret, struct err *e);
