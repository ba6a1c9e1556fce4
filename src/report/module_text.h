/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "module.h"
#include "report.h"

/* `paravet module`: the answer of every file and kernel first, then its links. */
void report_modules(const struct loadings *l, const module_verdicts *list,
		    const struct report_options *options, struct strbuf *out);
