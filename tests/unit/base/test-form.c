/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base-test.h"

#include "escape.h"
#include "form.h"

static void check_fill(const char *form, const char *want)
{
	static const struct fill fills[] = {{"card", "eth0"},    {"odd", "a b\033"},
					    {"dash-ed", "x"},    {"open", NULL},
					    {"holes", "{card}"}, {NULL, NULL}};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(200);

	form_fill(&b, form, fills, escape_text);
	assert_string_equal(strbuf_text(&b), want);
}

static void test_fill(void **state)
{
	(void)state;
	check_fill("", "");
	check_fill("plain", "plain");
	check_fill("{card}", "eth0");
	check_fill("alias {card} x{dash-ed}.", "alias eth0 xx.");
	check_fill("{odd}", "a b\\x1b");
}

static void test_braces_that_are_no_holes(void **state)
{
	(void)state;
	check_fill("{", "{");
	check_fill("{card", "{card");
	check_fill("{}{card}", "{}eth0");
	check_fill("a {1} ${HOME} {{card}", "a {1} ${HOME} {eth0");
	check_fill("{unheard} {open}", "{unheard} {open}");
}

static void test_a_value_is_not_filled_again(void **state)
{
	(void)state;
	check_fill("{holes}", "{card}");
}

static void test_has(void **state)
{
	(void)state;
	assert_true(form_has("rpm -i {package}*", "package"));
	assert_false(form_has("rpm -i {package}*", "pack"));
	assert_false(form_has("rpm -i package", "package"));
	assert_false(form_has(NULL, "package"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_braces_that_are_no_holes),
		cmocka_unit_test(test_a_value_is_not_filled_again),
		cmocka_unit_test(test_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
