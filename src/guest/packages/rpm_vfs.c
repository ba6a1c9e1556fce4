/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm_vfs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checked.h"
#include "escape.h"
#include "limits.h"

struct vfs_file {
	sqlite3_file base; /* first: SQLite hands it back */
	struct rpm_vfs *vfs;
	struct blocks *blocks; /* NULL: an empty file */
};

static int file_close(_unused_ sqlite3_file *f)
{
	return SQLITE_OK;
}

static int file_read_at(sqlite3_file *f, void *to, int n, sqlite3_int64 off)
{
	struct vfs_file *v = (struct vfs_file *)f;
	uint64_t size = v->blocks ? v->blocks->size : 0, at = (uint64_t)off;
	size_t want = n > 0 ? (size_t)n : 0, have = want;
	struct err e = ERR_INIT;

	if (!range_fits(at, want, size)) {
		have = at < size ? (size_t)(size - at) : 0;
		memset(to, 0, want);
	}
	if (have && blocks_read(v->blocks, at, to, have, &e) < 0) {
		if (v->vfs->why.code == ERR_NONE)
			v->vfs->why = e;
		return SQLITE_IOERR_READ;
	}
	return have == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(_unused_ sqlite3_file *f, _unused_ const void *p, _unused_ int n,
		      _unused_ sqlite3_int64 off)
{
	return SQLITE_READONLY;
}

static int file_truncate(_unused_ sqlite3_file *f, _unused_ sqlite3_int64 size)
{
	return SQLITE_READONLY;
}

static int file_flag(_unused_ sqlite3_file *f, _unused_ int flag)
{
	return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	const struct vfs_file *v = (struct vfs_file *)f;

	*ret = v->blocks ? (sqlite3_int64)v->blocks->size : 0;
	return SQLITE_OK;
}

static int file_no_locks(_unused_ sqlite3_file *f, int *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

static int file_control(_unused_ sqlite3_file *f, _unused_ int op, _unused_ void *arg)
{
	return SQLITE_NOTFOUND;
}

static int file_sector(_unused_ sqlite3_file *f)
{
	return 512;
}

static int file_traits(_unused_ sqlite3_file *f)
{
	return 0;
}

/* Version 1: no shared memory, so the log needs locking_mode=exclusive. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read_at,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_flag,
	.xFileSize = file_size,
	.xLock = file_flag,
	.xUnlock = file_flag,
	.xCheckReservedLock = file_no_locks,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
};

static int vfs_open(sqlite3_vfs *vfs, _unused_ const char *name, sqlite3_file *f,
		    int flags, int *ret_flags)
{
	struct vfs_file *file = (struct vfs_file *)f;
	struct rpm_vfs *v = (struct rpm_vfs *)vfs;

	*file = (struct vfs_file){.vfs = v};
	if (flags & SQLITE_OPEN_MAIN_DB)
		file->blocks = v->main;
	else if (flags & SQLITE_OPEN_WAL)
		file->blocks = v->wal;
	else
		return SQLITE_CANTOPEN;
	file->base.pMethods = &methods;
	if (ret_flags)
		*ret_flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) |
			     SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}

static int vfs_delete(_unused_ sqlite3_vfs *vfs, _unused_ const char *name,
		      _unused_ int sync)
{
	return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, _unused_ int flags, int *ret)
{
	const struct rpm_vfs *v = (struct rpm_vfs *)vfs;

	*ret = v->wal && slice_ends(slice_str(name), "-wal");
	return SQLITE_OK;
}

static int vfs_full_path(_unused_ sqlite3_vfs *vfs, const char *name, int n, char *ret)
{
	return snprintf(ret, (size_t)n, "%s", name) < n ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_random(_unused_ sqlite3_vfs *vfs, int n, char *ret)
{
	memset(ret, 0, (size_t)n);
	return n;
}

static int vfs_sleep(_unused_ sqlite3_vfs *vfs, int microseconds)
{
	return microseconds;
}

static int vfs_time(_unused_ sqlite3_vfs *vfs, double *ret)
{
	*ret = 2440587.5; /* 1970 as a Julian day: nothing asks for it */
	return SQLITE_OK;
}

static int vfs_last_error(_unused_ sqlite3_vfs *vfs, _unused_ int n, _unused_ char *ret)
{
	return 0;
}

static int too_long(void *steps)
{
	return (*(unsigned *)steps)++ >= LIMIT_SQLITE_STEPS / 1000;
}

/* A database is hostile input: its schema may not call functions, its pages are checked,
 * nothing is unbounded. */
static int harden(sqlite3 *db, unsigned *steps)
{
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)LIMIT_RPM_HEADER);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_progress_handler(db, 1000, too_long, steps);
	return sqlite3_exec(db,
			    "PRAGMA locking_mode=exclusive; PRAGMA temp_store=memory; "
			    "PRAGMA mmap_size=0; PRAGMA cell_size_check=on; "
			    "PRAGMA query_only=on;",
			    NULL, NULL, NULL);
}

int rpm_vfs_error(const struct rpm_vfs *v, sqlite3 *db, int rc, struct err *e)
{
	if (v->why.code != ERR_NONE) {
		*e = v->why;
		return -(int)e->code;
	}
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return err_set(e, ERR_NOMEM, "out of memory");
	case SQLITE_INTERRUPT:
		return err_set(e, ERR_LIMIT, "SQLite needs more than %d steps for it",
			       LIMIT_SQLITE_STEPS);
	case SQLITE_TOOBIG:
		return err_set(e, ERR_LIMIT, "a row has more than %zu bytes",
			       LIMIT_RPM_HEADER);
	default:
		return err_set(e, ERR_CORRUPT, "SQLite: %s",
			       escape_short(slice_str(db ? sqlite3_errmsg(db)
							 : sqlite3_errstr(rc)))
				       .text);
	}
}

int rpm_vfs_open(struct rpm_vfs *v, sqlite3 **ret, struct err *e)
{
	sqlite3 *db = NULL;
	int rc, r;

	snprintf(v->name, sizeof(v->name), "paravet-%p", (void *)v);
	v->steps = 0;
	v->vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = sizeof(struct vfs_file),
		.mxPathname = 64,
		.zName = v->name,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_random,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
	};
	rc = sqlite3_vfs_register(&v->vfs, 0);
	if (rc != SQLITE_OK)
		return rpm_vfs_error(v, NULL, rc, e);
	rc = sqlite3_open_v2("rpmdb", &db, SQLITE_OPEN_READONLY, v->name);
	if (rc == SQLITE_OK)
		rc = harden(db, &v->steps);
	if (rc != SQLITE_OK) {
		r = rpm_vfs_error(v, db, rc, e);
		rpm_vfs_close(v, db);
		return r;
	}
	*ret = db;
	return 0;
}

void rpm_vfs_close(struct rpm_vfs *v, sqlite3 *db)
{
	sqlite3_close_v2(db);
	sqlite3_vfs_unregister(&v->vfs);
}
