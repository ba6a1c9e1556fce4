/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said of files that cannot be opened by their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handle.h"
#include "limits.h"

int __real_open64(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, ...);

static char name[] = "/tmp/paravet-files-XXXXXX";
static bool no_proc;

int __wrap_open64(const char *path, int flags, ...)
{
	if (no_proc && strncmp(path, "/proc/", 6) == 0) {
		errno = ENOENT;
		return -1;
	}
	return __real_open64(path, flags, 0);
}

/* As a key, and as a file that says something. */
static int open_both(const char *path, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	struct paravet p = {.arena = a};
	struct host_file file = {.fd = -1};
	struct err other = ERR_INIT;
	int fd = -1, r = files_open_key(path, &fd, e);

	assert_int_equal(files_open_plain(&p, path, &file, &other), r);
	if (r < 0)
		assert_non_null(strstr(other.text, e->text));
	cleanup_close(&fd);
	cleanup_close(&file.fd);
	return r;
}

static void test_opened(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(open_both(name, &e), 0);
}

static void test_no_such_name(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(open_both("/nowhere/paravet", &e), -ERR_ABSENT);
	assert_non_null(strstr(e.text, "check the name"));
}

/* The file is there, and its name is right. */
static void test_no_proc(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	no_proc = true;
	assert_int_equal(open_both(name, &e), -ERR_IO);
	assert_non_null(strstr(e.text, "is /proc mounted?"));
	no_proc = false;
}

static int set_up(void **state)
{
	int fd = mkstemp(name);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opened),
		cmocka_unit_test(test_no_such_name),
		cmocka_unit_test(test_no_proc),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
