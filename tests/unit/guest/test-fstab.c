/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fstab.c: fields, comments, octal escapes, options, and bytes that are no text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fstab.h"

static int parse(struct arena *a, const char *text, size_t n, fstab *ret, struct err *e)
{
	return fstab_parse(slice_of(text, n), a, ret, e);
}

static void test_entries(void **state)
{
	static const char text[] = "# /etc/fstab\n"
				   "\n"
				   "UUID=1-2  /      ext4  errors=remount-ro 0 1\n"
				   "  /dev/sda2\tnone swap sw 0 0\r\n"
				   "LABEL=My\\040Disk /mnt/a\\134b vfat noauto,nofail\n"
				   "/dev/sdb1 /srv// xfs\n"
				   "broken line\n";
	_cleanup_arena_ struct arena *a = arena_new(65536);
	struct err e = ERR_INIT;
	fstab t;

	(void)state;
	assert_int_equal(parse(a, text, sizeof(text) - 1, &t, &e), 0);
	assert_int_equal(t.n, 4);
	assert_string_equal(t.v[0].spec, "UUID=1-2");
	assert_string_equal(t.v[0].dir, "/");
	assert_string_equal(t.v[0].type, "ext4");
	assert_string_equal(t.v[0].options, "errors=remount-ro");
	assert_int_equal(t.v[0].line, 3);
	assert_string_equal(t.v[1].options, "sw");
	assert_string_equal(t.v[2].spec, "LABEL=My Disk");
	assert_string_equal(t.v[2].dir, "/mnt/a\\b");
	assert_string_equal(t.v[3].dir, "/srv"); /* slashes at the end mean nothing */
	assert_int_equal(t.v[2].line, 5);
	assert_string_equal(t.v[3].options, "defaults");
}

static void test_options(void **state)
{
	const struct fstab_entry entry = {.options = "rw,noauto,x-a=b,nofail"};

	(void)state;
	assert_true(fstab_has_option(&entry, "rw"));
	assert_true(fstab_has_option(&entry, "noauto"));
	assert_true(fstab_has_option(&entry, "nofail"));
	assert_false(fstab_has_option(&entry, "auto"));
	assert_false(fstab_has_option(&entry, "fail"));
}

static void test_refused(void **state)
{
	static const char nul[] = "/dev/sda1 / ext4\n/dev/s\0a2 /b ext4\n";
	_cleanup_arena_ struct arena *a = arena_new(65536);
	_cleanup_arena_ struct arena *tiny = arena_new(16);
	struct err e = ERR_INIT;
	fstab t;

	(void)state;
	assert_int_equal(parse(a, nul, sizeof(nul) - 1, &t, &e), -ERR_CORRUPT);
	assert_int_equal(parse(tiny, "/dev/sda1 / ext4", 16, &t, &e), -ERR_LIMIT);
	assert_int_equal(parse(a, "", 0, &t, &e), 0);
	assert_int_equal(t.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
