/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a platform's published tables say of a kernel that is known by its name only:
 * release, row and cell, what the host must be, where the drivers come from, and what
 * sources dispute. A pure function of the name, the platform and the host.
 */
#pragma once

#include "host.h"
#include "kernel_id.h"
#include "platform.h"
#include "record.h"

/* A cell of a published table. */
struct worksheet_cell {
	const char *table;  /* "12.1" */
	const char *row;    /* "athlon-SMP" */
	const char *column; /* "RHEL 3" */
	const char *cell;   /* "Supported (AMD)", "" */
	strs cites;
};

struct worksheet {
	const char *name;      /* as given, escaped */
	const char *kind;      /* "kernel", "para-virtualized kernel", "not a kernel" */
	const char *answer;    /* answer_name(), or NULL where the tables do not apply */
	const char *support;   /* support_name(), or NULL */
	const char *release;   /* "RHEL 5.1", or NULL: not known */
	const char *version;   /* "5.1" */
	bool release_inferred; /* the build lies behind that release's own */
	bool update;           /* a z-stream kernel: 53.1.4 */
	const char *variant; /* as the table calls it: "i686-PAE", or arch and variant */
	const char *arch;    /* NULL: not in the name, and more than one fits */
	const char *package; /* that brings the drivers; NULL: none */
	const char *drivers; /* one sentence: where the drivers come from */
	const char *host;    /* one sentence: what the host must be */
	const char *host_problem; /* why the host given does not fit, or NULL */
	bool verified;            /* everything above rests on text that was read */
	VEC(struct worksheet_cell) cells;
	strs disputes, notes, remarks, cites;
	/* The rows that speak; not part of the document. */
	const struct platform_table *unlisted_in; /* has no row for it, or NULL */
	const char *unlisted;                     /* one sentence about that */
	const platform_cites *host_cites;         /* of host_problem */
	const struct platform_guest *guest;       /* NULL: none */
	VEC(const struct platform_note *) said;   /* disputes, then notes */
};

/* `host` may be NULL. */
int worksheet_judge(const struct kernel_id *k, const char *name, const struct platform *p,
		    const struct host *host, struct arena *a, struct worksheet *ret,
		    struct err *e);

typedef VEC(struct worksheet) worksheet_list;

#define WORKSHEET_FORMAT 1 /* raised when a reader of the JSON would have to change */

/* Its fields, for documents that hold one. */
extern const struct record worksheet_record;

/* One JSON document: {"format", "program", "platform", "kernels": [...]}. */
struct strbuf;
void worksheets_to_json(const char *platform, const worksheet_list *list,
			struct strbuf *out);
/* Its JSON Schema. */
void worksheets_schema(struct strbuf *out);
