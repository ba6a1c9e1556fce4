/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of a package of drivers that somebody gives for a guest: its files that
 * bring drivers to a kernel, and how its modules fit each kernel of the guest.
 */
#pragma once

#include "loading.h"

/* A file of the package that is worth putting in place. */
struct given_file_fact {
	const char *path;   /* where the package has it */
	uint64_t size;      /* bytes */
	const char *kernel; /* release whose folder of modules it is in; NULL: it is no
			       module, but a file of depmod's configuration */
	const char *module; /* its name, dashes as underscores; or NULL */
};

struct given_package_fact {
	const char *file;    /* as the user named it */
	const char *problem; /* why it could not be read; NULL: it was */
	const char *name, *version,
		*arch; /* of the package; version with release: "0.1-9.el5" */
	VEC(struct given_file_fact) files;
	strs others;                    /* paths of its other files */
	VEC(struct build_fact) kernels; /* its modules against each, the default first */
	VEC(struct problem_fact) problems; /* what could not be read meanwhile */
};

struct record;
extern const struct record given_package_record, build_record;
