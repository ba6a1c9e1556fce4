/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The databases of pacman and apk, in the forms that these programs write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-guest.h"
#include "packages/apk.h"
#include "packages/pacman.h"
#include "strbuf.h"

static const char installed[] = "C:Q1p78yvTLG094tHE1+dToJGbmYzQE=\n"
				"P:alpine-baselayout\n"
				"V:3.4.3-r2\n"
				"A:x86_64\n"
				"F:\n"
				"F:dev\n"
				"F:lib/modules-load.d\n"
				"R:00-default.conf\n"
				"\n"
				"P:linux-lts\n"
				"V:6.6.31-r0\n"
				"A:x86_64\n"
				"o:linux-lts\n"
				"F:boot\n"
				"R:System.map-lts\n"
				"Z:Q1abcdefghijklmnopqrstuvwxyz0=\n"
				"R:vmlinuz-lts\n"
				"F:lib/modules/6.6.31-0-lts\n"
				"R:modules.order\n"
				"F:lib/modules/6.6.31-0-lts/kernel/fs/ext4\n"
				"R:ext4.ko.gz\n"
				"\n"
				"P:linux-lts-dev\n"
				"V:6.6.31-r0\n"
				"A:x86_64\n"
				"F:lib/modules/6.6.31-0-lts\n"
				"R:build\n"
				"\n"
				"P:zfs-lts\n"
				"V:6.6.31-r0\n"
				"A:x86_64\n"
				"F:usr/lib/modules/6.6.31-0-lts/extra\n"
				"R:zfs.ko.gz\n"
				"\n";

static void test_apk(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/lib/apk/db/installed", installed);
	assert_int_equal(fake_read(&f, &read_apk), 0);
	assert_int_equal(f.facts.problems.n, 0);
	assert_int_equal(f.facts.packages.n, 2);
	assert_string_equal(f.facts.packages.v[0].manager, "apk");
	assert_string_equal(f.facts.packages.v[0].name, "linux-lts");
	assert_string_equal(f.facts.packages.v[0].version, "6.6.31-r0");
	assert_string_equal(f.facts.packages.v[0].arch, "x86_64");
	assert_string_equal(f.facts.packages.v[0].status, "installed");
	assert_string_equal(f.facts.packages.v[0].kind, "kernel");
	assert_string_equal(f.facts.packages.v[0].kernel, "6.6.31-0-lts");
	assert_int_equal(f.facts.packages.v[0].source.line, 10);
	assert_string_equal(f.facts.packages.v[1].name, "zfs-lts");
	assert_string_equal(f.facts.packages.v[1].kind, "modules");
	fake_done(&f);
}

/* Newer releases keep it below /usr. */
static void test_apk_usr(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/usr/lib/apk/db/installed", installed);
	assert_int_equal(fake_read(&f, &read_apk), 0);
	assert_int_equal(f.facts.packages.n, 2);
	assert_string_equal(f.facts.packages.v[0].source.path,
			    "/usr/lib/apk/db/installed");
	fake_done(&f);
}

static int count_packages(void *ctx, _unused_ const struct apk_package *p,
			  const char *path, _unused_ struct err *e)
{
	*(unsigned *)ctx += path == NULL;
	return 0;
}

/* Only where a package ends can a cut be taken for the end. */
static void test_apk_cut(_unused_ void **state)
{
	struct slice whole = slice_str(installed), part;

	for (size_t n = 1; n < whole.n; n++) {
		struct err e = ERR_INIT;
		unsigned count = 0;
		int r;

		assert_true(slice_sub(whole, 0, n, &part));
		r = apk_parse(part, count_packages, &count, &e);
		if (!slice_ends(part, "\n\n"))
			assert_true(r == -ERR_CORRUPT ||
				    (slice_at(whole, n) == '\n' &&
				     slice_at(whole, n + 1) == '\n'));
		assert_true(count <= 4);
	}
}

static void test_apk_damaged(_unused_ void **state)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(1 << 20);
	struct fake_guest f;

	fake_new(&f);
	strbuf_str(&text, installed);
	strbuf_str(&text, "P:linux-virt\nV:6.6.31-r0\nF:boot\nR:vmlin");
	fake_text(&f, "/lib/apk/db/installed", strbuf_text(&text));
	assert_int_equal(fake_read(&f, &read_apk), 0);
	assert_int_equal(f.facts.packages.n, 2);
	assert_int_equal(f.facts.problems.n, 1);
	assert_string_equal(f.facts.problems.v[0].code, "corrupt");
	fake_done(&f);
}

/* --- pacman --- */

static const char desc[] = "%NAME%\nlinux\n\n%VERSION%\n6.9.1.arch1-1\n\n%BASE%\n"
			   "linux\n\n%DESC%\nThe Linux kernel and modules\n\n%ARCH%\n"
			   "x86_64\n\n%DEPENDS%\ncoreutils\nkmod\ninitramfs\n\n";
static const char files[] = "%FILES%\nusr/\nusr/lib/\nusr/lib/modules/\n"
			    "usr/lib/modules/6.9.1-arch1-1/\n"
			    "usr/lib/modules/6.9.1-arch1-1/kernel/fs/ext4/ext4.ko.zst\n"
			    "usr/lib/modules/6.9.1-arch1-1/pkgbase\n"
			    "usr/lib/modules/6.9.1-arch1-1/vmlinuz\n\n";
static const char base[] = "/var/lib/pacman/local/";

static void add_package(const struct fake_guest *f, const char *package, const char *d,
			const char *list)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s/desc", base, package);
	if (d)
		fake_text(f, path, d);
	snprintf(path, sizeof(path), "%s%s/files", base, package);
	if (list)
		fake_text(f, path, list);
}

static void test_pacman(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
	add_package(&f, "linux-6.9.1.arch1-1", desc, files);
	add_package(&f, "linux-headers-6.9.1.arch1-1",
		    "%NAME%\nlinux-headers\n\n%VERSION%\n6.9.1.arch1-1\n\n",
		    "%FILES%\nusr/lib/modules/6.9.1-arch1-1/build/Makefile\n\n");
	add_package(
		&f, "linux66-nvidia-550-2",
		"%NAME%\nlinux66-nvidia\n\n%VERSION%\n550-2\n\n",
		"%FILES%\nusr/lib/modules/6.6.9-1-MANJARO/extramodules/nvidia.ko.gz\n");
	add_package(&f, "bash-5.2-1", "damaged", NULL);
	assert_int_equal(fake_read(&f, &read_pacman), 0);
	assert_int_equal(f.facts.problems.n, 0);
	assert_int_equal(f.facts.packages.n, 2);
	assert_string_equal(f.facts.packages.v[0].manager, "pacman");
	assert_string_equal(f.facts.packages.v[0].name, "linux");
	assert_string_equal(f.facts.packages.v[0].version, "6.9.1.arch1-1");
	assert_string_equal(f.facts.packages.v[0].arch, "x86_64");
	assert_string_equal(f.facts.packages.v[0].kind, "kernel");
	assert_string_equal(f.facts.packages.v[0].kernel, "6.9.1-arch1-1");
	assert_string_equal(f.facts.packages.v[0].source.path,
			    "/var/lib/pacman/local/linux-6.9.1.arch1-1/desc");
	assert_int_equal(f.facts.packages.v[0].source.line, 2);
	assert_string_equal(f.facts.packages.v[1].kind, "modules");
	assert_string_equal(f.facts.packages.v[1].kernel, "6.6.9-1-MANJARO");
	fake_done(&f);
}

/* What an interrupted installation leaves is told, and no other package lost. */
static void test_pacman_damaged(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	add_package(&f, "linux-6.9.1.arch1-1", desc, files);
	add_package(&f, "linux-lts-6.6.31-1", "%NAME%\nlinux-l", files);
	add_package(&f, "linux-zen-6.9.1.zen1-1", desc, NULL);
	assert_int_equal(fake_read(&f, &read_pacman), 0);
	assert_int_equal(f.facts.packages.n, 1);
	assert_int_equal(f.facts.problems.n, 2);
	assert_string_equal(f.facts.problems.v[0].code, "corrupt");
	assert_non_null(strstr(f.facts.problems.v[0].text, "linux-lts-6.6.31-1"));
	assert_non_null(strstr(f.facts.problems.v[1].text, "it has no files"));
	fake_done(&f);
}

static void test_pacman_cut(_unused_ void **state)
{
	struct slice whole = slice_str(desc), part;

	for (size_t n = 0; n < whole.n; n++) {
		struct err e = ERR_INIT;
		struct pacman_desc d;

		if (n && slice_at(whole, n - 1) == '\n')
			continue;
		assert_true(slice_sub(whole, 0, n, &part));
		assert_int_equal(pacman_desc_parse(part, &d, &e), -ERR_CORRUPT);
	}
}

/* A long name is an error, not a short one. */
static void test_long_path(_unused_ void **state)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT(1 << 20);
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct owned_files owned = {.keep = a, .scratch = a};
	struct err e = ERR_INIT;
	unsigned count = 0;

	strbuf_str(&list, "%FILES%\n");
	for (unsigned i = 0; i < LIMIT_PATH; i++)
		strbuf_char(&list, 'a');
	strbuf_char(&list, '\n');
	assert_int_equal(pacman_files_parse(slice_str(strbuf_text(&list)), &owned, &e),
			 -ERR_LIMIT);
	list.n = 0;
	strbuf_str(&list, "P:a\nF:");
	for (unsigned i = 0; i < LIMIT_PATH; i++)
		strbuf_char(&list, 'a');
	strbuf_str(&list, "\n\n");
	assert_int_equal(
		apk_parse(slice_str(strbuf_text(&list)), count_packages, &count, &e),
		-ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apk),        cmocka_unit_test(test_apk_usr),
		cmocka_unit_test(test_apk_cut),    cmocka_unit_test(test_apk_damaged),
		cmocka_unit_test(test_pacman),     cmocka_unit_test(test_pacman_damaged),
		cmocka_unit_test(test_pacman_cut), cmocka_unit_test(test_long_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
