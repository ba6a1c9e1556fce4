/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proof.h"
#include "report.h"

/* `paravet prove`: the result first, then what was seen. */
void report_proof(const struct proof *p, const struct report_options *options,
		  struct strbuf *out);
