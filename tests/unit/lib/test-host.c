/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host in the public interface: set, told, replaced, and used for kernels by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "paravet/paravet.h"

static int set_up(void **state)
{
	*state = paravet_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	paravet_free(*state);
	return 0;
}

static void no_host_is_told_until_one_is_set(void **state)
{
	assert_null(paravet_host(*state));
	assert_int_equal(paravet_set_host(*state, "amd64/rhel5.1"), 0);
	assert_string_equal(paravet_host(*state), "rhel5.1/x86_64/unknown processor");
	assert_int_equal(paravet_set_host(*state, NULL), 0);
	assert_null(paravet_host(*state));
}

static void a_mistake_is_usage_and_leaves_no_host(void **state)
{
	assert_int_equal(paravet_set_host(*state, "rhel5.1"), 0);
	assert_int_equal(paravet_set_host(*state, "vax"), PARAVET_USAGE);
	assert_non_null(strstr(paravet_error(*state), "'vax'"));
	assert_null(paravet_host(*state));
}

static void this_machine_has_at_least_an_architecture(void **state)
{
	struct utsname machine;
	const char *arch;

	assert_int_equal(uname(&machine), 0);
	arch = machine.machine;
	if (arch[0] == 'i' && strcmp(arch + 2, "86") == 0)
		arch = "i686";
	assert_int_equal(paravet_set_host(*state, "auto"), 0);
	assert_non_null(strstr(paravet_host(*state), arch));
	assert_null(strstr(paravet_host(*state), "unknown architecture"));
}

static void kernels_are_held_against_the_host_that_is_set(void **state)
{
	const char *kernel = "kernel-smp-2.4.21-50.EL.athlon";

	assert_int_equal(paravet_set_host(*state, "centos5.0/i686/amd"), 0);
	assert_int_equal(paravet_add_kernel(*state, kernel), 0);
	assert_non_null(strstr(paravet_kernels(*state, PARAVET_JSON, 0),
			       "\"host_problem\":\"the host is CentOS 5.0\""));
}

static void without_a_host_no_kernel_has_a_problem_with_it(void **state)
{
	const char *kernel = "kernel-smp-2.4.21-50.EL.athlon";

	assert_int_equal(paravet_add_kernel(*state, kernel), 0);
	assert_non_null(strstr(paravet_kernels(*state, PARAVET_JSON, 0),
			       "\"host_problem\":null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_host_is_told_until_one_is_set, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_mistake_is_usage_and_leaves_no_host,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(this_machine_has_at_least_an_architecture,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			kernels_are_held_against_the_host_that_is_set, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			without_a_host_no_kernel_has_a_problem_with_it, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
