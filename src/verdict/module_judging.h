/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the links of one module file share, and where they are judged. Nothing fails
 * half-way: running out of memory is noted in `full`, and reported at the end.
 */
#pragma once

#include "module.h"

struct module_judging {
	const struct build_fact *kernel;
	const struct loading_fact *file;
	struct arena *arena;
	struct module_verdict *v;
	struct module_link nowhere; /* a link that there is no room for */
	bool full;
};

/* Text in the arena; "" and `full` when there is no room. */
_printf_(2, 3) const char *module_say(struct module_judging *j, const char *fmt, ...);
/* A string of a file made printable; "unknown" for NULL. */
const char *module_plain(struct module_judging *j, const char *s);
const char *module_plain_part(struct module_judging *j, struct slice s);
/* "s" but for one. */
const char *module_plural(uint64_t n);
/* "i686" and its kin are one architecture to a kernel. */
const char *module_arch(const char *arch);

/* Appends a link; never NULL. */
struct module_link *module_add_link(struct module_judging *j, const char *name,
				    enum module_answer state, const char *text);
void module_detail(struct module_judging *j, struct module_link *link, const char *text);
void module_remark(struct module_judging *j, const char *text);

/* How both were built. Linux 2.4 and later ones have nothing in common that could be
 * compared: false when they meet, and nothing is left to judge. */
bool module_judge_series(struct module_judging *j);
void module_judge_arch(struct module_judging *j);
void module_judge_vermagic(struct module_judging *j);

/* What the module needs. */
void module_judge_crcs(struct module_judging *j);
void module_judge_symbols(struct module_judging *j);
void module_judge_needs(struct module_judging *j);
