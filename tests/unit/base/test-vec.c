/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "vec.h"

struct pair {
	unsigned key;
	const char *name;
};

static void test_grow(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	VEC(struct pair) list = {0};

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct pair *p = vec_add(a, &list);

		assert_non_null(p);
		assert_int_equal(p->key, 0);
		assert_null(p->name);
		p->key = i;
	}
	assert_int_equal(list.n, 1000);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(list.v[i].key, i);
}

static void test_full(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(4000);
	VEC(uint64_t) list = {0};
	uint64_t next = 0;

	(void)state;
	while (vec_push(a, &list, next)) {
		next++;
		assert_int_equal(list.n, next);
	}
	assert_in_range(list.n, 100, 500);
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(list.v[i], i);
}

static void test_strings(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(80);
	strs list = {0};

	(void)state;
	assert_false(strs_has(&list, "a"));
	assert_true(strs_add_once(a, &list, "a"));
	assert_true(strs_add_once(a, &list, "b"));
	assert_true(strs_add_once(a, &list, "a"));
	assert_int_equal(list.n, 2);
	assert_true(strs_has(&list, "b"));
	assert_false(strs_has(&list, "ab"));
	assert_true(strs_add_once(a, &list, "c"));
	assert_true(strs_add_once(a, &list, "d"));
	assert_false(strs_add_once(a, &list, "e"));
	assert_true(strs_add_once(a, &list, "d"));
	assert_int_equal(list.n, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
