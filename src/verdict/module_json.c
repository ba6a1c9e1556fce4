/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers of paravet module as JSON. */
#include "module.h"
#include "tables.h"

static const char *const answers[] = {"loads", "refused", "unknown", NULL};

static const struct field link_fields[] = {
	F_STR(struct module_link, name, "architecture, version, SMP, symbol CRCs, ..."),
	F_ENUM(struct module_link, state, answers, "what comes of it"),
	F_STR(struct module_link, module, "what the module says; null: nothing"),
	F_STR(struct module_link, kernel, "what the kernel says; null: nothing"),
	F_STR(struct module_link, text, "one sentence"),
	F_STRS(struct module_link, details, "the symbols, or modules, one by one"),
	F_END};
static const struct record link_record = {"link", "One thing that is compared.",
					  sizeof(struct module_link), link_fields};

static const struct field verdict_fields[] = {
	F_STR(struct module_verdict, file, "as given"),
	F_STR(struct module_verdict, name, "name of the module"),
	F_STR(struct module_verdict, kernel, "release; null: not known"),
	F_BOOL(struct module_verdict, is_default, "the default boot entry starts it"),
	F_ENUM(struct module_verdict, answer, answers, "would it load?"),
	F_STR(struct module_verdict, reason,
	      "the first refusal, or the first thing that is missing"),
	F_STR(struct module_verdict, remedy, "what mends it"),
	F_LIST(struct module_verdict, links, &link_record, "in the kernel's order"),
	F_STRS(struct module_verdict, remarks, "worth knowing"),
	F_STRS(struct module_verdict, read, "where the kernel's symbols were learnt"),
	F_END};
static const struct record verdict_record = {"module", "A module file and a kernel.",
					     sizeof(struct module_verdict),
					     verdict_fields};

struct document {
	uint64_t format;
	const char *program;
	enum module_answer answer;
	module_verdicts modules;
	VEC(struct problem_fact) problems;
};

static const struct field document_fields[] = {
	F_U64(struct document, format, "raised when a reader would have to change"),
	F_STR(struct document, program, "what wrote it"),
	F_ENUM(struct document, answer, answers,
	       "for the default kernel; where that is not known, for all"),
	F_LIST(struct document, modules, &verdict_record,
	       "every file for the first kernel, then for the next"),
	F_LIST(struct document, problems, &problem_record, "what could not be read"),
	F_END};
static const struct record document_record = {"document", "Answers of paravet module.",
					      sizeof(struct document), document_fields};

void module_to_json(const struct loadings *l, const module_verdicts *list,
		    struct strbuf *out)
{
	struct document d = {MODULE_FORMAT,
			     l->program,
			     module_answer_of(list),
			     *list,
			     {l->problems.v, l->problems.n, l->problems.cap}};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void module_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet module", out);
}
