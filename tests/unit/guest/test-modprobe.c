/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "modprobe.h"

static void test_lines(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct source source = {.path = "/etc/modprobe.d/x.conf"};
	struct err e = ERR_INIT;
	modprobe_list list = {0};
	static const char text[] = "# blacklist a\n"
				   "\n"
				   "blacklist virtio_blk\n"
				   "  install\tvirtio-net  /bin/false --now \n"
				   "options e1000 \\\n"
				   "  debug=1 \\\n"
				   "  x=2\n"
				   "remove foo true\n"
				   "blacklist\n"
				   "alias eth0 e1000\r\n"
				   "softdep a pre: b\\";

	assert_int_equal(modprobe_parse(slice_str(text), a, source, &list, &e), 0);
	assert_int_equal(list.n, 5);
	assert_string_equal(list.v[0].kind, "blacklist");
	assert_string_equal(list.v[0].module, "virtio_blk");
	assert_null(list.v[0].argument);
	assert_int_equal(list.v[0].source.line, 3);
	assert_string_equal(list.v[0].source.path, "/etc/modprobe.d/x.conf");
	assert_string_equal(list.v[1].module, "virtio-net");
	assert_string_equal(list.v[1].argument, "/bin/false --now");
	assert_string_equal(list.v[2].argument, "debug=1   x=2");
	assert_int_equal(list.v[2].source.line, 5);
	assert_string_equal(list.v[3].argument, "e1000");
	assert_int_equal(list.v[3].source.line, 10);
	assert_string_equal(list.v[4].argument, "pre: b");
}

static void test_damage(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct source source = {0};
	struct err e = ERR_INIT;
	modprobe_list list = {0};

	assert_int_equal(modprobe_parse(slice_of("a\0b", 3), a, source, &list, &e),
			 -ERR_CORRUPT);
	assert_int_equal(list.n, 0);
	assert_int_equal(modprobe_parse(SLICE_NONE, a, source, &list, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
