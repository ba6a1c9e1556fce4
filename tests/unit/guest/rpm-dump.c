/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints what is read of an rpm database in a directory of the host, for comparison with
 * rpm itself: every package (name-version-release.arch), or with "kernels" the package
 * facts. The last line counts what was read.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "limits.h"
#include "packages/rpm.h"
#include "packages/rpm_files.h"

static void print_packages(const struct rpmdb *db)
{
	for (size_t i = 0; i < db->found.n; i++) {
		const struct rpm_package *p = &db->found.v[i];

		printf("%s-%s%s%s-%s.%s\n", p->name, p->epoch ? p->epoch : "",
		       p->epoch ? ":" : "", p->version, p->release,
		       p->arch ? p->arch : "(none)");
	}
}

static void print_facts(const struct facts *f)
{
	for (size_t i = 0; i < f->packages.n; i++) {
		const struct package_fact *p = &f->packages.v[i];

		printf("%s %s %s %s %s\n", p->name, p->version, p->arch ? p->arch : "-",
		       p->status, p->kernel ? p->kernel : "-");
	}
	for (size_t i = 0; i < f->problems.n; i++)
		printf("%s: %s\n", f->problems.v[i].code, f->problems.v[i].text);
}

/* Counts what the readers ask for. */
static uint64_t calls, bytes;
static const struct fs_ops *real_ops;

static int counting_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
			 size_t len, struct err *e)
{
	calls++;
	bytes += len;
	return real_ops->read(fs, file, off, buf, len, e);
}

static int fail(const char *what, const struct err *e)
{
	printf("error: %s: %s: %s\n", what, err_code_name(e->code), e->text);
	return 1;
}

int main(int argc, char **argv)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_FACTS);
	_cleanup_arena_ struct arena *scratch = arena_new(LIMIT_SCRATCH);
	_cleanup_arena_ struct arena *trees = arena_new(LIMIT_FACTS);
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct facts facts = {0};
	struct guest g = {.arena = a, .scratch = scratch, .facts = &facts};
	struct place place = {"disk", ""};
	struct err e = ERR_INIT;
	struct fs_ops ops;
	struct rpmdb db = {0};
	struct file file;
	int fd, r;

	if (argc != 4) {
		fprintf(stderr, "usage: rpm-dump ROOT DIRECTORY all|find|facts\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fs_open_directory(fd, trees, &fs, &e) < 0 ||
	    tree_new(trees, &g.tree, &e) < 0 ||
	    tree_mount(g.tree, "/", fs, place, &e) < 0)
		return fail(argv[1], &e);
	real_ops = fs->ops;
	ops = *fs->ops;
	ops.read = counting_read;
	fs->ops = &ops;
	if (strcmp(argv[3], "facts") == 0) {
		r = read_rpm.read(&g, &e);
		print_facts(&facts);
	} else {
		r = rpm_read_directory(&g, argv[2],
				       strcmp(argv[3], "find") == 0 ? rpm_name_wanted
								    : NULL,
				       &db, &file, &e);
		if (r >= 0)
			print_packages(&db);
		if (r >= 0 && db.index_broken)
			printf("index: %s\n", db.index_error.text);
	}
	if (r < 0)
		fail(argv[2], &e);
	fprintf(stderr, "%" PRIu64 " reads of %" PRIu64 " bytes\n", calls, bytes);
	fs->ops = real_ops;
	return r < 0;
}
