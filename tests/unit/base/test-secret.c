/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a key: this process, and those that are forked only when that was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secret.h"

/* What a process that is forked now finds. */
static int seen_by_child(const struct secret *s)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(s->p[0]);
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_other_processes_have_no_key(void **state)
{
	struct err e = ERR_INIT;
	struct secret s = {0};

	(void)state;
	assert_int_equal(secret_new(5000, &s, &e), 0);
	s.p[0] = 'k';
	assert_int_equal(seen_by_child(&s), 0);
	secret_pass_on(&s, true);
	assert_int_equal(seen_by_child(&s), 'k');
	secret_pass_on(&s, false);
	assert_int_equal(seen_by_child(&s), 0);
	assert_int_equal(s.p[0], 'k');
	secret_wipe(&s);
	assert_null(s.p);
	secret_pass_on(&s, true);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_processes_have_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
