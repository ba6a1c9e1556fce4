/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PE files, as UEFI runs them (PE format of Microsoft): their heads and sections. */
#pragma once

#include "file_bytes.h"
#include "vec.h"

struct pe_section {
	struct slice name;  /* without the zeroes behind it */
	uint64_t off, size; /* of what it holds, in the file */
};

struct pe {
	const char *arch; /* NULL unknown */
	struct slice head;
	bool is_signed;
	VEC(struct pe_section) sections;
};

/* The head lives in the arena. ERR_CORRUPT when it is none, or cut short. */
int pe_read(const struct file_bytes *b, struct arena *a, struct pe *ret, struct err *e);

/* The architecture of a machine's number, or NULL. */
const char *pe_arch(uint16_t machine);
