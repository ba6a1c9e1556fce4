/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of undoing a change. */
#pragma once

#include <stdbool.h>

#include "strbuf.h"
#include "vec.h"

#define UNDONE_FORMAT 1 /* raised when a reader of the JSON would have to change */

struct undone {
	const char *record; /* as named by the user */
	strs disks;         /* their paths; none: the record was not finished, so none was
			       changed */
	uint64_t ranges;    /* that the change was made of */
	uint64_t bytes;     /* in these */
	uint64_t differed;  /* ranges that were not as before */
	bool complete;      /* the change had come to its end */
	bool restored;      /* the disks are as they were before */
};

/* One JSON document; schema/undo.schema.json describes it. */
void undone_to_json(const struct undone *u, struct strbuf *out);
/* That schema, made from the same table. */
void undone_schema(struct strbuf *out);
