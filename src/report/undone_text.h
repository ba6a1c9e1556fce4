/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "undo/undone.h"

/* `paravet undo`: what was restored, or can be. */
void report_undone(const struct undone *u, struct strbuf *out);
