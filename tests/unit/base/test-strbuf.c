/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "strbuf.h"

static void test_append(void **state)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(10000);

	(void)state;
	assert_string_equal(strbuf_text(&b), "");
	strbuf_str(&b, "one");
	strbuf_char(&b, ' ');
	strbuf_add(&b, "twotwo", 3);
	strbuf_printf(&b, " %d", 3);
	assert_true(strbuf_ok(&b));
	assert_string_equal(strbuf_text(&b), "one two 3");
	for (int i = 0; i < 900; i++)
		strbuf_printf(&b, "%10d", i);
	assert_true(strbuf_ok(&b));
	assert_int_equal(b.n, 9 + 9000);
	assert_int_equal(strlen(b.s), b.n);
}

/* The maximum can be filled to the last byte; one more and all further text is lost. */
static void test_maximum(void **state)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(8);

	(void)state;
	strbuf_str(&b, "1234");
	strbuf_printf(&b, "%s", "5678");
	assert_true(strbuf_ok(&b));
	strbuf_char(&b, '9');
	assert_false(strbuf_ok(&b));
	assert_string_equal(strbuf_text(&b), "12345678");
	strbuf_done(&b);
	assert_true(strbuf_ok(&b));
	assert_int_equal(b.max, 8);
	strbuf_str(&b, "123");
	strbuf_printf(&b, "%s", "456789");
	strbuf_str(&b, "4");
	assert_false(strbuf_ok(&b));
	assert_string_equal(strbuf_text(&b), "123");
}

static void test_empty(void **state)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(0);

	(void)state;
	strbuf_add(&b, NULL, 0);
	strbuf_printf(&b, "%s", "");
	assert_true(strbuf_ok(&b));
	assert_string_equal(strbuf_text(&b), "");
	strbuf_char(&b, 'x');
	assert_false(strbuf_ok(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
