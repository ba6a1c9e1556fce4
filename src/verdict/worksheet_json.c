/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Worksheets as one JSON document. */
#include "record.h"
#include "strbuf.h"
#include "verdict.h"

static const struct field cell_fields[] = {
	F_STR(struct worksheet_cell, table, "number of the published table"),
	F_STR(struct worksheet_cell, row, "as printed"),
	F_STR(struct worksheet_cell, column, "as printed"),
	F_STR(struct worksheet_cell, cell, "as printed; empty where the cell is"),
	F_STRS(struct worksheet_cell, cites, "documents"),
	F_END};

static const struct record cell_record = {"cell", "A cell of a published table.",
					  sizeof(struct worksheet_cell), cell_fields};

static const struct field worksheet_fields[] = {
	F_STR(struct worksheet, name, "as given"),
	F_STR(struct worksheet, kind, "kernel, para-virtualized kernel, not a kernel"),
	F_STR(struct worksheet, answer,
	      "ready, fixable, blocked, unknown; null: not applicable"),
	F_STR(struct worksheet, support, "supported, unsupported, not listed, disputed"),
	F_STR(struct worksheet, release, "release of the distribution"),
	F_STR(struct worksheet, version, "its number"),
	F_BOOL(struct worksheet, release_inferred,
	       "a later build than that release's own"),
	F_BOOL(struct worksheet, update, "a z-stream kernel"),
	F_STR(struct worksheet, variant, "as the table calls it"),
	F_STR(struct worksheet, arch, "null: not in the name"),
	F_STR(struct worksheet, package, "that brings the drivers"),
	F_STR(struct worksheet, drivers, "where the drivers come from"),
	F_STR(struct worksheet, host, "what the host must be"),
	F_STR(struct worksheet, host_problem, "why the host given does not fit"),
	F_BOOL(struct worksheet, verified, "everything rests on text that was read"),
	F_LIST(struct worksheet, cells, &cell_record, "cells that speak of this kernel"),
	F_STRS(struct worksheet, disputes, "where sources disagree"),
	F_STRS(struct worksheet, notes, "what else they say of this host"),
	F_STRS(struct worksheet, remarks, "what was inferred"),
	F_STRS(struct worksheet, cites, "documents"),
	F_END};

const struct record worksheet_record = {"worksheet",
					"What the tables say of a kernel's name.",
					sizeof(struct worksheet), worksheet_fields};

struct document {
	uint64_t format;
	const char *program, *platform;
	worksheet_list kernels;
};

static const struct field document_fields[] = {
	F_U64(struct document, format, "raised when a reader would have to change"),
	F_STR(struct document, program, "what wrote it"),
	F_STR(struct document, platform, "id of the platform whose tables speak"),
	F_LIST(struct document, kernels, &worksheet_record, "in the order given"), F_END};

static const struct record document_record = {"document", "Answers of paravet kernel.",
					      sizeof(struct document), document_fields};

void worksheets_to_json(const char *platform, const worksheet_list *list,
			struct strbuf *out)
{
	struct document d = {WORKSHEET_FORMAT, "paravet " PARAVET_VERSION, platform,
			     *list};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void worksheets_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet kernels", out);
}
