/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SQLite over files of a guest: a VFS of its own for one database, which never opens a
 * file of the host and never writes. (SQLite's own documentation, "The OS Backend".)
 */
#pragma once

#include <sqlite3.h>

#include "blocks.h"

struct rpm_vfs {
	sqlite3_vfs vfs; /* first: SQLite hands it back */
	struct blocks *main;
	struct blocks *wal; /* NULL: none */
	struct err why;     /* the first read that failed */
	unsigned steps;     /* of SQLite's machine, in thousands */
	char name[64];
};

/* Opens the database read-only, with its write-ahead log; `v` must stay where it is. */
int rpm_vfs_open(struct rpm_vfs *v, sqlite3 **ret, struct err *e);
void rpm_vfs_close(struct rpm_vfs *v, sqlite3 *db);
/* Turns SQLite's result into an error. */
int rpm_vfs_error(const struct rpm_vfs *v, sqlite3 *db, int rc, struct err *e);
