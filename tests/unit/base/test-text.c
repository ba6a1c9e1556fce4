/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "text.h"

static void test_lines(void **state)
{
	struct text t = text_of(BYTES("one\r\n\ntwo\rx\n \r\r\nlast\r"));
	struct slice line;

	(void)state;
	assert_true(text_line(&t, &line));
	assert_slice(line, "one");
	assert_true(text_line(&t, &line));
	assert_slice(line, "");
	assert_int_equal(t.line, 2);
	assert_true(text_line(&t, &line));
	assert_slice(line, "two\rx");
	assert_true(text_line(&t, &line));
	assert_slice(line, " \r");
	assert_true(text_line(&t, &line));
	assert_slice(line, "last");
	assert_int_equal(t.line, 5);
	assert_false(text_line(&t, &line));
	assert_slice(line, "last");
	t = text_of(SLICE_NONE);
	assert_false(text_line(&t, &line));
}

static void test_words_of_a_line(void **state)
{
	static const char line[] = "nopvspin  root=a \"init=/bin/sh\" 'nopv' root=b";
	struct slice rest;

	(void)state;
	assert_true(text_has_word(line, "nopv", NULL));
	assert_true(text_has_word(line, "'nopv'", NULL));
	assert_false(text_has_word(line, "nopvspi", NULL));
	assert_false(text_has_word(NULL, "nopv", NULL));
	assert_true(text_has_word(line, "nopv", &rest));
	assert_slice(rest, "'nopv'");
	assert_false(text_has_word("dyndbg=\"file a.c nopv +p\"", "nopv", NULL));
	assert_true(text_has_word("a=\"b", "a=\"b", NULL));
	assert_true(text_word_after(line, "init=", &rest));
	assert_slice(rest, "/bin/sh");
	assert_true(text_word_after(line, "root=", &rest));
	assert_slice(rest, "a");
	assert_false(text_word_after(line, "rootfs", &rest));
	assert_false(text_word_after(NULL, "", &rest));
}

static void test_parameters(void **state)
{
	struct slice line = slice_str("ro a=\"b c\" \"d=e f\" g= 'h'=i \"open j=k");
	static const char *const want[][2] = {{"ro", ""},   {"a", "b c"},
					      {"d", "e f"}, {"g", ""},
					      {"'h'", "i"}, {"\"open j", "k"}};
	struct text_parameter p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(text_parameter(&line, &p));
		assert_true(slice_eq(p.key, want[i][0]));
		assert_true(slice_eq(p.value, want[i][1]));
	}
	assert_slice(p.word, "\"open j=k");
	assert_false(text_parameter(&line, &p));
}

static void test_words(void **state)
{
	struct slice s = BYTES(" \tone  two\0x\tthree \n"), word;

	(void)state;
	assert_true(text_word(&s, &word));
	assert_slice(word, "one");
	assert_true(text_word(&s, &word));
	assert_slice(word, "two\0x");
	assert_true(text_word(&s, &word));
	assert_slice(word, "three");
	assert_false(text_word(&s, &word));
	assert_slice(text_trim(slice_str(" \r\n\t")), "");
	assert_slice(text_trim(slice_str("  a b ")), "a b");
	assert_slice(text_last_line(slice_str("first\n second \r\n\n \n")), "second");
	assert_slice(text_last_line(slice_str("only")), "only");
	assert_slice(text_last_line(slice_str("\n")), "");
	s = SLICE_NONE;
	assert_false(text_word(&s, &word));
}

static void test_split(void **state)
{
	struct slice left = SLICE_NONE, right = SLICE_NONE;

	(void)state;
	assert_true(text_split(slice_str("key=a=b"), '=', &left, &right));
	assert_slice(left, "key");
	assert_slice(right, "a=b");
	assert_true(text_split(slice_str("="), '=', &left, &right));
	assert_int_equal(left.n + right.n, 0);
	assert_false(text_split(slice_str("key"), '=', &left, &right));
	assert_false(text_split(SLICE_NONE, '=', &left, &right));
	assert_true(text_split(BYTES("a\xff"
				     "b"),
			       (char)0xff, &left, &right));
	assert_slice(right, "b");
}

static void test_decimal(void **state)
{
	static const char *const bad[] = {"",
					  "-1",
					  "+1",
					  " 1",
					  "1 ",
					  "0x",
					  "1a",
					  "a",
					  "1_0",
					  "18446744073709551616",
					  "99999999999999999999"};
	uint64_t v = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(text_u64(slice_str(bad[i]), UINT64_MAX, &v));
	assert_false(text_u64(BYTES("1\0"), UINT64_MAX, &v));
	assert_false(text_u64(slice_str("256"), 255, &v));
	assert_int_equal(v, 7);
	assert_true(text_u64(slice_str("255"), 255, &v));
	assert_int_equal(v, 255);
	assert_true(text_u64(slice_str("18446744073709551615"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(text_u64(slice_str("007"), 9, &v));
	assert_int_equal(v, 7);
}

static void test_hex(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_true(text_hex(slice_str("1aF4"), UINT64_MAX, &v));
	assert_int_equal(v, 0x1af4);
	assert_true(text_hex(slice_str("ffffffffffffffff"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_false(text_hex(slice_str("10000000000000000"), UINT64_MAX, &v));
	assert_false(text_hex(slice_str("0x1"), UINT64_MAX, &v));
	assert_false(text_hex(slice_str("g"), UINT64_MAX, &v));
	assert_false(text_hex(slice_str("100"), 0xff, &v));
}

static void test_quotes(void **state)
{
	(void)state;
	assert_slice(text_unquote(slice_str("\"a b\"")), "a b");
	assert_slice(text_unquote(slice_str("'a'")), "a");
	assert_slice(text_unquote(slice_str("''")), "");
	assert_slice(text_unquote(slice_str("'a\"")), "'a\"");
	assert_slice(text_unquote(slice_str("'")), "'");
	assert_slice(text_unquote(slice_str("\"'a'\"")), "'a'");
	assert_slice(text_unquote(slice_str("a")), "a");
	assert_int_equal(text_unquote(SLICE_NONE).n, 0);
}

static void test_classes(void **state)
{
	(void)state;
	for (int c = -1; c < 256; c++) {
		bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
		bool digit = c >= '0' && c <= '9';
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		assert_int_equal(text_is_blank(c), blank);
		assert_int_equal(text_is_digit(c), digit);
		assert_int_equal(text_is_alnum(c), digit || letter);
	}
}

static void test_places(void **state)
{
	struct slice s = slice_str("ab  c\n\n d=\"e\"\n");
	struct text_lines t = {.s = s};

	(void)state;
	assert_slice(text_word_at(s, 0), "ab");
	assert_slice(text_word_at(s, 1), "ab");
	assert_slice(text_word_at(s, 4), "c");
	assert_slice(text_word_at(s, 11), "d=\"e\"");
	assert_int_equal(text_word_at(s, 99).n, 0);
	assert_int_equal(text_line_at(&t, 0), 1);
	assert_int_equal(text_line_at(&t, 5), 1); /* the newline ends its line */
	assert_int_equal(text_line_at(&t, 6), 2);
	assert_int_equal(text_line_at(&t, 11), 3);
	assert_int_equal(text_line_at(&t, 0), 1);
	assert_int_equal(text_line_at(&t, 99), 4);
}

static void test_same(void **state)
{
	(void)state;
	assert_true(text_same("a", "a"));
	assert_false(text_same("a", "A"));
	assert_false(text_same(NULL, "a"));
	assert_false(text_same(NULL, NULL)); /* what is not there is equal to nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_of_a_line),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
