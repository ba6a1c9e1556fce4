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

/* The kernels that the files of a package belong to. Directories first, in the order of
 * their numbers, then the files in them. */
struct rpm_files {
	struct arena *keep, *scratch;
	VEC(uint8_t) kinds; /* of each directory */
	strs kernels;       /* releases, in `keep` */
	bool has_image;
};

int rpm_files_dir(struct rpm_files *f, struct slice dir, struct err *e);
int rpm_files_base(struct rpm_files *f, uint32_t dir, struct slice name, struct err *e);
int rpm_files_path(struct rpm_files *f, struct slice path, struct err *e);
