/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verdicts as one JSON document: tables of its fields, as facts have them. */
#include "record.h"
#include "strbuf.h"
#include "tables.h"
#include "verdict_record.h"

const char *const answer_words[] = {"unknown", "blocked", "fixable", "ready", NULL};
const char *const support_words[] = {"not listed", "supported", "unsupported", "disputed",
				     NULL};

#define S struct citation
static const struct field citation_fields[] = {
	F_STR(S, title, "of the document"), F_STR(S, url, "where it is found"),
	F_STR(S, section, "of the document; null: the whole"),
	F_STR(S, checked, "the day it was read; null: not dated"), F_END};
const struct record citation_record = {
	"citation", "A document that a judgement rests on.", sizeof(S), citation_fields};
#undef S

#define S struct link
static const struct field link_fields[] = {
	F_STR(S, rule, "which link of the chain it is"),
	F_ENUM(S, state, answer_words, "ready: the link is whole"),
	F_STR(S, text, "one sentence; control characters are escaped"),
	F_STR(S, remedy, "what mends it, done inside the guest"),
	F_STR(S, add_form, "the same with {modules}; null: no module has to be added"),
	F_STRS(S, add_modules,
	       "modules that the initramfs needs, or needs a fresh copy of"),
	F_STR(S, word,
	      "of the kernel's command line, that mends it once it is off it; null: none "
	      "does"),
	F_STR(S, word_then, "the words that have to stand in its place; null: none"),
	F_STR(S, package, "that mends it once it is installed; null: none does"),
	F_STR(S, card, "name of a network card that is to be kept; null: none is"),
	F_STR(S, mac, "address of the network card that a rule is to name; null: none"),
	F_BOOL(S, until_rebuild, "whole only until the initramfs is made anew"),
	F_BOOL(S, warning,
	       "whole as far as drivers go, but something besides may be lost"),
	F_RECORD(S, source, &source_record, "the evidence"),
	F_LIST(S, cites, &citation_record, "documents that the rule rests on"),
	F_END};
static const struct record link_record = {"link", "One link of a chain.", sizeof(S),
					  link_fields};
#undef S

#define S struct choice_verdict
static const struct field choice_fields[] = {
	F_STR(S, id, "of the choice in the platform file"),
	F_STR(S, name, "for people"),
	F_STR(S, module, "the driver: the module found, else the first one named"),
	F_BOOL(S, emulated, "the device is not a paravirtual one"),
	F_STR(S, note, "what else to know"),
	F_STR(S, disk_prefix, "how its disks are named: vd, sd; null: no disk"),
	F_ENUM(S, answer, answer_words, "the answer for this choice"),
	F_LIST(S, chain, &link_record, "every link that was judged"),
	F_U64(S, decides, "position in chain of the link that makes the answer"),
	F_END};
static const struct record choice_record = {
	"choice", "One way to present a device, judged.", sizeof(S), choice_fields};
#undef S

#define S struct held
static const struct field held_fields[] = {
	F_STR(S, what, "mbr, boot-loader, initramfs, boot-dir"),
	F_STR(S, text, "for people"),
	F_RECORD(S, source, &source_record, "where it was seen"), F_END};
static const struct record held_record = {
	"held", "Something that a boot takes from a disk.", sizeof(S), held_fields};
#undef S

#define S struct device_verdict
static const struct field device_fields[] = {
	F_STR(S, role, "boot-disk, disk, network, balloon, ..."),
	F_STR(S, name, "the disk as the user named it; eth0; null: not known"),
	F_LIST(S, holds, &held_record, "of a disk: what a boot takes from it"),
	F_BOOL(S, stays_emulated, "a rule of the platform keeps it emulated"),
	F_STR(S, stays_text, "that rule"),
	F_LIST(S, stays_cites, &citation_record, "documents of that rule"),
	F_BOOL(S, optional, "it never decides the platform's answer"),
	F_ENUM(S, answer, answer_words, "of the best choice"),
	F_U64(S, best, "position in choices"),
	F_LIST(S, choices, &choice_record, "ways to present it, in order of preference"),
	F_END};
static const struct record device_record = {"device", "A device of the guest.", sizeof(S),
					    device_fields};
#undef S

#define S struct kernel_verdict
static const struct field kernel_fields[] = {
	F_STR(S, release, "as uname -r has it"),
	F_ENUM(S, answer, answer_words, "for the boot disk"),
	F_STR(S, choice, "id of its best choice"),
	F_STR(S, text, "of the link that makes the answer"), F_END};
static const struct record kernel_record = {
	"kernel", "The boot disk under another kernel.", sizeof(S), kernel_fields};
#undef S

#define S struct support_verdict
static const struct field support_fields[] = {
	F_STR(S, row, "id of the row in the platform file"),
	F_ENUM(S, answer, support_words, "what its documents say"),
	F_BOOL(S, verified, "the text itself was read"),
	F_STR(S, note, "conditions"),
	F_LIST(S, cites, &citation_record, "the documents"),
	F_END};
static const struct record support_record = {"support", "A row of the support tables.",
					     sizeof(S), support_fields};
#undef S

#define S struct verdict
static const struct field verdict_fields[] = {
	F_STR(S, platform, "id"),
	F_STR(S, platform_name, "for people"),
	F_ENUM(S, answer, answer_words, "of the guest as a whole"),
	F_ENUM(S, support, support_words, "what the documents say, as a whole"),
	F_STR(S, kernel, "release that starts by default; null: not known"),
	F_LIST(S, devices, &device_record, "the guest's devices"),
	F_LIST(S, fallbacks, &kernel_record, "kernels that do not start by default"),
	F_LIST(S, support_rows, &support_record, "rows that speak of this guest"),
	F_LIST(S, sheets, &worksheet_record,
	       "what published tables say of the default kernel: one, or none"),
	F_STR(S, host, "the host that it was judged for; null: none was given"),
	F_STRS(S, remarks, "what was taken for granted"),
	F_END};
static const struct record verdict_record = {
	"verdict", "A guest judged under one platform.", sizeof(S), verdict_fields};
#undef S

/* Of the facts, what a reader of verdicts has to know: which files were read, what could
 * not be read, and how the reader was confined. */
#define S struct disk_fact
static const struct field disk_fields[] = {
	F_STR(S, name, "as the user named it"),
	F_STR(S, format, "image format, or \"directory\""),
	F_STRS(S, chain, "backing and data files that were opened"), F_END};
static const struct record disk_record = {"disk", "A disk of the guest.", sizeof(S),
					  disk_fields};
#undef S

typedef __typeof__(((struct facts *)0)->disks) disk_list;
typedef __typeof__(((struct facts *)0)->problems) problem_list;

struct document {
	uint64_t format;
	const char *program;
	const char *os; /* for people */
	disk_list disks;
	verdict_list verdicts;
	problem_list problems;
	strs sandbox;
};

#define S struct document
static const struct field document_fields[] = {
	F_U64(S, format, "raised when a reader would have to change"),
	F_STR(S, program, "that read the facts"),
	F_STR(S, os, "the guest's operating system, for people"),
	F_LIST(S, disks, &disk_record, "the guest's disks"),
	F_LIST(S, verdicts, &verdict_record, "one for each platform asked"),
	F_LIST(S, problems, &problem_record, "what could not be read"),
	F_STRS(S, sandbox, "layers that confined the reader"),
	F_END};
static const struct record document_record = {"document",
					      "Verdicts of paravet check on one guest.",
					      sizeof(S), document_fields};
#undef S

void verdict_to_json(const struct facts *f, const verdict_list *list, struct strbuf *out)
{
	struct document d = {VERDICT_FORMAT, f->program,  f->os.name, f->disks,
			     *list,          f->problems, f->sandbox};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void verdict_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet verdicts", out);
}
