/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What came of booting a guest with a platform's devices: what was seen of it from
 * outside, and whether that agrees with the verdict on its disks.
 */
#pragma once

#include "verdict.h"

#define PROOF_FORMAT 1 /* raised when a reader of the JSON would have to change */

enum proof_result {
	PROOF_NONE,      /* nothing was compared */
	PROOF_PROVEN,    /* the verdict and the boot agree, whichever way */
	PROOF_DISPROVEN, /* they do not */
	PROOF_RESULT_COUNT
};

/* How the boot ended, as far as the device is concerned. */
enum proof_outcome {
	OUTCOME_NOT_TRIED,
	OUTCOME_UNCLEAR, /* it was tried, and nothing was seen that decides */
	OUTCOME_FAILED,
	OUTCOME_WORKED,
	OUTCOME_COUNT
};

/* A device of the boot. */
struct proof_device {
	const char *role;   /* "boot-disk", "network" */
	const char *choice; /* id in the platform file; NULL: none fits */
	const char *name;   /* of the choice, for people */
	enum answer answer; /* of the verdict, for this choice */
	enum proof_outcome outcome;
	uint64_t milliseconds; /* until it was seen to work; 0: it was not */
	const char *text;      /* what was seen, one sentence; escaped */
};

struct proof {
	const char *platform, *platform_name;
	enum answer answer; /* of the verdict on the guest as a whole */
	enum proof_result result;
	const char *text; /* the result in one sentence; escaped */
	struct proof_device disk, network;
	bool direct; /* kernel and initramfs were loaded by QEMU */
	const char *
		firmware; /* "SeaBIOS", "OVMF", "AAVMF"; NULL: no boot, or a direct one */
	const char *accelerator; /* "KVM", "TCG", "Xen" (its own); NULL: no boot */
	uint64_t milliseconds;   /* that the boot was watched */
	uint64_t kernel; /* milliseconds until the kernel was loaded; 0: not seen */
	strs evidence;   /* sentences, in the order in which it happened */
};

/* Sets the result: the outcome of each device against its answer. */
void proof_compare(struct proof *p);

/* "proven", "disproven", "not provable". */
const char *proof_result_name(enum proof_result r);
/* 0, 1, 3. */
int proof_exit_status(const struct proof *p);

/* One JSON document; schema/prove.schema.json describes it. */
void proof_to_json(const struct facts *f, const struct proof *p, struct strbuf *out);
/* That schema, made from the same tables. */
void proof_schema(struct strbuf *out);
