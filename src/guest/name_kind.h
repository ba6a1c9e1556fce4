/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kind of name of a disk a text is, and whether it outlives a change of bus. */
#pragma once

#include <stdbool.h>

#include "slice.h"

struct name_kind {
	const char *kind; /* as name_fact.kind; NULL: no name of a disk */
	bool stable;
};

/* Classifies a spec as fstab, crypttab or a kernel command line has it. */
struct name_kind name_kind_of(const char *spec);

/* File systems that lie on no disk of the guest: proc, tmpfs, nfs ... */
bool name_is_virtual_fs(const char *type);
