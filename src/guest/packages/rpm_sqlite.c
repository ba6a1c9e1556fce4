/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rpm's SQLite format: the table Packages holds the headers by number, the table Name and
 * its index say which packages have a name.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "packages/rpm_db.h"
#include "packages/rpm_vfs.h"

struct named {
	const char *name;
	int64_t number;
};

struct reading {
	struct rpmdb *out;
	struct rpm_vfs vfs;
	sqlite3 *sql;
	VEC(struct named) named; /* the packages wanted */
	int64_t last;            /* the highest number in the table Name */
};

static void finalize(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}

static int failed(struct reading *r, int rc, struct err *e)
{
	return rpm_vfs_error(&r->vfs, r->sql, rc, e);
}

static int prepare(struct reading *r, const char *text, sqlite3_stmt **ret, struct err *e)
{
	int rc = sqlite3_prepare_v2(r->sql, text, -1, ret, NULL);

	return rc == SQLITE_OK ? 0 : failed(r, rc, e);
}

/* One row: 1, none left: 0. */
static int step(struct reading *r, sqlite3_stmt *s, struct err *e)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : failed(r, rc, e);
}

static struct slice column(sqlite3_stmt *s, int i)
{
	const void *p = sqlite3_column_blob(s, i);

	return slice_of(p, p ? (size_t)sqlite3_column_bytes(s, i) : 0);
}

/* Is there a table (no view, nothing virtual) of that name? */
static int has_table(struct reading *r, const char *table, bool *ret, struct err *e)
{
	_cleanup_(finalize) sqlite3_stmt *s = NULL;
	int q = prepare(r,
			"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1 "
			"AND rootpage > 0",
			&s, e);

	if (q < 0)
		return q;
	sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
	q = step(r, s, e);
	if (q >= 0)
		*ret = q > 0;
	return q;
}

static int add_row(struct reading *r, int64_t number, struct slice blob, struct err *e)
{
	struct arena_mark mark = arena_mark(r->out->scratch);
	int q;

	if (number <= 0 || number > UINT32_MAX)
		return err_set(e, ERR_CORRUPT, "a package has the number %" PRId64,
			       number);
	q = rpmdb_add(r->out, (uint32_t)number, 0, blob, e);
	arena_rewind(r->out->scratch, mark);
	return q;
}

static int scan(struct reading *r, struct err *e)
{
	_cleanup_(finalize) sqlite3_stmt *s = NULL;
	int q = prepare(r, "SELECT hnum, blob FROM Packages ORDER BY hnum", &s, e);

	for (size_t rows = 0; q >= 0; rows++) {
		q = step(r, s, e);
		if (q <= 0)
			return q;
		if (rows == LIMIT_RPM_PACKAGES)
			return err_set(e, ERR_LIMIT, "more than %d packages",
				       LIMIT_RPM_PACKAGES);
		r->out->any = true;
		q = add_row(r, sqlite3_column_int64(s, 0), column(s, 1), e);
	}
	return q;
}

static int add_name(struct reading *r, struct slice name, int64_t number, struct err *e)
{
	struct arena *a = r->out->scratch;
	struct named entry = {.number = number};

	if (number > r->last)
		r->last = number;
	if (!r->out->want(name))
		return 0;
	if (r->named.n == LIMIT_RPM_PACKAGES)
		return err_set(e, ERR_LIMIT, "more than %d packages", LIMIT_RPM_PACKAGES);
	entry.name = arena_strndup(a, name);
	if (!entry.name || !vec_push(a, &r->named, entry))
		return arena_full(a, e);
	return 0;
}

/* All names: they take few pages, and those of kernels differ in their middle. */
static int read_names(struct reading *r, struct err *e)
{
	_cleanup_(finalize) sqlite3_stmt *s = NULL;
	int q = prepare(r, "SELECT key, hnum FROM Name", &s, e);

	while (q >= 0) {
		q = step(r, s, e);
		if (q <= 0)
			return q;
		q = add_name(r, column(s, 0), sqlite3_column_int64(s, 1), e);
	}
	return q;
}

/* Both tables are written in one transaction: a Name that ends before Packages was made
 * by other means. */
static int check_last(struct reading *r, struct err *e)
{
	_cleanup_(finalize) sqlite3_stmt *s = NULL;
	int q = prepare(r, "SELECT max(hnum) FROM Packages", &s, e);

	if (q >= 0)
		q = step(r, s, e);
	if (q < 0)
		return q;
	if (sqlite3_column_int64(s, 0) != r->last)
		return err_set(e, ERR_CORRUPT,
			       "the table Name ends at package %" PRId64
			       ", the table Packages at %" PRId64,
			       r->last, (int64_t)sqlite3_column_int64(s, 0));
	r->out->any = r->last > 0;
	return 0;
}

static int read_number(struct reading *r, sqlite3_stmt *s, size_t i, struct err *e)
{
	size_t before = r->out->found.n;
	int q;

	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, r->named.v[i].number);
	q = step(r, s, e);
	if (q > 0)
		q = add_row(r, r->named.v[i].number, column(s, 0), e);
	if (q < 0)
		return q;
	if (r->out->found.n != before + 1 ||
	    strcmp(r->out->found.v[before].name, r->named.v[i].name) != 0)
		return err_set(e, ERR_CORRUPT,
			       "the table Name has package %" PRId64
			       ", which is another one",
			       r->named.v[i].number);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int use_names(struct reading *r, struct err *e)
{
	_cleanup_(finalize) sqlite3_stmt *s = NULL;
	int q = read_names(r, e);

	if (q >= 0)
		q = check_last(r, e);
	if (q >= 0)
		q = prepare(r, "SELECT blob FROM Packages WHERE hnum = ?1", &s, e);
	if (q >= 0 && r->named.n)
		qsort(r->named.v, r->named.n, sizeof(*r->named.v), by_number);
	for (size_t i = 0; q >= 0 && i < r->named.n; i++)
		q = read_number(r, s, i, e);
	return q;
}

static int read_tables(struct reading *r, struct err *e)
{
	struct rpmdb *out = r->out;
	struct err why = ERR_INIT;
	bool packages = false, names = false;
	int q = has_table(r, "Packages", &packages, e);

	if (q >= 0)
		q = has_table(r, "Name", &names, e);
	if (q < 0)
		return q;
	if (!packages)
		return err_set(e, ERR_CORRUPT, "the database has no table Packages");
	if (!names || !out->want)
		return scan(r, e);
	q = use_names(r, &why);
	if (q >= 0)
		return 0;
	if (why.code == ERR_NOMEM || why.code == ERR_IO || why.code == ERR_LIMIT) {
		*e = why;
		return q;
	}
	out->index_broken = true;
	out->index_error = why;
	out->found.n = 0;
	return scan(r, e);
}

/* Without a log every page lies in the file itself. */
static int check_whole(const struct rpmdb *db, struct err *e)
{
	uint8_t head[100];
	struct reader r = reader_of(slice_of(head, sizeof(head)));
	uint64_t page;
	uint32_t changes, count;
	int q;

	if (db->packages->size < sizeof(head))
		return err_set(e, ERR_CORRUPT, "with %" PRIu64 " bytes it is no database",
			       db->packages->size);
	q = blocks_read(db->packages, 0, head, sizeof(head), e);
	if (q < 0)
		return q;
	rd_seek(&r, 16);
	page = rd_u16be(&r);
	rd_seek(&r, 24);
	changes = rd_u32be(&r);
	count = rd_u32be(&r);
	rd_seek(&r, 92);
	/* The number of pages is only valid when this repeats the counter of changes. */
	if (rd_u32be(&r) != changes || (db->wal && db->wal->size))
		return 0;
	page = page == 1 ? 65536 : page;
	if (db->packages->size < count * page)
		return err_set(e, ERR_CORRUPT,
			       "cut short: it has %" PRIu64 " bytes instead of %" PRIu64,
			       db->packages->size, count * page);
	return 0;
}

int rpm_sqlite_read(struct rpmdb *db, struct err *e)
{
	struct reading r = {.out = db, .vfs = {.main = db->packages, .wal = db->wal}};
	int q = rpmdb_check_size(db->packages, e);

	if (q >= 0 && db->wal)
		q = rpmdb_check_size(db->wal, e);
	if (q >= 0)
		q = check_whole(db, e);
	if (q >= 0)
		q = rpm_vfs_open(&r.vfs, &r.sql, e);
	if (q < 0)
		return q;
	q = read_tables(&r, e);
	rpm_vfs_close(&r.vfs, r.sql);
	return q;
}
