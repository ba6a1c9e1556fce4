/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which layers are reported, and what happens when the kernel lacks one. */
#include "box-test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int list_layers(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	const strs *layers = sandbox_layers(box);

	(void)ctx;
	(void)e;
	for (size_t i = 0; i < layers->n; i++)
		strbuf_printf(out, "%s ", layers->v[i]);
	return 0;
}

static void test_names(void **state)
{
	static const char *const always[] = {"capabilities ", "untraceable ", "rlimits ",
					     "no_new_privs "};
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(sandbox_run(&o, list_layers, NULL, &out, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		assert_non_null(strstr(strbuf_text(&out), always[i]));
	assert_int_equal(strstr(strbuf_text(&out), "memory ") != NULL, !SANITIZED);
	print_message("layers here: %s\n", strbuf_text(&out));
}

static void test_off(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	o.mode = SANDBOX_OFF;
	assert_int_equal(sandbox_run(&o, list_layers, NULL, &out, &e), 0);
	assert_int_equal(out.n, 0);
}

/* Makes one system call look as on a kernel that does not have it; `arg0` narrows it to
 * one first argument when it is not 0. */
static bool take_away(uint32_t nr, uint32_t arg0)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arg0, 0, arg0 ? 1 : 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {ARRAY_LEN(code), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

/* In a process of its own: without `layer`, required means refused, else it is only not
 * listed. Returns what went wrong, or 0. */
static int try_without(uint32_t nr, uint32_t arg0, const char *layer)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1000);
	struct err e = ERR_INIT;

	if (!take_away(nr, arg0))
		return 1;
	o.mode = SANDBOX_REQUIRE;
	if (sandbox_run(&o, list_layers, NULL, &out, &e) != -ERR_PROGRAM ||
	    !strstr(e.text, layer))
		return 2;
	o.mode = SANDBOX_AUTO;
	if (sandbox_run(&o, list_layers, NULL, &out, &e) < 0)
		return 3;
	return strstr(strbuf_text(&out), layer) ? 4 : 0;
}

static void check_without(uint32_t nr, uint32_t arg0, const char *layer)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try_without(nr, arg0, layer));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("without %s: %x", layer, (unsigned)status);
}

static void test_missing(void **state)
{
	(void)state;
	check_without(SYS_landlock_create_ruleset, 0, "landlock");
	check_without(SYS_prctl, PR_SET_SECCOMP, "seccomp");
}

/* No close_range(): the descriptors go one by one. */
static void test_old_kernel(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct sandbox_options o = BOX_OPTIONS;
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1000);
		struct err e = ERR_INIT;

		if (!take_away(SYS_close_range, 0))
			_exit(1);
		_exit(sandbox_run(&o, list_layers, NULL, &out, &e) < 0 ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_old_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
