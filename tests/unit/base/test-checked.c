/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "checked.h"

static void test_sums(void **state)
{
	uint64_t v = 0;

	(void)state;
	assert_true(checked_add(UINT64_MAX - 1, 1, &v));
	assert_true(v == UINT64_MAX);
	assert_false(checked_add(UINT64_MAX, 1, &v));
	assert_true(checked_mul((uint64_t)1 << 32, ((uint64_t)1 << 32) - 1, &v));
	assert_true(v == ((uint64_t)1 << 32) * (((uint64_t)1 << 32) - 1));
	assert_false(checked_mul((uint64_t)1 << 32, (uint64_t)1 << 32, &v));
	assert_true(checked_mul(UINT64_MAX, 0, &v));
	assert_int_equal(v, 0);
}

static void test_ranges(void **state)
{
	(void)state;
	assert_true(range_fits(0, 0, 0));
	assert_true(range_fits(10, 0, 10));
	assert_true(range_fits(3, 7, 10));
	assert_false(range_fits(3, 8, 10));
	assert_false(range_fits(11, 0, 10));
	assert_false(range_fits(1, UINT64_MAX, 10));
	assert_false(range_fits(UINT64_MAX, 1, 10));
	assert_true(range_fits(0, UINT64_MAX, UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
