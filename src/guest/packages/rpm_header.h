/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of one installed package as an rpm database stores it: two big-endian
 * counts, an index of tags, and the data they point into (rpm's file format document,
 * "Header", without the eight bytes of magic).
 */
#pragma once

#include "arena.h"
#include "vec.h"

struct rpm_header {
	struct slice index; /* entries of 16 bytes: tag, type, offset, count */
	struct slice data;
	uint32_t entries;
};

/* Checks the counts and every entry of the index. Everything is borrowed. */
int rpm_header_open(struct slice blob, struct rpm_header *ret, struct err *e);

/* The package's name from the first bytes of a header; false when more of it is needed
 * (or it is damaged: rpm_header_open() says how). */
bool rpm_header_peek(struct slice start, struct slice *ret_name);

/* What is read of a package. */
struct rpm_package {
	uint32_t number; /* in the database */
	uint64_t
		offset; /* of the header in the file; 0 when it lies in pages of SQLite */
	const char *name, *version, *release;
	const char *arch; /* NULL: none, it is a public key */
	const char *epoch;
	strs kernels;   /* kernel releases its files belong to */
	bool has_image; /* a kernel image is among its files */
};

/* Name, version and what the file list tells about kernels; strings go into `keep`. */
int rpm_package_parse(struct slice blob, struct arena *keep, struct arena *scratch,
		      struct rpm_package *ret, struct err *e);
