/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "err.h"

static void test_set(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_CORRUPT, "depth %d", 9), -ERR_CORRUPT);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_string_equal(e.text, "depth 9");
	assert_int_equal(err_set(&e, ERR_IO, "again"), -ERR_IO);
	assert_string_equal(e.text, "again");
	err_clear(&e);
	assert_int_equal(e.code, ERR_NONE);
	assert_string_equal(e.text, "");
}

static void test_wrap(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	(void)err_set(&e, ERR_ABSENT, "no such file");
	assert_int_equal(err_wrap(&e, "inode %u", 12u), -ERR_ABSENT);
	assert_int_equal(err_wrap(&e, "disk"), -ERR_ABSENT);
	assert_string_equal(e.text, "disk: inode 12: no such file");
}

/* The outermost words stay; the innermost are cut. */
static void test_wrap_too_long(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	(void)err_set(&e, ERR_LIMIT, "%2000s", "x");
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(err_wrap(&e, "%400d", i), -ERR_LIMIT);
		assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	}
	(void)err_wrap(&e, "outside");
	assert_memory_equal(e.text, "outside:  ", 10);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(err_code_name(ERR_NONE), "none");
	for (int a = 0; a < ERR_CODE_COUNT; a++) {
		assert_non_null(err_code_name((enum err_code)a));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(err_code_name((enum err_code)a),
						err_code_name((enum err_code)b));
	}
	assert_string_equal(err_code_name(ERR_CODE_COUNT), "bug");
	assert_string_equal(err_code_name((enum err_code)77), "bug");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_wrap_too_long),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
