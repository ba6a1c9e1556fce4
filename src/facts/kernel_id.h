/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the name of a kernel says: an RPM name-version-release.arch
 * ("kernel-PAE-2.6.18-53.1.4.el5.i686"), or what uname -r prints
 * ("2.6.18-53.1.4.el5PAE"). The two differ: an RPM has the variant in its name and the
 * processor's architecture at the end; uname has the variant glued to the release, and
 * before RHEL 6 no architecture.
 */
#pragma once

#include "arena.h"

enum kernel_kind {
	KERNEL_IMAGE,   /* a kernel for bare metal and full virtualization */
	KERNEL_PV_ONLY, /* kernel-xen, kernel-xenU: runs as a para-virtualized guest */
	KERNEL_NOT,     /* kernel-devel, kernel-headers, ...: no kernel at all */
};

struct kernel_id {
	enum kernel_kind kind;
	bool is_rpm_name;    /* false: the form of uname -r */
	const char *package; /* "kernel-PAE"; NULL in the form of uname */
	const char *variant; /* "" (none), "PAE", "smp", "hugemem", "largesmp", "xen",
				"debug" */
	const char *version; /* "2.6.18" */
	const char *release; /* "53.1.4.el5", without variant and architecture */
	const char *arch;    /* "i686", "athlon", "ia32e", ...; NULL when not stated */
	uint64_t build;      /* first number of the release: 53 */
	bool is_update; /* more numbers follow the first: 53.1.4, a z-stream kernel */
	unsigned rhel;  /* 3 from ".EL" and 2.4.21, 4 from ".EL" and 2.6.9, 5 from ".el5",
			   ...; 0 when it is no kernel of that family */
	const char
		*vendor; /* what follows the distribution mark: ".centos.plus"; "" none */
};

/* Parses one name; strings go into the arena. ERR_USAGE with a sentence that says which
 * part is wrong. */
int kernel_id_parse(struct slice text, struct arena *a, struct kernel_id *ret,
		    struct err *e);

/* The same kernel as uname -r prints it: "2.6.18-53.1.4.el5PAE". NULL: arena full. */
const char *kernel_id_uname(const struct kernel_id *k, struct arena *a);
