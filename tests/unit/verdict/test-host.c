/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The description of a host: what is taken, what is refused, and how it is told again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct host parse(const char *text)
{
	struct err e = ERR_INIT;
	struct host h;

	if (host_parse(text, arena, &h, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	return h;
}

static void every_part_is_taken_in_any_order(void **state)
{
	struct host h = parse("rhel5.1/x86_64/intel");

	(void)state;
	assert_string_equal(h.id, "rhel");
	assert_string_equal(h.name, "RHEL 5.1");
	assert_string_equal(h.release, "5.1");
	assert_string_equal(h.arch, "x86_64");
	assert_string_equal(h.vendor, "intel");
	h = parse("amd/ia64/rhel5");
	assert_string_equal(h.release, "5");
	assert_string_equal(h.arch, "ia64");
	assert_string_equal(h.vendor, "amd");
}

static void parts_left_out_are_not_known(void **state)
{
	struct host h = parse("amd");

	(void)state;
	assert_null(h.id);
	assert_null(h.name);
	assert_null(h.release);
	assert_null(h.arch);
	assert_string_equal(h.vendor, "amd");
}

static void rebuilds_keep_the_numbers_and_have_their_own_name(void **state)
{
	struct host h = parse("centos5.4");

	(void)state;
	assert_string_equal(h.release, "5.4");
	assert_string_equal(h.name, "CentOS 5.4");
	assert_string_equal(parse("scientific6.1").name, "Scientific Linux 6.1");
}

static void an_architecture_has_one_word(void **state)
{
	(void)state;
	assert_string_equal(parse("amd64").arch, "x86_64");
	assert_string_equal(parse("i386").arch, "i686");
	assert_string_equal(parse("i586").arch, "i686");
	assert_null(host_arch(slice_str("aarch64")));
}

static void what_makes_no_sense_is_refused_with_an_example(void **state)
{
	static const char *const wrong[] = {
		"",
		"vax",
		"rhel",
		"5.1",
		"rhel5.x",
		"rhel5.1-x86_64",
		"fedora9",
		"rhel5.1//intel",
		"rhel5.1/rhel5.2",
		"i686/x86_64",
		"intel/amd",
		"RHEL5.1\x1b[2J",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct host h = {.arch = "untouched"};
		struct err e = ERR_INIT;

		assert_int_equal(host_parse(wrong[i], arena, &h, &e), -ERR_USAGE);
		assert_non_null(strstr(e.text, "rhel5.1/x86_64/intel"));
		assert_null(strchr(e.text, '\x1b'));
		assert_string_equal(h.arch, "untouched");
	}
}

static void a_host_is_told_as_it_is_written_and_what_is_unknown_is_named(void **state)
{
	static const struct {
		const char *given, *told;
	} pairs[] = {
		{"rhel5.1/x86_64/intel", "rhel5.1/x86_64/intel"},
		{"amd/i386/centos5.4", "centos5.4/i686/amd"},
		{"x86_64/intel", "unknown release/x86_64/intel"},
		{"rhel5.1", "rhel5.1/unknown architecture/unknown processor"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct host h = parse(pairs[i].given);

		assert_string_equal(host_text(&h, arena), pairs[i].told);
	}
}

static void only_systems_with_the_numbers_of_rhel_set_a_release(void **state)
{
	struct err e = ERR_INIT;
	struct host h = {0};

	(void)state;
	assert_int_equal(host_set_release(&h, "fedora", "38", arena, &e), 0);
	assert_int_equal(host_set_release(&h, "amzn", "2", arena, &e), 0);
	assert_int_equal(host_set_release(&h, "rhel", NULL, arena, &e), 0);
	assert_int_equal(host_set_release(&h, NULL, "5.1", arena, &e), 0);
	assert_int_equal(host_set_release(&h, "rhel", "5.1; x", arena, &e), 0);
	assert_null(h.release);
	assert_null(h.name);
	assert_int_equal(host_set_release(&h, "rocky", "9.4", arena, &e), 0);
	assert_string_equal(h.name, "Rocky Linux 9.4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_is_taken_in_any_order),
		cmocka_unit_test(parts_left_out_are_not_known),
		cmocka_unit_test(rebuilds_keep_the_numbers_and_have_their_own_name),
		cmocka_unit_test(an_architecture_has_one_word),
		cmocka_unit_test(what_makes_no_sense_is_refused_with_an_example),
		cmocka_unit_test(
			a_host_is_told_as_it_is_written_and_what_is_unknown_is_named),
		cmocka_unit_test(only_systems_with_the_numbers_of_rhel_set_a_release),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
