/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would a kernel load a module file? It compares, in this order, the format (that of
 * Linux 2.4, or the later one), the ELF architecture, the words of vermagic, the CRC of
 * every symbol (CONFIG_MODVERSIONS), and whether every symbol is there; modprobe(8) loads
 * what the module needs before. A pure function of the loading facts.
 */
#pragma once

#include "loading.h"

enum module_answer { MODULE_LOADS, MODULE_REFUSED, MODULE_UNKNOWN, MODULE_ANSWER_COUNT };
/* "loads", "refused", "unknown". */
const char *module_answer_name(enum module_answer answer);

/* One thing that is compared. */
struct module_link {
	const char *name; /* "Linux", "architecture", "version", "SMP", "processor
			     family", "symbol CRCs", "symbols", "dependencies", ... */
	enum module_answer state;
	const char *module; /* what the module says; NULL: nothing */
	const char *kernel; /* what the kernel says */
	const char *text;   /* one sentence */
	const char *remedy; /* what mends it; NULL: nothing but another module */
	strs details;       /* the symbols or modules one by one */
};

struct module_verdict {
	const char *file, *name; /* escaped */
	const char *kernel;      /* release; NULL: not known */
	bool is_default;
	enum module_answer answer;
	const char *reason; /* the first refusal, else the first thing that is missing */
	const char *remedy; /* of what the reason says; NULL: none */
	VEC(struct module_link) links;
	strs remarks;
	strs read; /* where the kernel's symbols were learnt */
};

typedef VEC(struct module_verdict) module_verdicts;

/* One verdict for each file and kernel, kernels in their order. */
int module_judge(const struct loadings *l, struct arena *a, module_verdicts *ret,
		 struct err *e);

/* The answer for the kernel that starts by default, or the first of those that were
 * asked for when only that was; where it is not known which one starts, for all: the
 * worst one. */
enum module_answer module_answer_of(const module_verdicts *list);

#define MODULE_FORMAT 1 /* raised when a reader of the JSON would have to change */

/* One JSON document: {"format", "program", "answer", "modules": [...], "problems"}. */
struct strbuf;
void module_to_json(const struct loadings *l, const module_verdicts *list,
		    struct strbuf *out);
/* Its JSON Schema. */
void module_schema(struct strbuf *out);
