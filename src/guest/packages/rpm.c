/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm.h"

#include <string.h>

#include "kernel_id.h"
#include "packages/rpm_files.h"
#include "tolerate.h"

/* A file of the guest as blocks, so that every reader can be fed memory too. */
struct file_blocks {
	struct blocks base; /* first: the operations get it */
	struct file file;
};

static int read_file(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	return file_read(&((struct file_blocks *)b)->file, off, buf, len, e);
}

static const struct blocks_ops file_ops = {.read = read_file};

/* *ret is NULL when there is no such file, or it is empty. */
static int open_file(struct guest *g, const char *dir, const char *name,
		     struct blocks **ret, struct file *ret_file, struct err *e)
{
	const char *path = arena_printf(g->scratch, "%s/%s", dir, name);
	struct file_blocks *b = arena_new_of(g->scratch, struct file_blocks);
	int r;

	*ret = NULL;
	if (!path || !b)
		return arena_full(g->scratch, e);
	r = tree_find(g->tree, path, &b->file, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r < 0)
		return r;
	if (b->file.node.type != NODE_FILE)
		return err_set(e, ERR_CORRUPT, "%s is no regular file", name);
	b->base = (struct blocks){
		.ops = &file_ops, .format = "file", .size = b->file.node.size};
	*ret = &b->base;
	*ret_file = b->file;
	return 0;
}

/* The formats in the order in which rpm came to them, the newest first. */
static const struct format {
	const char *name;    /* of the file */
	const char *names;   /* of its index */
	const char *wal;     /* of its log */
	const char *journal; /* of its rollback journal */
	int (*read)(struct rpmdb *db, struct err *e);
} formats[] = {
	{"rpmdb.sqlite", NULL, "rpmdb.sqlite-wal", "rpmdb.sqlite-journal",
	 rpm_sqlite_read},
	{"Packages.db", NULL, NULL, NULL, rpm_ndb_read},
	{"Packages", "Name", NULL, NULL, rpm_bdb_read},
};

static int open_beside(struct guest *g, const char *dir, const char *name,
		       struct blocks **ret, struct err *e)
{
	struct file f;
	int r = name ? open_file(g, dir, name, ret, &f, e) : 0;

	if (r >= 0 && name && *ret && (*ret)->size == 0)
		*ret = NULL;
	return r;
}

/* A transaction that was not finished has to be rolled back, which means writing. */
static int check_journal(struct guest *g, const char *dir, const struct format *format,
			 struct err *e)
{
	struct blocks *journal = NULL;
	uint8_t first = 0;
	int r = open_beside(g, dir, format->journal, &journal, e);

	if (r >= 0 && journal)
		r = blocks_read(journal, 0, &first, 1, e);
	if (r >= 0 && first != 0)
		r = err_set(e, ERR_UNSUPPORTED,
			    "%s holds a transaction that was not finished",
			    format->journal);
	return r;
}

static int read_format(struct guest *g, const char *dir, const struct format *format,
		       struct rpmdb *db, struct err *e)
{
	int r = 0;

	if (db->packages->size == 0)
		r = err_set(e, ERR_CORRUPT, "the file is empty");
	if (r >= 0)
		r = check_journal(g, dir, format, e);
	if (r >= 0)
		r = open_beside(g, dir, format->names, &db->names, e);
	if (r >= 0)
		r = open_beside(g, dir, format->wal, &db->wal, e);
	if (r >= 0)
		r = format->read(db, e);
	return r < 0 ? err_wrap(e, "rpm database %s", format->name) : r;
}

static int remark_other(struct guest *g, const char *dir, const struct format *read,
			const struct format *other, struct err *e)
{
	struct blocks *b;
	struct file f;
	int r = open_file(g, dir, other->name, &b, &f, e);

	if (r < 0 || !b || b->size == 0)
		return r;
	return guest_remark(g, "packages", guest_source(g, &f, 0, 0),
			    "a second rpm database: %s beside it was read", read->name);
}

/* Debian's rpm may leave an empty file behind. */
static bool is_dpkg_system(struct guest *g)
{
	struct err why = ERR_INIT;
	struct file f;

	return tree_find(g->tree, "/var/lib/dpkg/status", &f, &why) >= 0;
}

int rpm_read_directory(struct guest *g, const char *dir, bool (*want)(struct slice name),
		       struct rpmdb *ret, struct file *ret_file, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct rpmdb db = {.want = want, .keep = g->arena, .scratch = g->scratch};
		int r = open_file(g, dir, formats[i].name, &db.packages, ret_file, e);

		if (r < 0)
			return r;
		if (!db.packages || (db.packages->size == 0 && is_dpkg_system(g)))
			continue;
		r = read_format(g, dir, &formats[i], &db, e);
		for (size_t k = i + 1; r >= 0 && k < ARRAY_LEN(formats); k++)
			r = remark_other(g, dir, &formats[i], &formats[k], e);
		if (r >= 0)
			*ret = db;
		return r;
	}
	return err_set(e, ERR_ABSENT, "no rpm database in %s", dir);
}

int rpm_kernel_by_name(const struct rpm_package *p, struct arena *a, const char **ret,
		       struct err *e)
{
	struct err why = ERR_INIT;
	struct kernel_id id;
	const char *text =
		arena_printf(a, "%s-%s-%s%s%s", p->name, p->version, p->release,
			     p->arch ? "." : "", p->arch ? p->arch : "");

	*ret = NULL;
	if (!text)
		return arena_full(a, e);
	/* Only of Red Hat's kernels is it known how uname prints them; others tell it by
	 * their files, and a package without any is one that only depends on a kernel. */
	if (kernel_id_parse(slice_str(text), a, &id, &why) < 0 || id.kind == KERNEL_NOT ||
	    id.rhel == 0)
		return 0;
	*ret = kernel_id_uname(&id, a);
	return *ret ? 0 : arena_full(a, e);
}

static const char *version_of(const struct rpm_package *p, struct arena *a)
{
	return arena_printf(a, "%s%s%s-%s", p->epoch ? p->epoch : "", p->epoch ? ":" : "",
			    p->version, p->release);
}

static int add_fact(struct guest *g, const struct file *f, const struct rpm_package *p,
		    const char *release, struct err *e)
{
	bool modules = rpm_name_kind(slice_str(p->name)) == RPM_NAME_MODULES;
	struct package_fact fact = {
		.manager = "rpm",
		.name = p->name,
		.version = version_of(p, g->arena),
		.arch = p->arch,
		.status = "installed",
		.kind = modules ? "modules" : "kernel",
		.kernel = release ? arena_strdup(g->arena, release) : NULL,
		.source = guest_source(g, f, 0, p->offset),
	};

	if (!fact.version || (release && !fact.kernel) ||
	    !vec_push(g->arena, &g->facts->packages, fact))
		return arena_full(g->arena, e);
	return 0;
}

static int add_package(struct guest *g, const struct file *f, const struct rpm_package *p,
		       struct err *e)
{
	enum rpm_name_kind kind = rpm_name_kind(slice_str(p->name));
	const char *release;
	int r = 0;

	if (kind == RPM_NAME_MAYBE && !p->has_image)
		return 0;
	for (size_t i = 0; r >= 0 && i < p->kernels.n; i++)
		r = add_fact(g, f, p, p->kernels.v[i], e);
	if (r < 0 || p->kernels.n)
		return r;
	if (kind == RPM_NAME_MODULES)
		return add_fact(g, f, p, NULL, e);
	r = rpm_kernel_by_name(p, g->scratch, &release, e);
	return r >= 0 && release ? add_fact(g, f, p, release, e) : r;
}

static int read_one(struct guest *g, const char *dir, bool *ret_any, struct err *e)
{
	struct rpmdb db = {0};
	struct file f = {0};
	int r = rpm_read_directory(g, dir, rpm_name_wanted, &db, &f, e);

	for (size_t i = 0; r >= 0 && i < db.found.n; i++)
		r = add_package(g, &f, &db.found.v[i], e);
	if (r >= 0 && db.index_broken)
		r = guest_remark(g, "packages", guest_source(g, &f, 0, 0),
				 "the rpm database was read whole, for its index of "
				 "names is of no use: %s",
				 db.index_error.text);
	if (r >= 0)
		*ret_any = db.any;
	return r;
}

/* Modern systems keep it below /usr and leave a link behind. */
static const char *const directories[] = {
	"/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm", /* OSTree */
};

/* Is it another name for a directory that was read already? */
static int is_known(struct guest *g, const char *dir, strs *known, bool *ret,
		    struct err *e)
{
	struct file f;
	size_t before = known->n;
	int r = tree_find(g->tree, dir, &f, e);

	if (r < 0)
		return r;
	if (!strs_add_once(g->scratch, known, f.path))
		return arena_full(g->scratch, e);
	*ret = known->n == before;
	return 0;
}

static int read_databases(struct guest *g, struct err *e)
{
	strs known = {0};

	for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
		bool any = false, again = false;
		int r = is_known(g, directories[i], &known, &again, e);

		if (r >= 0 && !again)
			r = read_one(g, directories[i], &any, e);
		if (r < 0)
			r = tolerate(g, "packages", directories[i], e);
		if (r < 0 || any)
			return r;
	}
	return 0;
}

const struct guest_reader read_rpm = {"packages", "packages of rpm that own a kernel",
				      read_databases};
