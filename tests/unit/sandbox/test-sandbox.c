/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Results, requests, limits and deaths of workers, as the parent sees them. */
#include "box-test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	if (!d)
		return 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Runs a job that must fail, and returns why. */
static struct err failure(const struct sandbox_options *o, sandbox_job job)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT((size_t)64 << 20);
	struct err e = ERR_INIT;
	int r = sandbox_run(o, job, NULL, &out, &e);

	assert_true(r < 0);
	assert_int_equal(r, -(int)e.code);
	assert_int_equal(out.n, 0);
	return e;
}

static int say_hello(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)box;
	(void)e;
	strbuf_printf(out, "hello %s", (const char *)ctx);
	return 0;
}

static void test_result(void **state)
{
	static const enum sandbox_mode modes[] = {SANDBOX_AUTO, SANDBOX_REQUIRE,
						  SANDBOX_OFF};
	char name[] = "world";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct sandbox_options o = BOX_OPTIONS;
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(100);
		struct err e = ERR_INIT;

		o.mode = modes[i];
		strbuf_str(&out, "> ");
		if (sandbox_run(&o, say_hello, name, &out, &e) < 0)
			fail_msg("mode %zu: %s", i, e.text);
		assert_string_equal(strbuf_text(&out), "> hello world");
	}
}

static int say_nothing(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	return 0;
}

static void test_empty_result(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(0);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(sandbox_run(&o, say_nothing, NULL, &out, &e), 0);
	assert_int_equal(out.n, 0);
}

enum { LARGE = 32 << 20 };

static int say_much(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)e;
	for (size_t i = 0; i < LARGE / 4; i++) {
		uint32_t word = (uint32_t)i * 2654435761u;

		strbuf_add(out, &word, sizeof(word));
	}
	return 0;
}

static void test_large_result(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LARGE);
	struct err e = ERR_INIT;

	(void)state;
	o.result_max = LARGE;
	o.memory = (uint64_t)256 << 20;
	if (sandbox_run(&o, say_much, NULL, &out, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(out.n, LARGE);
	for (size_t i = 0; i < LARGE / 4; i++) {
		uint32_t word = (uint32_t)i * 2654435761u;

		if (memcmp(out.s + i * 4, &word, 4) != 0)
			fail_msg("word %zu differs", i);
	}
}

static void test_result_too_large(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	struct err e;

	(void)state;
	o.memory = (uint64_t)256 << 20;
	o.result_max = LARGE - 1;
	e = failure(&o, say_much);
	assert_int_equal(e.code, ERR_LIMIT);
	o.mode = SANDBOX_OFF;
	e = failure(&o, say_much);
	assert_int_equal(e.code, ERR_LIMIT);
}

static int worker_socket = -1; /* the number its end will have */

/* The parent's end gets the first free number, the worker's the next. */
static void predict_socket(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	worker_socket = ends[1];
	close(ends[0]);
	close(ends[1]);
}

static bool send_packet(uint32_t type, uint32_t a, size_t n)
{
	static uint8_t packet[12 + 65536];
	struct iovec iov = {packet, n};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};

	packet[0] = (uint8_t)type;
	packet[4] = (uint8_t)a;
	return sendmsg(worker_socket, &h, MSG_NOSIGNAL) >= 0;
}

/* A worker that was taken over and sends what it likes. */
static int flood(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	while (send_packet(2, 0, 60000))
		;
	return err_set(e, ERR_IO, "stopped");
}

static int flood_empty(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	while (send_packet(2, 0, 12))
		;
	return err_set(e, ERR_IO, "stopped");
}

static int flood_requests(void *ctx, struct sandbox *box, struct strbuf *out,
			  struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	while (send_packet(1, 0, 13))
		;
	return err_set(e, ERR_IO, "stopped");
}

static int send_short(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)send_packet(3, 0, 11);
	return err_set(e, ERR_IO, "stopped");
}

static int send_oversized(void *ctx, struct sandbox *box, struct strbuf *out,
			  struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)send_packet(3, 0, 65537);
	return err_set(e, ERR_IO, "stopped");
}

static int send_reply(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)send_packet(5, 0, 12);
	return err_set(e, ERR_IO, "stopped");
}

static int send_strange_error(void *ctx, struct sandbox *box, struct strbuf *out,
			      struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)send_packet(4, 200, 20);
	return err_set(e, ERR_IO, "stopped");
}

/* Waits without using the processor: only the wall clock ends it. */
static int stand_still(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct iovec iov = {NULL, 0};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};

	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	return (int)recvmsg(worker_socket, &h, 0);
}

static int send_nothing(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)send_packet(3, 0, 0);
	return stand_still(ctx, box, out, e);
}

static void test_hostile_worker(void **state)
{
	static const struct {
		sandbox_job job;
		enum err_code code;
	} cases[] = {
		{flood, ERR_LIMIT},
		{flood_empty, ERR_LIMIT},
		{flood_requests, ERR_BUG},
		{send_short, ERR_BUG},
		{send_oversized, ERR_BUG},
		{send_reply, ERR_BUG},
		{send_strange_error, ERR_BUG},
		{send_nothing, ERR_BUG},
	};
	size_t before = open_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sandbox_options o = BOX_OPTIONS;
		struct err e;

		predict_socket();
		o.seconds = 1;
		e = failure(&o, cases[i].job);
		if (e.code != cases[i].code)
			fail_msg("case %zu: %d %s", i, (int)e.code, e.text);
	}
	assert_int_equal(open_fds(), before);
}

static int fail_with_words(void *ctx, struct sandbox *box, struct strbuf *out,
			   struct err *e)
{
	(void)ctx;
	(void)box;
	strbuf_str(out, "half a result");
	return err_set(e, ERR_CORRUPT, "name \\x1b[31m and \033[31m and caf\xc3\xa9");
}

static void test_error_text(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	struct err e;

	(void)state;
	e = failure(&o, fail_with_words);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_string_equal(e.text, "name \\x1b[31m and \\x1b[31m and caf\xc3\xa9");
}

static int fail_without_words(void *ctx, struct sandbox *box, struct strbuf *out,
			      struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	return -1;
}

static int crash(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0) = 1;
	return 0;
}

static int give_up(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	abort();
}

static int leave(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	_exit(0);
}

static int forbidden(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int spin(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	for (volatile unsigned i = 0;; i++)
		;
	return 0;
}

static void test_deaths(void **state)
{
	static const struct {
		sandbox_job job;
		enum err_code code;
		const char *words;
	} cases[] = {
		{fail_without_words, ERR_BUG, "no reason"},
		{crash, ERR_BUG, "crashed while reading (Segmentation fault)"},
		{give_up, ERR_BUG, "crashed while reading (Aborted)"},
		{leave, ERR_BUG, "without a result (exit status 0)"},
		{forbidden, ERR_REFUSED, "it tried a forbidden system call"},
		{spin, ERR_LIMIT, "longer than 1 seconds of processor time"},
		{stand_still, ERR_LIMIT, "longer than 4 seconds"},
	};
	size_t before = open_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sandbox_options o = BOX_OPTIONS;
		struct err e;

		predict_socket();
		o.seconds = 1;
		e = failure(&o, cases[i].job);
		if (e.code != cases[i].code || !strstr(e.text, cases[i].words))
			fail_msg("case %zu: %d %s", i, (int)e.code, e.text);
	}
	assert_int_equal(open_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int hog(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	for (size_t total = 0; total < (size_t)1 << 30; total += 1 << 20) {
		void *p = malloc(1 << 20);

		if (!p)
			return err_set(e, ERR_NOMEM, "after %zu MiB", total >> 20);
		memset(p, 1, 1 << 20);
	}
	return 0;
}

static void test_memory(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	struct err e;

	(void)state;
	if (SANITIZED) {
		puts("a sanitizer maps more than any limit allows");
		skip();
	}
	e = failure(&o, hog);
	assert_int_equal(e.code, ERR_NOMEM);
	assert_true(strncmp(e.text, "after 6", 7) == 0);
}

/* A broker with two files; it counts what it was asked. */
struct broker {
	unsigned asked;
};

static int broker(void *ctx, unsigned from, const char *name, int *ret_fd,
		  unsigned *ret_id, struct err *e)
{
	struct broker *b = ctx;

	b->asked++;
	if (strcmp(name, "base.img") != 0 || from != 7)
		return err_set(e, ERR_REFUSED, "image %u may not use \"%s\"", from, name);
	*ret_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (*ret_fd < 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	*ret_id = 42;
	return 0;
}

static int use_broker(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct err why = ERR_INIT;
	unsigned id = 0;
	int fd = -1, r;
	char buf[8];

	(void)ctx;
	r = sandbox_ask(box, 7, "base.img", &fd, &id, e);
	if (r < 0)
		return r;
	if (pread(fd, buf, sizeof(buf), 0) != sizeof(buf))
		return err_set(e, ERR_IO, "%s", strerror(errno));
	close(fd);
	r = sandbox_ask(box, 8, "/etc/shadow", &fd, &id, &why);
	strbuf_printf(out, "id %u, then %d: %s", id, r, why.text);
	return 0;
}

static void test_broker(void **state)
{
	static const enum sandbox_mode modes[] = {SANDBOX_AUTO, SANDBOX_OFF};
	size_t before = open_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct sandbox_options o = BOX_OPTIONS;
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1000);
		struct broker b = {0};
		struct err e = ERR_INIT;

		o.mode = modes[i];
		o.broker = broker;
		o.broker_ctx = &b;
		if (sandbox_run(&o, use_broker, NULL, &out, &e) < 0)
			fail_msg("%s", e.text);
		assert_string_equal(
			strbuf_text(&out),
			"id 42, then -8: image 8 may not use \"/etc/shadow\"");
		assert_int_equal(b.asked, 2);
	}
	assert_int_equal(open_fds(), before);
}

static int ask_long(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	char name[5000];
	unsigned id;
	int fd;

	(void)ctx;
	(void)out;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	return sandbox_ask(box, 0, name, &fd, &id, e);
}

static int ask_short(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	unsigned id;
	int fd;

	(void)ctx;
	(void)out;
	return sandbox_ask(box, 0, "x", &fd, &id, e);
}

static int ask_often(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	unsigned id;
	int fd, r = 0;

	(void)ctx;
	(void)out;
	for (unsigned i = 0; r == 0 && i < 100000; i++)
		r = sandbox_ask(box, 7, "base.img", &fd, &id, e);
	return r;
}

static void test_broker_limits(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	struct broker b = {0};
	struct err e;

	(void)state;
	e = failure(&o, ask_short);
	assert_int_equal(e.code, ERR_REFUSED);
	o.broker = broker;
	o.broker_ctx = &b;
	e = failure(&o, ask_long);
	assert_int_equal(e.code, ERR_CORRUPT);
	assert_int_equal(b.asked, 0);
	e = failure(&o, ask_often);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_in_range(b.asked, 100, 600);
}

static int read_kept(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	const int *kept = ctx;
	char c;

	(void)box;
	for (int fd = 3; fd < 64; fd++) {
		ssize_t n = pread(fd, &c, 1, 0);
		bool wanted = fd == kept[0] || fd == kept[1];

		if (wanted && n != 1)
			return err_set(e, ERR_BUG, "fd %d is gone", fd);
		if (!wanted && n == 1)
			return err_set(e, ERR_BUG, "fd %d is still open", fd);
	}
	strbuf_str(out, "ok");
	return 0;
}

static void test_kept_fds(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(100);
	int fds[6], kept[2];
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = open("/dev/zero", O_RDONLY);
	kept[0] = fds[4];
	kept[1] = fds[1];
	o.keep_fds = kept;
	o.keep_count = 2;
	if (sandbox_run(&o, read_kept, kept, &out, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
}

/* Nothing of the parent's standard streams is there, not even when they were closed. */
static void test_closed_streams(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct sandbox_options o = BOX_OPTIONS;
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1000);
		struct broker b = {0};
		struct err e = ERR_INIT;

		close(0);
		close(1);
		if (!SANITIZED)
			close(2);
		o.broker = broker;
		o.broker_ctx = &b;
		_exit(sandbox_run(&o, use_broker, NULL, &out, &e) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A timer that interrupts every wait, and a parent that reaps children by itself. */
static void test_signals(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LARGE);
	struct sigaction act = {.sa_handler = on_alarm};
	struct itimerspec often = {{0, 200000}, {0, 200000}};
	struct err e = ERR_INIT;
	timer_t timer;

	(void)state;
	sigaction(SIGALRM, &act, NULL);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	timer_settime(timer, 0, &often, NULL);
	o.result_max = LARGE;
	o.memory = (uint64_t)256 << 20;
	if (sandbox_run(&o, say_much, NULL, &out, &e) < 0)
		fail_msg("%s", e.text);
	timer_delete(timer);
	assert_int_equal(out.n, LARGE);

	signal(SIGCHLD, SIG_IGN);
	o.result_max = 100;
	strbuf_done(&out);
	if (sandbox_run(&o, say_nothing, NULL, &out, &e) < 0)
		fail_msg("%s", e.text);
	signal(SIGCHLD, SIG_DFL);
}

static void test_usage(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	struct err e;

	(void)state;
	o.seconds = 0;
	e = failure(&o, say_nothing);
	assert_int_equal(e.code, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_empty_result),
		cmocka_unit_test(test_large_result),
		cmocka_unit_test(test_result_too_large),
		cmocka_unit_test(test_hostile_worker),
		cmocka_unit_test(test_error_text),
		cmocka_unit_test(test_deaths),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_broker),
		cmocka_unit_test(test_broker_limits),
		cmocka_unit_test(test_kept_fds),
		cmocka_unit_test(test_closed_streams),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
