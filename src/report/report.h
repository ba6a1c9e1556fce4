/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verdicts as text for people. It decides nothing: every sentence comes from a verdict or
 * a fact. Strings of the guest are escaped here or were escaped by the verdict.
 */
#pragma once

#include "verdict.h"

struct report_options {
	bool color;
	bool verbose;   /* the whole chain of every device, with evidence and citations */
	unsigned width; /* columns; 0: 80 */
	/* How the user named the guest, as far as facts do not hold it, so that commands
	 * that are suggested do the same again. */
	strs formats;     /* stated for its disks, or for the description that finds them,
			     in their order; NULL: recognised */
	const char *more; /* further words of the command line, each behind a blank: the
			     host, keys, policies; NULL: none */
};

void report_text(const struct facts *f, const verdict_list *verdicts,
		 const struct report_options *options, struct strbuf *out);

/* `paravet inspect`: the facts, section by section. */
void report_facts(const struct facts *f, const struct report_options *options,
		  struct strbuf *out);
