/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A package as a file (.rpm), which somebody gives for a guest: a lead, a header of
 * signatures, the package's own header, and its files as a compressed cpio archive (rpm's
 * file format document). Signatures are not looked at, and no scriptlet is run.
 *
 * Of the files only those are kept that bring drivers to a kernel: modules, and depmod's
 * configuration; the others are named.
 */
#pragma once

#include "blocks.h"
#include "packages/rpm_header.h"

struct rpm_file_member {
	const char *path; /* absolute, without "." or ".." */
	uint32_t mode;    /* permission bits */
	struct slice bytes;
	const char *kernel; /* release that its folder of modules is named after; NULL: it
			       is no module */
	const char *module; /* name of the module, dashes as underscores; or NULL */
};

struct rpm_file {
	struct rpm_package package;
	VEC(struct rpm_file_member) members;
	strs others; /* paths of regular files and links that are not kept */
};

/* Everything lives in the arena: the file itself, and what is unpacked of it.
 * ERR_UNSUPPORTED: a package of sources, a form that rpm has had no guest of ours read,
 * or a module that is no plain file; ERR_LIMIT: more files or bytes than a package of
 * drivers has. */
int rpm_file_read(struct blocks *b, struct arena *a, struct rpm_file *ret, struct err *e);
