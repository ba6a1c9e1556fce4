/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applied.h"
#include "report.h"

/* `paravet apply`: the answer before and after, what was changed, what is left. */
void report_applied(const struct facts *f, const struct applied *a,
		    const struct report_options *options, struct strbuf *out);
