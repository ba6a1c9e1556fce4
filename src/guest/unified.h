/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unified kernel images (uapi-group.org, "UKI"): a program for UEFI that has a kernel,
 * its initramfs and its command line in sections. Behind a section ".profile" come those
 * that one of several ways to start it has for itself; the first of these is the default.
 */
#pragma once

#include "file_bytes.h"
#include "vec.h"

struct unified_range {
	uint64_t off, size; /* in the file; size 0: there is none */
};

/* One way to start it. Strings live in the arena; NULL: it does not say. */
struct unified_profile {
	const char *title; /* of the profile, where there are several */
	const char *cmdline;
	const char *release;                   /* as uname -r */
	const char *name, *version, *sort_key; /* of its os-release, as menus show them */
	struct unified_range kernel, initramfs;
};

struct unified {
	VEC(struct unified_profile) profiles; /* one or more */
	bool is_signed;
	const char *arch; /* of the program that starts it */
};

/* ERR_ABSENT when it is another program, or none. */
int unified_read(const struct file_bytes *b, struct arena *a, struct unified *ret,
		 struct err *e);

/* What is loaded as kernel, or as initramfs, of a file that a boot entry names: *f
 * becomes that part where it is a unified image (of the default profile), and stays as it
 * is otherwise. ERR_ABSENT when the image has no such part. *ret (NULL: not wanted) says
 * what else is known of a unified one. */
enum unified_part { UNIFIED_KERNEL, UNIFIED_INITRAMFS };
int unified_part(struct file *f, enum unified_part part, struct arena *a,
		 const struct unified_profile **ret, struct err *e);
