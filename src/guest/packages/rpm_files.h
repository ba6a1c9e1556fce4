/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which packages of an rpm system are kernels: a name tells it of the usual ones, the
 * files of all others.
 */
#pragma once

#include "arena.h"
#include "vec.h"

enum rpm_name_kind {
	RPM_NAME_OTHER,   /* no kernel: kernel-devel, kernel-headers, bash */
	RPM_NAME_MAYBE,   /* one if it owns a kernel image: kernel-something */
	RPM_NAME_KERNEL,  /* one by its name */
	RPM_NAME_MODULES, /* modules for a kernel: kmod-xenpv */
};

enum rpm_name_kind rpm_name_kind(struct slice name);
/* Is it worth reading? */
bool rpm_name_wanted(struct slice name);
