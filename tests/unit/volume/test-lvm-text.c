/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The language of LVM2's metadata: what it can say, and what ends in an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "lvm_parts.h"

static struct arena *arena;

static int parse(const char *text, struct lvm_node **ret, struct err *e)
{
	arena_free(arena);
	arena = arena_new(1 << 16);
	return lvm_text_parse(slice_str(text), arena, ret, e);
}

static void whole(void **state)
{
	struct err e = ERR_INIT;
	struct lvm_node *top = NULL;
	const struct lvm_node *a;
	uint64_t n = 0;

	(void)state;
	assert_int_equal(parse("# comment\nvg-1.x_+ { n = 42\t# more\n s=\"a \\\"b\\\\ "
			       "#c\"\n list = [ \"x\", 7,\"y\" ]\nempty = []\n neg = -1\n"
			       "a{b{}}} version = 1 # end",
			       &top, &e),
			 0);
	a = lvm_section(top, "vg-1.x_+");
	assert_non_null(a);
	assert_true(lvm_number(a, "n", 42, &n));
	assert_int_equal(n, 42);
	assert_false(lvm_number(a, "n", 41, &n));
	assert_false(lvm_number(a, "s", UINT64_MAX, &n));
	assert_false(lvm_number(a, "neg", UINT64_MAX, &n));
	assert_string_equal(lvm_string(a, "s"), "a \"b\\ #c");
	assert_null(lvm_string(a, "n"));
	assert_null(lvm_string(a, "empty"));
	assert_true(lvm_has(a, "list", "y"));
	assert_false(lvm_has(a, "list", "z"));
	assert_int_equal(lvm_assignment(a, "list")->values->next->number, 7);
	assert_non_null(lvm_section(lvm_section(a, "a"), "b"));
	assert_null(lvm_section(a, "n"));
	assert_true(lvm_number(top, "version", 1, &n));
	arena = arena_free(arena);
}

static void broken(void **state)
{
	static const char *const texts[] = {
		"a",         "a =",       "a = x",      "a = \"x",   "a = \"x\\",
		"a = [1 2]", "a = [1,",   "a = [[1]]",  "a {",       "a { b = 1",
		"}",         "a { } }",   "= 1",        "a = 1 = 2", "{ }",
		"a { b } c", "\"a\" = 1", "a = [\"x\"", "a: 1",      "a = \"\\",
		"a { b = ]", "\x80 = 1",  "a = [,]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err e = ERR_INIT;
		struct lvm_node *top = NULL;

		if (parse(texts[i], &top, &e) != -ERR_CORRUPT)
			fail_msg("%s", texts[i]);
	}
	arena = arena_free(arena);
}

static void capped(void **state)
{
	char deep[200], many[60000];
	struct err e = ERR_INIT;
	struct lvm_node *top = NULL;

	(void)state;
	memset(deep, 0, sizeof(deep));
	for (size_t i = 0; i < 180; i += 2)
		memcpy(deep + i, "a{", 2);
	assert_int_equal(parse(deep, &top, &e), -ERR_LIMIT);
	memset(many, 0, sizeof(many));
	memcpy(many, "a=[", 3);
	for (size_t i = 3; i < sizeof(many) - 2; i += 2)
		memcpy(many + i, "1,", 2);
	err_clear(&e);
	assert_true(parse(many, &top, &e) < 0);
	assert_int_equal(e.code, ERR_LIMIT);
	err_clear(&e);
	arena_free(arena);
	arena = arena_new(1 << 16);
	assert_int_equal(lvm_text_parse(slice_of("a = \"\0\"", 7), arena, &top, &e),
			 -ERR_CORRUPT);
	arena = arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(whole),
					   cmocka_unit_test(broken),
					   cmocka_unit_test(capped)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
