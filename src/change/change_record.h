/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of what was changed, for documents that hold it. */
#pragma once

#include "change.h"
#include "record.h"

extern const struct record changes_record;
