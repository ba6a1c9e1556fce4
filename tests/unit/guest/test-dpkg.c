/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-guest.h"
#include "packages/dpkg.h"
#include "strbuf.h"

static const char status[] = "Package: bash\n"
			     "Status: install ok installed\n"
			     "Description: a shell\n"
			     " Package: linux-image-none\n"
			     " .\n"
			     "\n"
			     "Package: linux-image-6.1.0-56-amd64\n"
			     "Status: install ok installed\n"
			     "Architecture: amd64\n"
			     "Version: 6.1.192-2\n"
			     "\n"
			     "Package: linux-image-amd64\n"
			     "Status: install ok installed\n"
			     "Version: 6.1.192-2\n"
			     "\n"
			     "Package: linux-image-6.1.0-50-amd64\n"
			     "Status: deinstall ok config-files\n"
			     "Architecture: amd64\n"
			     "Version: 6.1.176-1\n";

static void test_parse(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	dpkg_list list = {0};

	assert_int_equal(dpkg_parse(slice_str(status), a, &list, &e), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.v[0].name, "linux-image-6.1.0-56-amd64");
	assert_string_equal(list.v[0].version, "6.1.192-2");
	assert_string_equal(list.v[0].status, "installed");
	assert_int_equal(list.v[0].line, 7);
	assert_string_equal(list.v[2].status, "config-files");
}

/* A cut file is never taken for a shorter one. */
static void test_cut(_unused_ void **state)
{
	struct slice whole = slice_str(status), part;

	for (size_t n = 1; n < whole.n; n++) {
		_cleanup_arena_ struct arena *a = arena_new(1 << 20);
		struct err e = ERR_INIT;
		dpkg_list list = {0};

		if (slice_at(whole, n - 1) == '\n')
			continue;
		assert_true(slice_sub(whole, 0, n, &part));
		assert_int_equal(dpkg_parse(part, a, &list, &e), -ERR_CORRUPT);
	}
}

static void test_files(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	strs got = {0};

	assert_int_equal(dpkg_kernels(slice_str("/.\n/boot\n/boot/config-1\n"
						"/boot/vmlinuz-6.1.0-56-amd64\n"
						"/lib/modules/6.1.0-56-amd64/kernel\n"
						"/usr/lib/modules/5.4.1/a.ko\n"
						"/usr/lib/debug/boot/vmlinux-6\n"
						"/lib/modules/\n"),
				      a, &got, &e),
			 0);
	assert_int_equal(got.n, 2);
	assert_string_equal(got.v[0], "6.1.0-56-amd64");
	assert_string_equal(got.v[1], "5.4.1");
}

/* A list that names ever more kernels ends with an error, not with patience. */
static void test_many_kernels(_unused_ void **state)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT(1 << 20);
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	strs got = {0};

	for (unsigned i = 0; i <= LIMIT_KERNELS; i++)
		strbuf_printf(&list, "/lib/modules/%u\n", i);
	assert_int_equal(dpkg_kernels(slice_str(strbuf_text(&list)), a, &got, &e),
			 -ERR_LIMIT);
}

static void test_reader(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/var/lib/dpkg/status", status);
	fake_text(&f, "/var/lib/dpkg/info/linux-image-6.1.0-56-amd64.list",
		  "/.\n/boot/vmlinuz-6.1.0-56-amd64\n");
	fake_text(&f, "/var/lib/dpkg/info/linux-image-amd64.list",
		  "/usr/share/doc/linux-image-amd64\n");
	assert_int_equal(fake_read(&f, &read_dpkg), 0);
	/* The meta package owns no kernel; what was removed is only remembered. */
	assert_int_equal(f.facts.packages.n, 2);
	assert_string_equal(f.facts.packages.v[0].kernel, "6.1.0-56-amd64");
	assert_string_equal(f.facts.packages.v[1].status, "config-files");
	assert_string_equal(f.facts.packages.v[0].source.path, "/var/lib/dpkg/status");
	assert_int_equal(f.facts.problems.n, 0);
	fake_done(&f);
}

static void test_others(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/var/db/pkg/x/CONTENTS", "x");
	assert_int_equal(fake_read(&f, &read_dpkg), 0);
	assert_int_equal(f.facts.problems.n, 1);
	assert_string_equal(f.facts.problems.v[0].code, "unsupported");
	assert_non_null(strstr(f.facts.problems.v[0].text, "Portage database"));
	fake_done(&f);
}

static void test_damaged(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/var/lib/dpkg/status",
		  "Package: linux-image-6.1.0-1-amd64\n"
		  "Status: install ok installed\n\nPack");
	assert_int_equal(fake_read(&f, &read_dpkg), 0);
	assert_int_equal(f.facts.packages.n, 1);
	assert_int_equal(f.facts.problems.n, 1);
	assert_string_equal(f.facts.problems.v[0].code, "corrupt");
	fake_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_files),   cmocka_unit_test(test_many_kernels),
		cmocka_unit_test(test_reader),  cmocka_unit_test(test_others),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
