/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of a package say of kernels: of which releases it owns files, and
 * whether an image or modules are among them.
 */
#pragma once

#include "guest.h"

/* Paths begin with a slash, directories end in one. Either directories first, in the
 * order of their numbers, then the files in them; or whole paths. */
struct owned_files {
	struct arena *keep, *scratch;
	VEC(uint8_t) kinds; /* of each directory */
	strs kernels;       /* releases, in `keep` */
	bool has_image, has_modules;
};

int owned_dir(struct owned_files *f, struct slice dir, struct err *e);
int owned_base(struct owned_files *f, uint32_t dir, struct slice name, struct err *e);
int owned_path(struct owned_files *f, struct slice path, struct err *e);

/* A fact for each of these kernels, where the package has its image or modules; `package`
 * says the rest. Headers alone are no reason. */
int owned_facts(struct guest *g, const struct package_fact *package,
		const struct owned_files *files, struct err *e);
