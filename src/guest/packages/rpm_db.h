/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An installed system's rpm database in any of its three formats: Berkeley DB (until rpm
 * 4.15), NDB (SUSE) and SQLite. Each reader hands over the headers of the packages that
 * are wanted; that a database is damaged is an error, never a shorter list.
 */
#pragma once

#include "blocks.h"
#include "packages/rpm_header.h"

struct rpmdb {
	struct blocks *packages; /* Packages, Packages.db or rpmdb.sqlite */
	struct blocks *names;    /* Berkeley DB: the index Name; NULL when absent */
	struct blocks *wal;      /* rpmdb.sqlite-wal; NULL when absent */
	bool (*want)(struct slice name); /* NULL: every package */
	struct arena *keep;              /* of the list */
	struct arena *scratch;
	VEC(struct rpm_package) found; /* in the order of the database */
	bool any;                      /* it holds a package, wanted or not */
	bool index_broken;             /* the name index is there, but of no use */
	struct err index_error;        /* why */
};

int rpm_bdb_read(struct rpmdb *db, struct err *e);
int rpm_ndb_read(struct rpmdb *db, struct err *e);
int rpm_sqlite_read(struct rpmdb *db, struct err *e);

/* For these readers: a package whose header was read. */
int rpmdb_add(struct rpmdb *db, uint32_t number, uint64_t offset, struct slice blob,
	      struct err *e);
/* Can the package whose header starts like this be left out? */
bool rpmdb_unwanted(const struct rpmdb *db, struct slice start);
/* ERR_LIMIT when the database file is larger than this program reads. */
int rpmdb_check_size(const struct blocks *b, struct err *e);

/* A file read once from its beginning to its end, in large pieces. */
struct rpm_stream {
	struct blocks *file;
	uint8_t *buffer;
	uint64_t at; /* where the buffer lies in the file */
	size_t used, size;
};
int rpm_stream_init(struct rpm_stream *s, struct blocks *file, struct arena *a,
		    struct err *e);
/* [off, off + len), at most 1 MiB: borrowed until the next call. */
int rpm_stream_get(struct rpm_stream *s, uint64_t off, size_t len, struct slice *ret,
		   struct err *e);
