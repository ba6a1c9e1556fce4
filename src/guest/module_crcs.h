/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Symbol CRCs (CONFIG_MODVERSIONS): a guest seldom has the kernel's own list, but every
 * module states the CRCs it was built against, so the kernel's values are those that most
 * modules agree on.
 */
#pragma once

#include "module_file.h"
#include "strmap.h"

/* Different values of one symbol that are told apart; more are not counted. */
enum { CRC_VALUES = 4 };

/* The values of one symbol. */
struct crc_votes {
	struct {
		uint32_t crc;
		unsigned count;
		const char *from; /* the first module that states it */
	} values[CRC_VALUES];
	unsigned n, total;
};

void crc_votes_count(struct crc_votes *v, uint32_t crc, const char *module);
/* The value that more than half of at least two modules state, or -1. */
int crc_votes_winner(const struct crc_votes *v);

struct module_votes {
	struct strmap *symbols;
	size_t with, without; /* modules that state CRCs, and that state none */
};

int module_votes_new(struct arena *a, struct module_votes *ret, struct err *e);
/* Counts what a module states. Its strings must live as long as the votes. */
int module_votes_add(struct module_votes *votes, const char *module,
		     const struct module_info *info, struct arena *a, struct err *e);
/* Does a module agree with the others? KNOWN_NOT when none of its symbols is known from
 * another one. On KNOWN_NO, *ret_problem says which symbol differs, from which module. */
enum known module_votes_judge(const struct module_votes *votes,
			      const struct module_info *info, struct arena *a,
			      const char **ret_problem);
