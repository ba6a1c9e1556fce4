/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that fill a worksheet share: worksheet.c asks the others in turn. */
#pragma once

#include "verdict.h"

struct sheet {
	const struct kernel_id *kernel;
	const struct platform *platform;
	const struct host *host;
	const struct platform_release *release;
	struct arena *arena;
	struct worksheet *w;
	bool only_bits; /* the host's problem: disputes speak of no other */
};

/* worksheet_tables.c */
/* No list takes in all; a value that is not known is in no list. */
bool sheet_in_list(const strs *list, const char *value);
int sheet_cites(struct sheet *s, const platform_cites *cites, strs *ret, struct err *e);
bool sheet_speaks_of(const struct sheet *s, const strs *releases);
const struct platform_table *sheet_table(const struct sheet *s, const char *number);
/* What the tables of supported kernels come to. */
int sheet_support_tables(struct sheet *s, enum support *ret, struct err *e);
/* What the tables of hosts ask for, behind `base`. */
int sheet_host_tables(struct sheet *s, const char *base, struct err *e);

/* worksheet_host.c */
/* Disputes and notes that speak of the guest, and of the host if that is known. */
int sheet_notes(struct sheet *s, struct err *e);
/* Does the host given fit what is asked for? */
void sheet_check_host(struct sheet *s, const char *from);
/* What a host that does not fit makes of the support. */
void sheet_apply_host(struct sheet *s);
