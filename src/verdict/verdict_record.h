/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of what verdicts hold, for documents that hold it too. */
#pragma once

#include "record.h"
#include "verdict.h"

extern const char *const answer_words[], *const support_words[];
extern const struct record citation_record;
