/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "escape.h"

static void test_utf8_len(void **state)
{
	static const struct {
		struct slice s;
		size_t len;
	} cases[] = {
		{{(const uint8_t *)"a", 1}, 1},
		{{(const uint8_t *)"\0", 1}, 1},
		{{(const uint8_t *)"\x7f", 1}, 1},
		{{(const uint8_t *)"\x80", 1}, 0},
		{{(const uint8_t *)"\xc1\xbf", 2}, 0}, /* overlong */
		{{(const uint8_t *)"\xc2\x80", 2}, 2},
		{{(const uint8_t *)"\xc2", 1}, 0},
		{{(const uint8_t *)"\xc2\x41", 2}, 0},
		{{(const uint8_t *)"\xe0\x9f\xbf", 3}, 0}, /* overlong */
		{{(const uint8_t *)"\xe0\xa0\x80", 3}, 3},
		{{(const uint8_t *)"\xed\x9f\xbf", 3}, 3},
		{{(const uint8_t *)"\xed\xa0\x80", 3}, 0}, /* surrogate */
		{{(const uint8_t *)"\xef\xbf\xbd", 3}, 3},
		{{(const uint8_t *)"\xef\xbf", 2}, 0},
		{{(const uint8_t *)"\xf0\x8f\xbf\xbf", 4}, 0}, /* overlong */
		{{(const uint8_t *)"\xf0\x90\x80\x80", 4}, 4},
		{{(const uint8_t *)"\xf4\x8f\xbf\xbf", 4}, 4},
		{{(const uint8_t *)"\xf4\x90\x80\x80", 4}, 0}, /* past U+10FFFF */
		{{(const uint8_t *)"\xf5\x80\x80\x80", 4}, 0},
		{{(const uint8_t *)"\xff", 1}, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (utf8_len(cases[i].s, 0) != cases[i].len)
			fail_msg("case %zu: %zu", i, utf8_len(cases[i].s, 0));
	assert_int_equal(utf8_len(BYTES("a"), 1), 0);
	assert_int_equal(utf8_len(BYTES("a\xc3\xa9"), 1), 2);
}

static void check_escape(struct slice s, const char *want)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(1000);

	escape_text(&b, s);
	assert_true(strbuf_ok(&b));
	assert_string_equal(strbuf_text(&b), want);
}

static void test_escape(void **state)
{
	(void)state;
	check_escape(SLICE_NONE, "");
	check_escape(BYTES("plain caf\xc3\xa9 \xe2\x82\xac"),
		     "plain caf\xc3\xa9 \xe2\x82\xac");
	check_escape(BYTES("a\nb\tc\\d"), "a\\nb\\tc\\\\d");
	check_escape(BYTES("\033[31m\x7f\r\0"), "\\x1b[31m\\x7f\\x0d\\x00");
	check_escape(BYTES("\xff\xc3"), "\\xff\\xc3");
	check_escape(BYTES("\xc2\x9b"
			   "31m"),
		     "\\xc2\\x9b31m");
	check_escape(BYTES("\xc2\xa0"), "\xc2\xa0");
}

/* Unicode's Bidi_Control, line and paragraph separators, and the byte order mark. */
static void test_harmful(void **state)
{
	static const char *const harmful[] = {
		"\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
		"\xe2\x81\xa9", "\xef\xbb\xbf",
	};
	static const char *const harmless[] = {"\xd8\x9b",     "\xe2\x80\x90",
					       "\xe2\x80\xa7", "\xe2\x80\xaf",
					       "\xe2\x81\xa5", "\xef\xbb\xbe"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(harmful); i++)
		if (escape_short(slice_str(harmful[i])).text[0] != '\\')
			fail_msg("harmful %zu is not escaped", i);
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		check_escape(slice_str(harmless[i]), harmless[i]);
}

static void test_short(void **state)
{
	char bytes[100];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	assert_string_equal(escape_short(slice_str("a\nb")).text, "a\\nb");
	assert_int_equal(strlen(escape_short(slice_of(bytes, 80)).text), 320);
	assert_int_equal(strlen(escape_short(slice_of(bytes, 81)).text), 323);
	assert_string_equal(escape_short(slice_of(bytes, 81)).text + 316, "\\xff...");
}

static void test_dup(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(100);

	(void)state;
	assert_string_equal(escape_dup(a, BYTES("a\0b")), "a\\x00b");
	assert_string_equal(escape_dup(a, SLICE_NONE), "");
	assert_null(
		escape_dup(a, BYTES("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1")));
}

static void check_json(const char *s, const char *want)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(1000);

	json_quote(&b, s);
	assert_true(strbuf_ok(&b));
	assert_string_equal(strbuf_text(&b), want);
}

static void test_json(void **state)
{
	(void)state;
	check_json("", "\"\"");
	check_json("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	check_json("\n\x1f", "\"\\u000a\\u001f\"");
	check_json("caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"");
	check_json("x\xff\xc3", "\"x\\\\xff\\\\xc3\"");
}

/* A JSON document that is shown on a terminal must not drive it; the value stays. */
static void test_json_harmful(void **state)
{
	(void)state;
	check_json("\x7f", "\"\\u007f\"");
	check_json("\xc2\x9b", "\"\\u009b\"");
	check_json("\xd8\x9c", "\"\\u061c\"");
	check_json("\xe2\x80\xae", "\"\\u202e\"");
}

static void test_again(void **state)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(100);

	(void)state;
	escape_again(&b, slice_str("a\\x1b b\x1b[2J\\"));
	assert_string_equal(strbuf_text(&b), "a\\x1b b\\x1b[2J\\");
}

static void check_shell(struct slice s, const char *want)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(200);

	shell_quote(&b, s);
	assert_string_equal(strbuf_text(&b), want);
}

static void test_shell(void **state)
{
	(void)state;
	check_shell(BYTES("/lib/modules/2.6.18-53.el5PAE"),
		    "/lib/modules/2.6.18-53.el5PAE");
	check_shell(SLICE_NONE, "''");
	check_shell(BYTES("a b"), "'a b'");
	check_shell(BYTES("$(reboot)"), "'$(reboot)'");
	check_shell(BYTES("it's\\"), "'it'\\''s\\'");
	check_shell(BYTES("caf\xc3\xa9"), "'caf\xc3\xa9'");
	check_shell(BYTES("*?{a,b}~"), "'*?{a,b}~'");
}

/* Nothing that is printed drives a terminal or ends the word early. */
static void test_shell_harmful(void **state)
{
	(void)state;
	check_shell(BYTES("a\nb"), "\"$(printf 'a\\012b')\"");
	check_shell(BYTES("\x1b[2J'\\x"), "\"$(printf '\\033\\1332J\\047\\134x')\"");
	check_shell(BYTES("\xff"), "\"$(printf '\\377')\"");
	check_shell(BYTES("\xe2\x80\xae"), "\"$(printf '\\342\\200\\256')\"");
	check_shell(BYTES("-%s\x1b"), "\"$(printf '\\055\\045s\\033')\"");
}

/* $() drops newlines at the end. */
static void test_shell_last_newline(void **state)
{
	(void)state;
	check_shell(BYTES("a\n\n"), "\"$(printf 'a')\n\n\"");
	check_shell(BYTES("\n"), "\"\n\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_utf8_len),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_harmful),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_dup),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_harmful),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_shell_harmful),
		cmocka_unit_test(test_shell_last_newline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
