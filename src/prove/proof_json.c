/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A proof as one JSON document: tables of its fields, as verdicts have them. */
#include "proof.h"
#include "tables.h"
#include "verdict_record.h"

static const char *const result_words[] = {"not provable", "proven", "disproven", NULL};
static const char *const outcome_words[] = {"not tried", "unclear", "failed", "worked",
					    NULL};

#define S struct proof_device
static const struct field device_fields[] = {
	F_STR(S, role, "boot-disk, network"),
	F_STR(S, choice, "id of the choice in the platform file; null: none fits"),
	F_STR(S, name, "of the choice, for people"),
	F_ENUM(S, answer, answer_words, "of the verdict, for this choice"),
	F_ENUM(S, outcome, outcome_words, "of the boot"),
	F_U64(S, milliseconds, "until it was seen to work; 0: it was not"),
	F_STR(S, text, "what was seen"),
	F_END};
static const struct record device_record = {"device", "A device of the boot.", sizeof(S),
					    device_fields};
#undef S

#define S struct proof
static const struct field proof_fields[] = {
	F_STR(S, platform, "id"),
	F_STR(S, platform_name, "for people"),
	F_ENUM(S, answer, answer_words, "of the verdict on the guest as a whole"),
	F_ENUM(S, result, result_words, "do the verdict and the boot agree?"),
	F_STR(S, text, "the result in one sentence"),
	F_RECORD(S, disk, &device_record, "the disk that / lies on"),
	F_RECORD(S, network, &device_record, "the network card"),
	F_BOOL(S, direct,
	       "kernel and initramfs were loaded by QEMU, and the boot loader's part of "
	       "the verdict was left out"),
	F_STR(S, firmware,
	      "SeaBIOS, OVMF, AAVMF; null: nothing was booted, or by QEMU alone"),
	F_STR(S, accelerator,
	      "KVM, TCG, Xen (this machine's own); null: nothing was booted"),
	F_U64(S, milliseconds, "that the boot was watched"),
	F_U64(S, kernel, "milliseconds until the kernel was loaded; 0: not seen"),
	F_STRS(S, evidence, "what was seen, in order"),
	F_END};
static const struct record proof_record = {"proof", "A boot against a verdict.",
					   sizeof(S), proof_fields};
#undef S

struct document {
	uint64_t format;
	const char *program;
	const char *os;
	struct proof proof;
};

#define S struct document
static const struct field document_fields[] = {
	F_U64(S, format, "raised when a reader would have to change"),
	F_STR(S, program, "that read the facts"),
	F_STR(S, os, "the guest's operating system, for people"),
	F_RECORD(S, proof, &proof_record, "what came of the boot"), F_END};
static const struct record document_record = {
	"document", "What came of booting a guest with paravet prove.", sizeof(S),
	document_fields};
#undef S

void proof_to_json(const struct facts *f, const struct proof *p, struct strbuf *out)
{
	struct document d = {PROOF_FORMAT, f->program, f->os.name, *p};

	record_write(&document_record, &d, out);
	strbuf_char(out, '\n');
}

void proof_schema(struct strbuf *out)
{
	record_schema(&document_record, "paravet prove", out);
}
