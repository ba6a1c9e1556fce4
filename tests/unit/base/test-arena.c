/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "arena.h"

static void test_alloc(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t n = 0; n < 3000; n++) {
		uint8_t *p = arena_alloc(a, n % 100);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n % 100; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n % 100);
	}
	assert_ptr_not_equal(arena_alloc(a, 0), arena_alloc(a, 0));
}

static void test_cap(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(100000);
	struct err e = ERR_INIT;
	size_t total = 0;

	(void)state;
	assert_null(arena_alloc(a, 100001));
	assert_non_null(arena_alloc(a, 60000));
	assert_null(arena_alloc(a, 60000));
	while (arena_alloc(a, 160))
		total += 160;
	assert_in_range(total, 30000, 40000);
	assert_int_equal(arena_full(a, &e), -ERR_LIMIT);
	assert_non_null(strstr(e.text, "97 KiB"));
}

/* Sizes that do not fit into a number are not rounded to small ones. */
static void test_huge(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(SIZE_MAX);

	(void)state;
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 20));
	assert_null(arena_calloc(a, SIZE_MAX / 2, 3));
	assert_null(arena_calloc(a, (size_t)1 << 33, (size_t)1 << 31));
	assert_non_null(arena_calloc(a, 3, 7));
}

static void test_copies(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(100000);

	(void)state;
	assert_string_equal(arena_strdup(a, "word"), "word");
	assert_string_equal(arena_strndup(a, slice_of("words", 4)), "word");
	assert_string_equal(arena_strndup(a, SLICE_NONE), "");
	assert_memory_equal(arena_memdup(a, "a\0b", 3), "a\0b", 3);
	assert_non_null(arena_memdup(a, NULL, 0));
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	assert_null(arena_printf(a, "%200000d", 1));
}

static void test_rewind(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(100000);
	struct arena_mark start = arena_mark(a), middle;
	char *kept;

	(void)state;
	kept = arena_strdup(a, "kept");
	middle = arena_mark(a);
	for (int round = 0; round < 50; round++) {
		char *p = arena_alloc(a, 50000);

		assert_non_null(p);
		assert_int_equal(p[0] | p[49999], 0);
		memset(p, 1, 50000);
		assert_non_null(arena_strdup(a, "temporary"));
		arena_rewind(a, middle);
	}
	assert_string_equal(kept, "kept");
	assert_string_equal(arena_alloc(a, 10), "");
	arena_rewind(a, start);
	assert_non_null(arena_alloc(a, 100000 - 16));
	assert_null(arena_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),  cmocka_unit_test(test_cap),
		cmocka_unit_test(test_huge),   cmocka_unit_test(test_copies),
		cmocka_unit_test(test_rewind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
