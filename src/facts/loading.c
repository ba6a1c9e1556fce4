/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables that describe loading facts, and their form as JSON. */
#include "loading.h"

#include "given.h"
#include "tables.h"

static const char *const symbol_states[] = {"differs", "unresolved", "unknown",
					    "not compared", NULL};
static const struct field symbol_fields[] = {
	F_STR(struct symbol_fact, name, "without a CRC in it"),
	F_WORD(struct symbol_fact, state, symbol_states, "what became of it"),
	F_STR(struct symbol_fact, wanted, "CRC that the module states"),
	F_STR(struct symbol_fact, found, "CRC in this kernel"),
	F_STR(struct symbol_fact, where, "what said so"),
	F_END};
static const struct record symbol_record = {"symbol", "A symbol that a module needs.",
					    sizeof(struct symbol_fact), symbol_fields};

static const char *const need_states[] = {"given",  "file",   "builtin",
					  "absent", "broken", NULL};
static const struct field need_fields[] = {
	F_STR(struct need_fact, name, "dashes as underscores"),
	F_STR(struct need_fact, spelled, "as depends= names it"),
	F_WORD(struct need_fact, state, need_states, "null: not known"),
	F_STR(struct need_fact, problem, "why it is not known, or broken"),
	F_STR(struct need_fact, arch, "of its file"),
	F_STR(struct need_fact, why, "what asks for it"),
	F_END};
static const struct record need_record = {"need", "A module that another one needs.",
					  sizeof(struct need_fact), need_fields};

static const struct field loading_fields[] = {
	F_STR(struct loading_fact, file, "as the user named it"),
	F_STR(struct loading_fact, problem, "why it is not readable as a module"),
	F_KNOWN(struct loading_fact, is_module, "no: damaged, or something else"),
	F_STR(struct loading_fact, name, "dashes as underscores"),
	F_STR(struct loading_fact, arch, "from the ELF header"),
	F_STR(struct loading_fact, vermagic, "as the module states it"),
	F_BOOL(struct loading_fact, states_crcs, "it has symbol CRCs"),
	F_U64(struct loading_fact, symbols, "symbols it needs"),
	F_U64(struct loading_fact, fitting, "of these, those that fit"),
	F_U64(struct loading_fact, differing, "those whose CRC differs"),
	F_U64(struct loading_fact, unresolved, "those that nothing exports"),
	F_U64(struct loading_fact, unknown, "those that may be exported or not"),
	F_U64(struct loading_fact, uncompared,
	      "those whose CRC in the kernel is unknown"),
	F_LIST(struct loading_fact, listed, &symbol_record, "the first that do not fit"),
	F_LIST(struct loading_fact, needs, &need_record, "modules it needs"),
	F_END};
static const struct record loading_record = {"loading", "A module file and a kernel.",
					     sizeof(struct loading_fact), loading_fields};

static const struct field build_fields[] = {
	F_STR(struct build_fact, release, "as uname -r prints it"),
	F_STR(struct build_fact, arch, "of the kernel"),
	F_BOOL(struct build_fact, is_default, "the default boot entry starts it"),
	F_STR(struct build_fact, vermagic, "that most of its own modules state"),
	F_STR(struct build_fact, vermagic_from, "one of them"),
	F_KNOWN(struct build_fact, states_crcs, "do its symbols have CRCs?"),
	F_KNOWN(struct build_fact, complete, "was a list of all its symbols read?"),
	F_STRS(struct build_fact, read, "where its symbols were learnt"),
	F_LIST(struct build_fact, loadings, &loading_record, "the files, in order"),
	F_END};
const struct record build_record = {"build", "A kernel and how it was built.",
				    sizeof(struct build_fact), build_fields};

static const struct field loadings_fields[] = {
	F_U64(struct loadings, format, "version of this document's form"),
	F_STR(struct loadings, program, "what wrote it"),
	F_LIST(struct loadings, kernels, &build_record, "the default one first"),
	F_LIST(struct loadings, problems, &problem_record, "what could not be read"),
	F_STRS(struct loadings, sandbox, "layers that confined the reader"),
	F_END};
static const struct record loadings_record = {"loadings", "Module files against kernels.",
					      sizeof(struct loadings), loadings_fields};

void loadings_to_json(const struct loadings *l, struct strbuf *out)
{
	record_write(&loadings_record, l, out);
	strbuf_char(out, '\n');
}

int loadings_from_json(struct slice json, struct arena *a, struct loadings *ret,
		       struct err *e)
{
	struct loadings got;
	int r = record_read(&loadings_record, json, a, &got, e);

	if (r < 0)
		return r;
	if (got.format != LOADINGS_FORMAT)
		return err_set(e, ERR_UNSUPPORTED, "loadings of an unknown format");
	*ret = got;
	return 0;
}
