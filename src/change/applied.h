/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of applying a plan: the guest before and after, and where the result lies. */
#pragma once

#include "change.h"

#define APPLIED_FORMAT 1 /* raised when a reader of the JSON would have to change */

/* A changed disk, and the file that it is in now. */
struct applied_result {
	const char *disk, *file; /* the same one in place */
};

struct applied {
	struct plan plan; /* that was applied */
	struct changes changes;
	enum answer after;                  /* of the guest with the changes */
	struct plan left;                   /* what it still needs then */
	VEC(struct applied_result) results; /* none: nothing was written */
	const char *kind;                   /* "overlay", "copy", "in-place" */
	const char *machine; /* the description as it was written anew, or NULL */
	strs notes;          /* sentences on these files, and on those not written */
	const char *undo;    /* record that undoes it, or NULL */
	strs undo_disks;     /* that it has to be told with --disk; none: it finds them */
};

/* One JSON document; schema/apply.schema.json describes it. */
void applied_to_json(const struct facts *f, const struct applied *a, struct strbuf *out);
/* That schema, made from the same tables. */
void applied_schema(struct strbuf *out);
