/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of a plan and of changed files, for documents that hold them. */
#pragma once

#include "plan.h"
#include "record.h"

extern const struct record plan_record, file_change_record, plan_replay_record;
