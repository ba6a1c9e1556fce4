/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "applied.h"

#include "change_record.h"
#include "plan_record.h"
#include "tables.h"
#include "verdict_record.h"

static const char *const kind_words[] = {"overlay", "copy", "in-place", NULL};

struct document {
	uint64_t format;
	const char *program;
	const char *os;
	struct applied applied;
};

#define S struct applied_result
static const struct field result_fields[] = {
	F_STR(S, disk, "as the user named it"),
	F_STR(S, file, "that holds what became of it: a new one, or the disk itself"),
	F_END};
static const struct record result_record = {"result", "A disk that was changed.",
					    sizeof(S), result_fields};
#undef S

#define S struct applied
static const struct field applied_fields[] = {
	F_RECORD(S, plan, &plan_record, "that was applied"),
	F_RECORD(S, changes, &changes_record, "what was changed for it"),
	F_ENUM(S, after, answer_words, "the answer with the changes"),
	F_RECORD(S, left, &plan_record, "what is still needed then"),
	F_LIST(S, results, &result_record,
	       "of each changed disk; none: none was written"),
	F_WORD(S, kind, kind_words, "of the results; null: there are none"),
	F_STR(S, machine,
	      "file with the description of the machine written anew; null: none"),
	F_STRS(S, notes,
	       "what to know of these files, and which of them was not written"),
	F_STR(S, undo, "record that undoes it; null: there is none"),
	F_STRS(S, undo_disks,
	       "that undo has to be told with --disk, in this order; none: it finds "
	       "them"),
	F_END};
static const struct record applied_record = {"applied", "What came of applying a plan.",
					     sizeof(S), applied_fields};
#undef S

#define S struct document
static const struct field document_fields[] = {
	F_U64(S, format, "raised when a reader would have to change"),
	F_STR(S, program, "that read the facts"),
	F_STR(S, os, "the guest's operating system, for people"),
	F_RECORD(S, applied, &applied_record, "what was done"), F_END};
static const struct record document_record = {
	"document", "What paravet apply did to one guest.", sizeof(S), document_fields};
#undef S

void applied_to_json(const struct facts *f, const struct applied *a, struct strbuf *out)
{
	struct document d = {APPLIED_FORMAT, f->program, f->os.name, *a};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void applied_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet apply", out);
}
