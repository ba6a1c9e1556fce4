/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a plan, for documents that hold one. */
#pragma once

#include "plan.h"
#include "record.h"

extern const struct record plan_record;
