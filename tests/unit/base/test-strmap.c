/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include <stdio.h>

#include "strmap.h"

static void test_set_get(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct strmap *m = strmap_new(a);
	int one, two;

	(void)state;
	assert_null(strmap_get(m, slice_str("a")));
	assert_true(strmap_set(m, slice_str("a"), &one));
	assert_true(strmap_set(m, BYTES("a\0"), &two));
	assert_ptr_equal(strmap_get(m, slice_str("a")), &one);
	assert_ptr_equal(strmap_get(m, BYTES("a\0")), &two);
	assert_int_equal(strmap_count(m), 2);
	assert_true(strmap_set(m, slice_str("a"), &two));
	assert_ptr_equal(strmap_get(m, slice_str("a")), &two);
	assert_int_equal(strmap_count(m), 2);
}

static void test_empty_key(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct strmap *m = strmap_new(a);
	int one;

	(void)state;
	assert_null(strmap_get(m, SLICE_NONE));
	assert_true(strmap_set(m, SLICE_NONE, &one));
	assert_ptr_equal(strmap_get(m, slice_str("")), &one);
	assert_ptr_equal(strmap_get(m, SLICE_NONE), &one);
	assert_int_equal(strmap_count(m), 1);
}

static void test_many(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(8 << 20);
	struct strmap *m = strmap_new(a);
	static char values[20000];

	(void)state;
	for (int i = 0; i < 20000; i++)
		assert_true(strmap_set(m, slice_str(arena_printf(a, "module-%d", i)),
				       &values[i]));
	assert_int_equal(strmap_count(m), 20000);
	for (int i = 0; i < 20000; i++)
		assert_ptr_equal(
			strmap_get(m, slice_str(arena_printf(a, "module-%d", i))),
			&values[i]);
	assert_null(strmap_get(m, slice_str("module-20000")));
}

/* A full arena is said, and what is in the map stays there. */
static void test_full(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(9000);
	struct strmap *m = strmap_new(a);
	static char keys[1000][4];
	size_t n = 0;

	(void)state;
	assert_non_null(m);
	while (n < 1000) {
		snprintf(keys[n], sizeof(keys[n]), "%zu", n);
		if (!strmap_set(m, slice_str(keys[n]), keys[n]))
			break;
		n++;
	}
	assert_in_range(n, 10, 900);
	assert_int_equal(strmap_count(m), n);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(strmap_get(m, slice_str(keys[i])), keys[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_get),
		cmocka_unit_test(test_empty_key),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
