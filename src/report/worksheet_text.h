/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report.h"
#include "worksheet.h"

void report_worksheet(const struct worksheet *w, const struct report_options *o,
		      struct strbuf *out);
