/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of module files that somebody wants to load into kernels: what each file
 * says of itself, how each kernel was built, and what became of every symbol that the
 * file needs. No decision: verdict/module.h draws the conclusion.
 *
 * Only symbols that something is to be said of are listed; the others are counted.
 */
#pragma once

#include "facts.h"

#define LOADINGS_FORMAT 1 /* raised when a reader of the JSON would have to change */

/* A symbol that the module needs and that the kernel does not plainly have as wanted. */
struct symbol_fact {
	const char *name;
	const char *state;  /* "differs", "unresolved", "unknown" (is it there?),
			       "not compared" (its CRC is not known) */
	const char *wanted; /* CRC that the module states: "0x1b7d4074"; NULL none */
	const char *found;  /* CRC in this kernel; NULL not known */
	const char *where;  /* what said so: a path, or "module virtio_ring" */
};

/* Another module that it needs. */
struct need_fact {
	const char *name;    /* dashes as underscores */
	const char *spelled; /* as depends= of the module whose need it is names it */
	const char *state;   /* "given" (one of the files), "file", "builtin", "absent",
				"broken"; NULL not known */
	const char *problem; /* why not known, or broken */
	const char *arch;    /* of a "file" */
	const char *why;     /* the module whose need it is, or the symbol it exports */
};

/* One module file against one kernel. */
struct loading_fact {
	const char *file;     /* as the user named it */
	const char *problem;  /* why it cannot be read as a module; NULL: it was */
	enum known is_module; /* NO: it is damaged, or something else */
	const char *name;     /* dashes as underscores */
	const char *arch;     /* from the ELF header */
	const char *vermagic; /* vermagic=, or kernel_version= of Linux 2.4 */
	bool states_crcs;     /* it has symbol CRCs */
	uint64_t symbols;     /* that it needs */
	uint64_t fitting;     /* of these: there, with the CRC wanted if there are CRCs */
	uint64_t differing, unresolved, unknown, uncompared; /* the others, by state */
	VEC(struct symbol_fact) listed;                      /* the first of these */
	VEC(struct need_fact) needs;
};

/* A kernel, and how it was built. */
struct build_fact {
	const char *release; /* NULL: not known */
	const char *arch;
	bool is_default;
	const char *vermagic; /* that most of its own modules state; NULL: not known */
	const char *vermagic_from; /* one of them */
	enum known states_crcs;    /* do its exported symbols have CRCs? */
	enum known complete; /* YES: a list of everything exported was read, so what is
				missing there is missing */
	strs read; /* where its symbols were learnt: paths, "24 of its modules" */
	VEC(struct loading_fact) loadings; /* in the order the files were named */
};

struct loadings {
	uint64_t format; /* LOADINGS_FORMAT */
	const char *program;
	VEC(struct build_fact) kernels; /* the default one first */
	VEC(struct problem_fact) problems;
	strs sandbox;
};

struct strbuf;
void loadings_to_json(const struct loadings *l, struct strbuf *out);
/* Reads them back; everything is checked, as facts_from_json() does. */
int loadings_from_json(struct slice json, struct arena *a, struct loadings *ret,
		       struct err *e);
