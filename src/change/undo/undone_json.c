/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"
#include "undone.h"

struct document {
	uint64_t format;
	const char *program;
	struct undone undone;
};

#define S struct undone
static const struct field undone_fields[] = {
	F_STR(S, record, "as the user named it"),
	F_STRS(S, disks,
	       "their paths; none: the record was not finished, so none was changed"),
	F_U64(S, ranges, "that the change was made of"),
	F_U64(S, bytes, "in these ranges"),
	F_U64(S, differed, "ranges that were not as before"),
	F_BOOL(S, complete, "the change had come to its end"),
	F_BOOL(S, restored, "the disks are as they were before"),
	F_END};
static const struct record undone_record = {"undone", "What came of undoing a change.",
					    sizeof(S), undone_fields};
#undef S

#define S struct document
static const struct field document_fields[] = {
	F_U64(S, format, "raised when a reader would have to change"),
	F_STR(S, program, "that wrote this"),
	F_RECORD(S, undone, &undone_record, "what was done"), F_END};
static const struct record document_record = {
	"document", "What paravet undo did to the disks of a record.", sizeof(S),
	document_fields};
#undef S

void undone_to_json(const struct undone *u, struct strbuf *out)
{
	struct document d = {UNDONE_FORMAT, "paravet " PARAVET_VERSION, *u};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void undone_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet undo", out);
}
