/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvirt's own test configurations, where the fixtures are there: each xm, xl and VMX
 * file is read to the same machine as the libvirt XML beside it.
 */
#include <glob.h>
#include <stdlib.h>
#include <strings.h>

#include "images.h"
#include "machine-test.h"

static char folder[4096];

static struct slice slurp(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = arena_alloc(a, LIMIT_MACHINE_FILE);
	size_t n = f && text ? fread(text, 1, LIMIT_MACHINE_FILE, f) : 0;

	if (f)
		fclose(f);
	return slice_of(text, n);
}

static void parse_file(struct machine_case *c, const char *path, struct machine *ret)
{
	if (machine_parse(slurp(c->arena, path), path, c->arena, ret, &c->e) < 0)
		fail_msg("%s", c->e.text);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcasecmp(a, b) == 0 : a == b;
}

static bool starts(const char *s, const char *with)
{
	return s && strncmp(s, with, strlen(with)) == 0;
}

static const char *base(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *bracket = path ? strstr(path, "] ") : NULL; /* [datastore] file */

	return slash ? slash + 1 : bracket ? bracket + 2 : path;
}

/* The file stands without its folder: libvirt rewrites VMware's. */
static void expect_disk(const char *path, const struct machine *want,
			const struct machine_disk *d)
{
	for (size_t i = 0; i < want->disks.n; i++) {
		const struct machine_disk *w = &want->disks.v[i];
		bool vmware = same(want->hypervisor, "vmware");

		if (!same(w->target, d->target) || !same(w->bus, d->bus))
			continue;
		if (!starts(d->file, "rbd:") && !(vmware && !w->file))
			assert_string_equal(base(d->file) ? base(d->file) : "",
					    base(w->file) ? base(w->file) : "");
		if (d->format && w->format)
			assert_string_equal(d->format, w->format);
		assert_string_equal(d->device, w->device);
		assert_int_equal(d->readonly || vmware, w->readonly || vmware);
		assert_int_equal(d->emulated, w->emulated);
		assert_int_equal(d->pv, w->pv);
		return;
	}
	/* libvirt leaves out drives that are the client's own. */
	if (same(d->device, "disk"))
		fail_msg("%s: a disk %s too many", path, d->target);
}

static void compare(const char *path, const struct machine *got,
		    const struct machine *want)
{
	size_t found = 0;

	assert_string_equal(got->name, want->name);
	assert_string_equal(got->kind, want->kind);
	assert_true(same(got->firmware, want->firmware));
	assert_int_equal(got->vcpus, want->vcpus);
	/* Of VMware's, libvirt gives the share that the host grants. */
	assert_true(got->memory == want->memory || same(want->hypervisor, "vmware"));
	for (size_t i = 0; i < got->disks.n; i++)
		expect_disk(path, want, &got->disks.v[i]);
	for (size_t i = 0; i < want->disks.n; i++)
		for (size_t j = 0; j < got->disks.n; j++)
			found += same(want->disks.v[i].target, got->disks.v[j].target) &&
				 same(want->disks.v[i].bus, got->disks.v[j].bus);
	assert_int_equal(found, want->disks.n);
	assert_int_equal(got->nics.n, want->nics.n);
	for (size_t i = 0; i < got->nics.n; i++) {
		const struct machine_nic *g = &got->nics.v[i], *w = &want->nics.v[i];

		assert_true(same(g->model, w->model) || !w->model);
		assert_true(same(g->mac, w->mac) || !g->mac);
		if (w->network && g->network)
			assert_string_equal(g->network, w->network);
		assert_int_equal(g->emulated, w->emulated);
		assert_true(g->pv == w->pv || g->emulated);
	}
}

/* Both name the same images as disks, in the same order; what the other description has
 * on the network, rbd and iscsi, is no file. */
static void compare_images(struct machine_case *c, const struct machine *got,
			   const struct machine *want)
{
	machine_image_list a = {0}, b = {0};
	struct err other = ERR_INIT;
	int r = machine_images(got, c->arena, &a, &c->e);
	int w = machine_images(want, c->arena, &b, &other);

	if (w == -ERR_UNSUPPORTED)
		return;
	if (r != w)
		fail_msg("%s; %s", r < 0 ? c->e.text : "read",
			 w < 0 ? other.text : "read");
	assert_int_equal(a.n, b.n);
	for (size_t i = 0; i < a.n; i++)
		assert_string_equal(base(a.v[i].file), base(b.v[i].file));
	err_clear(&c->e);
}

static void compare_all(struct machine_case *c, const char *pattern)
{
	char path[4200];
	glob_t files;

	snprintf(path, sizeof(path), "%s/%s", folder, pattern);
	assert_int_equal(glob(path, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct machine got = {0}, want = {0};
		struct arena_mark mark = arena_mark(c->arena);
		size_t n = strlen(files.gl_pathv[i]);

		print_message("%s\n", base(files.gl_pathv[i]));
		parse_file(c, files.gl_pathv[i], &got);
		snprintf(path, sizeof(path), "%.*sxml", (int)n - 3, files.gl_pathv[i]);
		parse_file(c, path, &want);
		assert_string_equal(want.format, "libvirt");
		compare(path, &got, &want);
		compare_images(c, &got, &want);
		arena_rewind(c->arena, mark);
	}
	globfree(&files);
}

static void test_xm(void **state)
{
	compare_all(*state, "xmconfigdata/*.cfg");
}

static void test_xl(void **state)
{
	compare_all(*state, "xlconfigdata/*.cfg");
}

static void test_vmx(void **state)
{
	compare_all(*state, "vmx2xmldata/*.vmx");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_xm), MACHINE_TEST(test_xl), MACHINE_TEST(test_vmx)};
	const char *fixtures = getenv("PARAVET_FIXTURES");
	char probe[4200];
	FILE *f;

	snprintf(folder, sizeof(folder), "%s/machine/libvirt",
		 fixtures ? fixtures : SOURCE_ROOT "/../shared/fixtures");
	snprintf(probe, sizeof(probe), "%s/xlconfigdata/test-new-disk.cfg", folder);
	f = fopen(probe, "re");
	if (!f) {
		puts("no sample data machine/libvirt");
		return 77;
	}
	fclose(f);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
