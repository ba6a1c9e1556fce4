/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host that a guest is to run on, as far as it is known. A user describes it in one
 * word, "rhel5.1/x86_64/intel", or this machine is taken.
 */
#pragma once

#include "arena.h"
#include "slice.h"

/* Every part may be missing: NULL. */
struct host {
	const char *id;      /* of the system: "rhel", "centos" */
	const char *name;    /* of the release, for people: "RHEL 5.1", "CentOS 5.4" */
	const char *release; /* "5.1", in the numbers of RHEL */
	const char *arch;    /* of its kernel: "x86_64", "i686", "ia64" */
	const char *vendor;  /* of its processors: "intel", "amd" */
};

/* Parses such a description; ERR_USAGE says what is wrong and shows an example. */
int host_parse(const char *text, struct arena *a, struct host *ret, struct err *e);

/* Fills id, name and release. Leaves them alone when this system is not RHEL nor counts
 * its releases as RHEL does, or when `version` is no number; NULL is allowed for both. */
int host_set_release(struct host *h, const char *id, const char *version, struct arena *a,
		     struct err *e);

/* The one word for an architecture that has several ("amd64" is "x86_64"); NULL when it
 * is none that the published tables of hosts know. */
const char *host_arch(struct slice word);

/* "rhel5.1/x86_64/intel", "unknown release/x86_64/intel"; NULL when the arena is full. */
const char *host_text(const struct host *h, struct arena *a);
