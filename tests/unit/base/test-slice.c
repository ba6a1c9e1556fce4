/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

static void test_sub(void **state)
{
	struct slice s = BYTES("abcdef"), got = BYTES("same");

	(void)state;
	assert_true(slice_sub(s, 2, 3, &got));
	assert_int_equal(slice_offset(s, got), 2);
	assert_slice(got, "cde");
	assert_true(slice_sub(s, 6, 0, &got));
	assert_int_equal(got.n, 0);
	got = BYTES("same");
	assert_false(slice_sub(s, 7, 0, &got));
	assert_false(slice_sub(s, 0, 7, &got));
	assert_false(slice_sub(s, UINT64_MAX, 2, &got));
	assert_false(slice_sub(s, 2, UINT64_MAX, &got));
	assert_slice(got, "same");
}

/* No bytes at all are a slice like any other (and no arithmetic on NULL). */
static void test_none(void **state)
{
	struct slice got = BYTES("x");
	struct reader r = reader_of(SLICE_NONE);

	(void)state;
	assert_true(slice_sub(SLICE_NONE, 0, 0, &got));
	assert_int_equal(got.n, 0);
	assert_false(slice_sub(SLICE_NONE, 0, 1, &got));
	assert_true(slice_has(SLICE_NONE, 0, "", 0));
	assert_true(slice_eq(SLICE_NONE, ""));
	assert_int_equal(slice_find(SLICE_NONE, 0, 'x'), 0);
	assert_int_equal(slice_search(SLICE_NONE, "x", 1), 0);
	assert_int_equal(slice_at(SLICE_NONE, 0), -1);
	assert_int_equal(rd_bytes(&r, 0).n, 0);
	rd_skip(&r, 0);
	rd_seek(&r, 0);
	assert_true(rd_ok(&r));
	rd_skip(&r, 1);
	assert_false(rd_ok(&r));
}

static void test_compare(void **state)
{
	struct slice s = BYTES("kernel\0img");

	(void)state;
	assert_true(slice_has(s, 6, "\0im", 3));
	assert_false(slice_has(s, 8, "mgx", 3));
	assert_false(slice_has(s, UINT64_MAX, "m", 1));
	assert_false(slice_eq(s, "kernel"));
	assert_true(slice_eq(slice_str("kernel"), "kernel"));
	assert_true(slice_starts(s, "kern"));
	assert_true(slice_starts(s, ""));
	assert_false(slice_starts(slice_str("ke"), "kern"));
	assert_true(slice_ends(s, "img"));
	assert_true(slice_same(slice_of("a\0b", 3), slice_of("a\0bc", 3)));
	assert_true(slice_same(SLICE_NONE, slice_str("")));
	assert_false(slice_same(slice_of("a\0b", 3), slice_of("a\0c", 3)));
	assert_false(slice_same(slice_str("grub"), slice_str("grub2")));
	assert_false(slice_same(slice_str("grub2"), slice_str("grub")));
	assert_false(slice_same(slice_str("grub"), slice_str("gRUB")));
	assert_true(slice_same_folded(slice_str("Grub@[\xc4"), slice_str("gRUB@[\xc4")));
	assert_false(slice_same_folded(slice_str("@["), slice_str("`{")));
	assert_false(slice_same_folded(slice_str("grub"), slice_str("grub2")));
	assert_false(slice_ends(slice_str("g"), "img"));
}

static void test_is_zero(void **state)
{
	static const char bytes[8] = {0, 0, 0, 0, 0, 1};

	(void)state;
	assert_true(slice_is_zero(SLICE_NONE));
	assert_true(slice_is_zero(slice_of(bytes, 1)));
	assert_true(slice_is_zero(slice_of(bytes, 5)));
	assert_false(slice_is_zero(slice_of(bytes, 6)));
	assert_false(slice_is_zero(slice_of(bytes + 5, 2)));
	assert_true(slice_is_zero(slice_of(bytes + 6, 2)));
}

static void test_find(void **state)
{
	struct slice s = BYTES("a,b,\xff");

	(void)state;
	assert_int_equal(slice_find(s, 0, ','), 1);
	assert_int_equal(slice_find(s, 2, ','), 3);
	assert_int_equal(slice_find(s, 4, ','), 5);
	assert_int_equal(slice_find(s, SIZE_MAX, ','), 5);
	assert_int_equal(slice_find(s, 0, 0xff), 4);
	assert_int_equal(slice_search(s, "b,", 2), 2);
	assert_int_equal(slice_search(s, "bb", 2), 5);
	assert_int_equal(slice_at(s, 4), 0xff);
	assert_int_equal(slice_at(s, 5), -1);
}

static void test_numbers(void **state)
{
	struct slice s =
		BYTES("\x01\x02\x03\x04\x05\x06\x07\x08\xff"
		      "\x01\x02\x03\x04\x05\x06\x07\xf8\xff\xfe\xff\xff\xff\xfd");
	struct reader r = reader_of(s);

	(void)state;
	assert_true(rd_u64le(&r) == 0x0807060504030201);
	assert_int_equal(rd_u8(&r), 0xff);
	assert_true(rd_u64be(&r) == 0x01020304050607f8);
	assert_int_equal(rd_u16le(&r), 0xfeff);
	assert_int_equal(rd_u32be(&r), 0xfffffffd);
	assert_int_equal(rd_left(&r), 0);
	assert_true(rd_ok(&r));
	rd_seek(&r, 1);
	assert_int_equal(rd_u16be(&r), 0x0203);
	assert_int_equal(rd_u32le(&r), 0x07060504);
	assert_true(rd_ok(&r));
}

/* After the first overrun nothing more comes out, whatever is asked. */
static void test_sticky(void **state)
{
	struct reader r = reader_of(BYTES("abc"));
	char copy[2] = "x";

	(void)state;
	assert_int_equal(rd_u32le(&r), 0);
	assert_false(rd_ok(&r));
	assert_int_equal(rd_u8(&r), 0);
	assert_int_equal(rd_left(&r), 0);
	rd_seek(&r, 0);
	assert_int_equal(rd_u8(&r), 0);
	rd_copy(&r, copy, 2);
	assert_memory_equal(copy, "\0", 2);
	assert_int_equal(rd_bytes(&r, 0).n, 0);
	assert_false(rd_ok(&r));
}

static void test_bytes(void **state)
{
	struct reader r = reader_of(BYTES("abcdef"));
	char copy[2];

	(void)state;
	rd_skip(&r, 1);
	assert_slice(rd_bytes(&r, 2), "bc");
	rd_copy(&r, copy, 2);
	assert_memory_equal(copy, "de", 2);
	assert_int_equal(rd_left(&r), 1);
	rd_seek(&r, 6);
	assert_true(rd_ok(&r));
	rd_seek(&r, 7);
	assert_false(rd_ok(&r));
	r = reader_of(BYTES("abc"));
	rd_skip(&r, 2);
	rd_skip(&r, UINT64_MAX);
	assert_false(rd_ok(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sub),     cmocka_unit_test(test_none),
		cmocka_unit_test(test_compare), cmocka_unit_test(test_find),
		cmocka_unit_test(test_is_zero), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_sticky),  cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
