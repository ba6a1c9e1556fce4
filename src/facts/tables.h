/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

extern const struct record facts_record, source_record, problem_record;
