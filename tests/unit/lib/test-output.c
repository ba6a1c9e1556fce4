/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may read a new file of `paravet apply`, from the moment it is there: also where a
 * file system has no files without names, or the group of the old file is out of reach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "applying.h"

int __real_open64(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_fchown(int fd, uid_t uid, gid_t gid);

static char top[] = "/tmp/paravet-output-XXXXXX";
static bool names_only, group_is_ours, no_proc;
static unsigned made; /* files with names */
static mode_t before; /* the mode of the file when it gets its owner */

int __wrap_open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (names_only && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (no_proc && strncmp(path, "/proc/", 6) == 0) {
		errno = ENOENT;
		return -1;
	}
	made += (flags & O_CREAT) != 0;
	return __real_open64(path, flags, mode);
}

int __wrap_fchown(int fd, uid_t uid, gid_t gid)
{
	struct stat st;

	(void)gid;
	assert_int_equal(fstat(fd, &st), 0);
	before = st.st_mode & 07777;
	if (uid == (uid_t)-1 && group_is_ours)
		return 0;
	errno = EPERM;
	return -1;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* The mode that the new file gets. */
static mode_t made_like(mode_t mode, mode_t mask)
{
	struct stat like = {.st_mode = mode, .st_uid = getuid(), .st_gid = getgid() + 1};
	struct change_output out = CHANGE_OUTPUT_NONE;
	struct err e = ERR_INIT;
	mode_t old = umask(mask), got;
	int r = change_output_new("new", &like, &out, &e);

	umask(old);
	if (r < 0 || change_output_keep(&out, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(out.nameless, !names_only);
	got = mode_of("new");
	change_output_done(&out, false);
	assert_int_equal(access("new", F_OK), -1);
	return got;
}

static void check_modes(void)
{
	group_is_ours = true;
	assert_int_equal(made_like(S_IFREG | 0640, 022), 0640);
	assert_int_equal(made_like(S_IFREG | 0644, 022), 0644);
	assert_int_equal(made_like(S_IFREG | 0666, 027), 0640);
	assert_int_equal(made_like(S_IFREG | 0444, 077), 0600);
	assert_int_equal(made_like(S_IFBLK | 0666, 022), 0600);
	/* That group may do what everybody may. */
	group_is_ours = false;
	assert_int_equal(made_like(S_IFREG | 0660, 002), 0600);
	assert_int_equal(made_like(S_IFREG | 0664, 002), 0644);
}

static void test_modes(void **state)
{
	(void)state;
	names_only = false;
	check_modes();
}

static void test_modes_of_names(void **state)
{
	(void)state;
	names_only = true;
	check_modes();
}

/* Whoever opens it before its group is right reads all that is written later. */
static void test_closed_at_first(void **state)
{
	(void)state;
	names_only = true;
	group_is_ours = false;
	before = 0;
	made_like(S_IFREG | 0660, 002);
	assert_int_equal(before, 0600);
}

/* Where a name is made, taken away and made again, it is somebody else's in between. */
static void test_made_once(void **state)
{
	(void)state;
	names_only = true;
	made = 0;
	made_like(S_IFREG | 0644, 022);
	assert_int_equal(made, 1);
}

/* Nobody knows who else may read it then. */
static void test_closed_without_proc(void **state)
{
	mode_t got;

	(void)state;
	names_only = no_proc = group_is_ours = true;
	got = made_like(S_IFREG | 0644, 022);
	no_proc = false;
	assert_int_equal(got, 0600);
}

/* In the place of the umask: others may do nothing there. */
static void test_list_of_folder(void **state)
{
	static const char list[] = "\2\0\0\0"
				   "\1\0\7\0\377\377\377\377"
				   "\4\0\5\0\377\377\377\377"
				   "\40\0\0\0\377\377\377\377";
	static const char name[] = "system.posix_acl_default";

	(void)state;
	if (setxattr(".", name, list, sizeof(list) - 1, 0) < 0)
		skip();
	group_is_ours = true;
	names_only = false;
	assert_int_equal(made_like(S_IFREG | 0644, 022), 0640);
	names_only = true;
	assert_int_equal(made_like(S_IFREG | 0644, 022), 0600);
	assert_int_equal(removexattr(".", name), 0);
}

static void test_nothing_overwritten(void **state)
{
	struct stat like = {.st_mode = S_IFREG | 0644};
	struct change_output out = CHANGE_OUTPUT_NONE;
	struct err e = ERR_INIT;
	int fd = open("new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	names_only = true;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(change_output_new("new", &like, &out, &e), -ERR_REFUSED);
	change_output_done(&out, false);
	assert_int_equal(unlink("new"), 0);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(top) && chdir(top) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("/") == 0 ? rmdir(top) : -1;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_modes_of_names),
		cmocka_unit_test(test_closed_at_first),
		cmocka_unit_test(test_made_once),
		cmocka_unit_test(test_closed_without_proc),
		cmocka_unit_test(test_list_of_folder),
		cmocka_unit_test(test_nothing_overwritten),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
