/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A worker that goes on: its words, its end, and what it may and may not touch. */
#include "box-test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limits.h"

enum { SCRATCH_MAX = 8192 };

static int image = -1, scratch = -1, result = -1, mine = -1, peer = -1;
static int bystander[2] = {-1, -1};

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	image = memfd_create("image", MFD_CLOEXEC);
	scratch = memfd_create("scratch", MFD_CLOEXEC);
	assert_true(image >= 0 && scratch >= 0);
	assert_int_equal(write(image, "source", 6), 6);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	mine = ends[0];
	peer = ends[1];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, bystander),
			 0);
	return 0;
}

static int start(sandbox_job job, struct sandbox_child *ret, struct err *e)
{
	struct sandbox_scratch file = {.fd = scratch, .max = SCRATCH_MAX};
	struct sandbox_server server = {.peer_fd = peer};
	struct sandbox_options o = BOX_OPTIONS;
	int kept[] = {image, bystander[0]};

	o.keep_fds = kept;
	o.keep_count = ARRAY_LEN(kept);
	o.scratch = &file;
	o.server = &server;
	o.seconds = 1;
	return sandbox_start(&o, job, NULL, ret, e);
}

/* Waits for a word. */
static int hear(struct sandbox_child *c, struct slice *ret, struct err *e)
{
	static uint8_t buf[SANDBOX_HEADER + 64];
	struct pollfd p = {.fd = c->sock, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 20000), 1);
	return sandbox_hear(c, buf, sizeof(buf), ret, e);
}

static int echo(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	char c;
	int r = sandbox_ready(box, e);

	(void)ctx;
	(void)out;
	while (r >= 0 && recv(peer, &c, 1, 0) == 1) {
		struct pollfd p = {.fd = peer, .events = POLLOUT};

		if (poll(&p, 1, 1000) != 1 || pwrite(scratch, &c, 1, 0) != 1 ||
		    pread(scratch, &c, 1, 0) != 1 || send(peer, &c, 1, 0) != 1 ||
		    !sandbox_tell(box, slice_of(&c, 1), true))
			r = err_set(e, ERR_IO, "%s", strerror(errno));
	}
	return r;
}

/* It goes on for longer than its seconds, which are for getting ready. */
static void test_words(void **state)
{
	struct sandbox_child c;
	struct slice word;
	struct err e = ERR_INIT;

	(void)state;
	if (start(echo, &c, &e) < 0)
		fail_msg("%s", e.text);
	for (char i = 'a'; i < 'd'; i++) {
		char got = 0;

		assert_int_equal(sandbox_hear(&c, &got, 1, &word, &e), 0);
		assert_int_equal(send(mine, &i, 1, 0), 1);
		assert_int_equal(recv(mine, &got, 1, 0), 1);
		assert_int_equal(got, i);
		assert_int_equal(hear(&c, &word, &e), 1);
		assert_true(slice_has(word, 0, &i, 1) && word.n == 1);
	}
	shutdown(mine, SHUT_WR);
	assert_int_equal(hear(&c, &word, &e), -ERR_ABSENT);
	assert_int_equal(c.pid, -1);
	sandbox_stop(&c);
	sandbox_stop(&c);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static int never_ready(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct pollfd p = {.fd = -1};

	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	return poll(&p, 1, -1);
}

static int ends_early(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	(void)e;
	return 0;
}

static int fails_early(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)box;
	(void)out;
	return err_set(e, ERR_CORRUPT, "no image");
}

static void test_not_ready(void **state)
{
	struct sandbox_child c;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(start(never_ready, &c, &e), -ERR_LIMIT);
	assert_int_equal(start(ends_early, &c, &e), -ERR_BUG);
	assert_int_equal(start(fails_early, &c, &e), -ERR_CORRUPT);
	assert_string_equal(e.text, "no image");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static int fails_late(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)out;
	return sandbox_ready(box, e) < 0 ? -1 : err_set(e, ERR_IO, "the \033 end");
}

static int tells_too_much(void *ctx, struct sandbox *box, struct strbuf *out,
			  struct err *e)
{
	static const char many[65];

	(void)ctx;
	(void)out;
	return sandbox_ready(box, e) < 0 ||
	       !sandbox_tell(box, slice_of(many, sizeof(many)), true);
}

static int asks_late(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	unsigned id;
	int fd, r = sandbox_ready(box, e);

	(void)ctx;
	(void)out;
	return r < 0 ? r : sandbox_ask(box, 0, "file", &fd, &id, e);
}

static int floods(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	unsigned sent = 0;

	(void)ctx;
	(void)out;
	if (sandbox_ready(box, e) < 0)
		return -1;
	while (sandbox_tell(box, slice_of("x", 1), false))
		sent++;
	/* There was no room: the parent did not listen, and this process went on. */
	return sent > 1 && send(peer, "y", 1, 0) == 1 ? 0
						      : err_set(e, ERR_BUG, "no room");
}

static int crash(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)out;
	if (sandbox_ready(box, e) < 0)
		return -1;
	signal(SIGSEGV, SIG_DFL);
	return *(volatile int *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
				     -1, 0);
}

static void check_end(sandbox_job job, enum err_code code, const char *words)
{
	struct sandbox_child c;
	struct slice word;
	struct err e = ERR_INIT;

	if (start(job, &c, &e) < 0)
		fail_msg("%s", e.text);
	while (hear(&c, &word, &e) > 0)
		;
	if (e.code != code || !strstr(e.text, words))
		fail_msg("%d %s", (int)e.code, e.text);
	sandbox_stop(&c);
}

static void test_ends(void **state)
{
	char c;

	(void)state;
	check_end(fails_late, ERR_IO, "the \\x1b end");
	check_end(tells_too_much, ERR_BUG, "oversized");
	check_end(crash, ERR_BUG, "crashed");
	check_end(floods, ERR_ABSENT, "has ended");
	assert_int_equal(recv(mine, &c, 1, MSG_DONTWAIT), 1);
}

/* Without a broker the worker itself knows; nobody answers after it is ready. */
static void test_no_files_later(void **state)
{
	(void)state;
	check_end(asks_late, ERR_REFUSED, "no other file");
}

static long write_image(void)
{
	return pwrite(image, "x", 1, 0);
}

static long write_bystander(void)
{
	return write(bystander[0], "x", 1);
}

/* What is connected was handed to it; another address is nobody's gift. */
static long send_to_address(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/nowhere"};

	(void)sendto(bystander[0], "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	return 0;
}

/* It may read what it was given; all else takes a call for sockets. */
static long peek_bystander(void)
{
	return recv(bystander[0], (char[1]){0}, 1, MSG_DONTWAIT | MSG_PEEK) < 0 &&
			       errno == EAGAIN
		       ? 0
		       : -1;
}

static long send_message_to_peer(void)
{
	struct iovec iov = {(char[1]){0}, 1};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};

	return sendmsg(peer, &h, 0);
}

static long write_too_far(void)
{
	return pwrite(scratch, "xy", 2, SCRATCH_MAX);
}

static long truncate_scratch(void)
{
	return ftruncate(scratch, 0);
}

static long map_scratch(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, scratch, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

static long make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long accept_peer(void)
{
	return accept(peer, NULL, NULL);
}

static const struct attempt {
	const char *name;
	long (*act)(void);
} attempts[] = {
	{"write to the image", write_image},
	{"write to another socket", write_bystander},
	{"send to an address", send_to_address},
	{"peek at another socket", peek_bystander},
	{"send descriptors to its peer", send_message_to_peer},
	{"write beyond the limit", write_too_far},
	{"truncate the scratch file", truncate_scratch},
	{"map the scratch file", map_scratch},
	{"make a socket", make_socket},
	{"accept", accept_peer},
};

static const struct attempt *attempt;

static int attempt_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	(void)ctx;
	(void)out;
	if (sandbox_ready(box, e) < 0)
		return -1;
	return attempt->act() < 0 ? err_set(e, ERR_REFUSED, "no") : 0;
}

static void test_attempts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
		struct sandbox_child c;
		struct slice word;
		struct err e = ERR_INIT;

		attempt = &attempts[i];
		if (start(attempt_job, &c, &e) < 0)
			fail_msg("%s", e.text);
		assert_true(hear(&c, &word, &e) < 0);
		if (e.code == ERR_ABSENT)
			fail_msg("a server could %s", attempt->name);
		sandbox_stop(&c);
	}
}

static int write_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	const struct attempt *a = ctx;

	(void)box;
	(void)out;
	return a->act() < 0 ? err_set(e, ERR_IO, "%s", strerror(errno)) : 0;
}

/* What an act comes to in a worker that is no server. */
static int run_writer(long (*act)(void), struct err *e)
{
	struct sandbox_scratch file = {.fd = scratch, .max = SCRATCH_MAX};
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(100);
	struct sandbox_scratch outputs[] = {{result, 1}, {result, SCRATCH_MAX}};
	struct attempt a = {"", act};

	o.keep_fds = &image;
	o.keep_count = 1;
	o.scratch = &file;
	if (result >= 0) {
		o.outputs = outputs;
		o.output_count = 2;
	}
	return sandbox_run(&o, write_job, &a, &out, e);
}

static long write_scratch(void)
{
	return pwrite(scratch, "kept", 4, 100);
}

/* Any worker may have a scratch file; only that one is written to. */
static void test_a_worker_that_writes(void **state)
{
	struct err e = ERR_INIT;
	char got[4] = "";

	(void)state;
	if (run_writer(write_scratch, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(pread(scratch, got, 4, 100), 4);
	assert_memory_equal(got, "kept", 4);
	assert_true(run_writer(write_image, &e) < 0);
	assert_true(run_writer(write_too_far, &e) < 0);
	assert_int_equal(pread(image, got, 1, 0), 1);
	assert_int_equal(got[0], 's');
}

static long write_result(void)
{
	if (ftruncate(result, 2000) < 0 || fsync(result) < 0)
		return -1;
	return pwrite(result, "kept", 4, 100);
}

static long truncate_image(void)
{
	return ftruncate(image, 0);
}

static long sync_image(void)
{
	return fsync(image);
}

/* Its outputs are sized and synced as well, and those alone. */
static void test_outputs(void **state)
{
	struct err e = ERR_INIT;
	char got[4] = "";

	(void)state;
	assert_true(run_writer(sync_image, &e) < 0);
	result = memfd_create("result", MFD_CLOEXEC);
	assert_true(result >= 0);
	if (run_writer(write_result, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(lseek(result, 0, SEEK_END), 2000);
	assert_int_equal(pread(result, got, 4, 100), 4);
	assert_memory_equal(got, "kept", 4);
	if (run_writer(write_scratch, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(run_writer(truncate_scratch, &e) < 0);
	assert_true(run_writer(truncate_image, &e) < 0);
	assert_true(run_writer(sync_image, &e) < 0);
	assert_true(run_writer(write_image, &e) < 0);
	close(TAKE_FD(result));
}

static void test_too_many_outputs(void **state)
{
	struct sandbox_options o = BOX_OPTIONS;
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(100);
	struct err e = ERR_INIT;

	(void)state;
	o.output_count = LIMIT_WORKER_OUTPUTS + 1;
	assert_int_equal(sandbox_run(&o, write_job, NULL, &out, &e), -ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_worker_that_writes),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_too_many_outputs),
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_not_ready),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_no_files_later),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
