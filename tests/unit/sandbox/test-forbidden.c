/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a worker tries and must not be able to do. Each attempt has a worker of its own:
 * it either dies of the attempt or gets an error back; only success is a failed test.
 */
#include "box-test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int top = -1;      /* holds the next two */
static int dir = -1;      /* the directory that may be read */
static int outside = -1;  /* one that may not */
static int writable = -1; /* a file kept open for writing by mistake */

static long open_absolute(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long open_device(void)
{
	return open("/dev/null", O_WRONLY);
}

static long open_relative(void)
{
	return open("passwd", O_RDONLY);
}

static long open_to_write(void)
{
	return openat(dir, "inside", O_WRONLY);
}

static long open_to_truncate(void)
{
	return openat(dir, "inside", O_RDONLY | O_TRUNC);
}

static long create_file(void)
{
	return openat(dir, "new", O_RDONLY | O_CREAT, 0600);
}

static long create_unnamed(void)
{
	return openat(dir, ".", O_RDWR | O_TMPFILE, 0600);
}

static long make_dir(void)
{
	return mkdirat(dir, "new", 0700);
}

static long remove_file(void)
{
	return unlinkat(dir, "inside", 0);
}

static long dot_dot(void)
{
	return openat(dir, "../outside/secret", O_RDONLY);
}

static long through_link(void)
{
	return openat(dir, "link", O_RDONLY);
}

static long absolute_in_dir_mode(void)
{
	return openat(dir, "/etc/passwd", O_RDONLY);
}

static long open_proc(void)
{
	return openat(dir, "/proc/self/mem", O_RDONLY);
}

static long write_file(void)
{
	return write(writable, "x", 1);
}

static long pwrite_file(void)
{
	return pwrite(writable, "x", 1, 0);
}

static long map_file_to_write(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writable, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

static long truncate_file(void)
{
	return ftruncate(writable, 0);
}

static long make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long make_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long connect_somewhere(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(9),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return connect(3, (struct sockaddr *)&to, sizeof(to));
}

static long start_program(void)
{
	char *argv[] = {(char *)(uintptr_t) "true", NULL};

	return execv("/bin/true", argv);
}

static long start_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static long start_raw_process(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long kill_parent(void)
{
	return kill(getppid(), 0);
}

static long signal_init(void)
{
	return syscall(SYS_tgkill, 1, 1, 0);
}

static long map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? -1
		       : 0;
}

static long make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long make_memory_file(void)
{
	return syscall(SYS_memfd_create, "x", 0);
}

static long new_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static long leave_root(void)
{
	return chroot(".");
}

static long lift_limit(void)
{
	return syscall(SYS_setrlimit, 0, NULL);
}

static long read_other_memory(void)
{
	return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static long push_to_terminal(void)
{
	char c = 'x';

	return ioctl(0, TIOCSTI, &c);
}

static long use_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long use_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

#ifdef __x86_64__
static long call_x32(void)
{
	return syscall(0x40000000 + SYS_getpid);
}

static long call_i386(void)
{
	long r = 20; /* getpid of the 32-bit table */

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return r;
}
#endif

static const struct attempt {
	const char *name;
	long (*act)(void);
	bool in_dir; /* with a directory that may be read */
} attempts[] = {
	{"open /etc/passwd", open_absolute, false},
	{"open /dev/null to write", open_device, false},
	{"open a relative path", open_relative, false},
	{"open /etc/passwd beside a directory", open_absolute, true},
	{"open /etc/passwd by openat", absolute_in_dir_mode, true},
	{"open /proc/self/mem", open_proc, true},
	{"open to write", open_to_write, true},
	{"open to truncate", open_to_truncate, true},
	{"create a file", create_file, true},
	{"create an unnamed file", create_unnamed, true},
	{"make a directory", make_dir, true},
	{"remove a file", remove_file, true},
	{"leave the directory by ..", dot_dot, true},
	{"leave the directory by a link", through_link, true},
	{"write", write_file, false},
	{"pwrite", pwrite_file, false},
	{"map a file to write", map_file_to_write, false},
	{"ftruncate", truncate_file, false},
	{"internet socket", make_socket, false},
	{"local socket", make_unix_socket, false},
	{"connect", connect_somewhere, false},
	{"execve", start_program, false},
	{"fork", start_process, false},
	{"clone", start_raw_process, false},
	{"ptrace", trace_parent, false},
	{"kill the parent", kill_parent, false},
	{"signal process 1", signal_init, false},
	{"map executable memory", map_executable, false},
	{"make memory executable", make_executable, false},
	{"memfd_create", make_memory_file, false},
	{"unshare", new_namespace, false},
	{"chroot", leave_root, true},
	{"setrlimit", lift_limit, false},
	{"process_vm_readv", read_other_memory, false},
	{"TIOCSTI", push_to_terminal, false},
	{"bpf", use_bpf, false},
	{"io_uring", use_uring, false},
#ifdef __x86_64__
	{"a call of the x32 interface", call_x32, false},
	{"a call of the 32-bit interface", call_i386, false},
#endif
};

static int attempt_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	const struct attempt *a = ctx;

	(void)box;
	errno = 0;
	if (a->act() < 0)
		return err_set(e, ERR_ABSENT, "no");
	strbuf_str(out, "done");
	return 0;
}

static void check_attempt(const struct attempt *a)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(100);
	int kept[] = {writable, outside};
	struct err e = ERR_INIT;

	o.keep_fds = kept;
	o.keep_count = a->in_dir ? 0 : 2;
	o.dir_fd = a->in_dir ? dir : -1;
	if (sandbox_run(&o, attempt_job, (void *)(uintptr_t)a, &out, &e) == 0)
		fail_msg("a worker could %s", a->name);
	if (e.code != ERR_ABSENT && e.code != ERR_REFUSED)
		fail_msg("%s: %s", a->name, e.text);
}

static void test_attempts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++)
		check_attempt(&attempts[i]);
}

/* The same file through the ways that are meant to work. */
static int read_inside(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct stat st;
	char buf[16];
	int fd = openat(dir, "inside", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, sizeof(buf), 0);

	(void)ctx;
	(void)box;
	if (n < 0 || fstat(fd, &st) < 0 || fstatat(dir, "inside", &st, 0) < 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	close(fd);
	strbuf_add(out, buf, (size_t)n);
	n = readlinkat(dir, "link", buf, sizeof(buf));
	return n == 9 ? 0 : err_set(e, ERR_IO, "readlinkat: %zd", n);
}

static void test_reading_inside(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(100);
	struct err e = ERR_INIT;

	(void)state;
	o.dir_fd = dir;
	if (sandbox_run(&o, read_inside, NULL, &out, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(strbuf_text(&out), "hello");
}

/* Not even names outside can be seen where a new root could be set. */
static int stat_outside(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct stat st;

	(void)ctx;
	(void)out;
	if (!strs_has(sandbox_layers(box), "chroot"))
		return 0;
	if (fstatat(dir, "../outside/secret", &st, 0) == 0 ||
	    fstatat(dir, "/etc/passwd", &st, 0) == 0)
		return err_set(e, ERR_BUG, "a file outside was seen");
	return 0;
}

static void test_names_outside(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(100);
	struct err e = ERR_INIT;

	(void)state;
	o.dir_fd = dir;
	if (sandbox_run(&o, stat_outside, NULL, &out, &e) < 0)
		fail_msg("%s", e.text);
}

static char root[] = "/tmp/paravet-sandbox-XXXXXX";

static void put_file(int at, const char *name, const char *text)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	top = open(root, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(top, "tree", 0700), 0);
	assert_int_equal(mkdirat(top, "outside", 0700), 0);
	dir = openat(top, "tree", O_RDONLY | O_DIRECTORY);
	outside = openat(top, "outside", O_RDONLY | O_DIRECTORY);
	put_file(dir, "inside", "hello");
	put_file(outside, "secret", "secret");
	put_file(outside, "writable", "0123456789");
	assert_int_equal(symlinkat("../secret", dir, "link"), 0);
	writable = openat(outside, "writable", O_RDWR);
	return dir < 0 || outside < 0 || writable < 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(dir, "inside", 0);
	unlinkat(dir, "link", 0);
	unlinkat(outside, "secret", 0);
	unlinkat(outside, "writable", 0);
	unlinkat(top, "tree", AT_REMOVEDIR);
	unlinkat(top, "outside", AT_REMOVEDIR);
	close(top);
	close(dir);
	close(outside);
	close(writable);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_reading_inside),
		cmocka_unit_test(test_names_outside),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
