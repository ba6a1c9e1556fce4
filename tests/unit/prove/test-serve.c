/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process: its events, its end, and that nothing of it is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nbd_client.h"
#include "nbd_device.h"
#include "put.h"
#include "serve.h"

enum { DISK = 1 << 20 };
enum { READ = 0, WRITE = 1, DISC = 2 };

static const struct serve_range ranges[] = {
	{.off = 8192, .len = 4096, .id = 55},
	{.off = 65536, .len = 1, .id = 66},
};

static struct serve_options options(void)
{
	return (struct serve_options){.export_name = "d", .written_limit = 64 * 1024};
}

static uint8_t byte_at(size_t off)
{
	return (uint8_t)(off / 512 + off);
}

static int make_image(void)
{
	static uint8_t bytes[DISK];
	int fd = memfd_create("image", MFD_CLOEXEC);

	for (size_t i = 0; i < DISK; i++)
		bytes[i] = byte_at(i);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, DISK), DISK);
	return fd;
}

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void start(struct served *s, const struct serve_options *o)
{
	struct err e = ERR_INIT;

	if (serve_start(make_image(), "raw", NULL, ranges, ARRAY_LEN(ranges), o, s, &e) <
	    0)
		fail_msg("%s", e.text);
}

static void tell(int fd, const void *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), n);
}

static void hear(int fd, void *p, size_t n)
{
	assert_int_equal(recv(fd, p, n, MSG_WAITALL), n);
}

static void shake_hands(int fd)
{
	uint8_t greeting[18], hello[4 + 17] = "\0\0\0\3IHAVEOPT\0\0\0\1\0\0\0\1d",
					export[10];

	hear(fd, greeting, sizeof(greeting));
	tell(fd, hello, sizeof(hello));
	hear(fd, export, sizeof(export));
	assert_memory_equal(export, "\0\0\0\0\0\x10\0\0", 8);
}

static void request(int fd, unsigned type, uint64_t off, uint32_t len)
{
	uint8_t buf[28], *to = put_be(buf, 4, 0x25609513);

	to = put_be(to, 4, type);
	to = put_be(to, 8, 1);
	to = put_be(to, 8, off);
	put_be(to, 4, len);
	tell(fd, buf, sizeof(buf));
}

static uint32_t error_of_reply(int fd)
{
	uint8_t buf[16];
	struct reader r = reader_of(slice_of(buf, sizeof(buf)));

	hear(fd, buf, sizeof(buf));
	assert_int_equal(rd_u32be(&r), 0x67446698);
	return rd_u32be(&r);
}

static void check_read(int fd, uint64_t off, uint32_t len)
{
	static uint8_t got[DISK];

	request(fd, READ, off, len);
	assert_int_equal(error_of_reply(fd), 0);
	hear(fd, got, len);
	for (uint32_t i = 0; i < len; i++)
		if (got[i] != byte_at(off + i))
			fail_msg("byte %u differs", i);
}

static int next_event(struct served *s, struct serve_event *v, struct err *e)
{
	struct pollfd p = {.fd = s->event_fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 20000), 1);
	return serve_next(s, v, e);
}

static struct serve_event expect(struct served *s, enum serve_event_kind kind,
				 unsigned id)
{
	struct serve_event v = {0};
	struct err e = ERR_INIT;

	if (next_event(s, &v, &e) != 1)
		fail_msg("no event: %s", e.text);
	assert_int_equal(v.kind, kind);
	assert_int_equal(v.id, id);
	assert_true(v.milliseconds < 60000);
	return v;
}

static void test_events(void **state)
{
	static const enum sandbox_mode modes[] = {SANDBOX_AUTO, SANDBOX_REQUIRE,
						  SANDBOX_OFF};
	size_t before = open_fds();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct serve_options o = options();
		struct served s = SERVED_NONE;
		struct serve_event v;
		struct err e = ERR_INIT;

		o.sandbox = modes[i];
		start(&s, &o);
		assert_int_equal(serve_next(&s, &v, &e), 0);
		shake_hands(s.client_fd);
		expect(&s, SERVE_CONNECTED, 0);
		check_read(s.client_fd, 0, 8192);
		assert_int_equal(serve_next(&s, &v, &e), 0);
		check_read(s.client_fd, 8000, DISK - 8000);
		expect(&s, SERVE_READ_WATCHED, 55);
		v = expect(&s, SERVE_READ_WATCHED, 66);
		assert_int_equal(v.reads, 2);
		assert_int_equal(v.read_bytes, 8192 + DISK - 8000);
		request(s.client_fd, WRITE, 65536, 4);
		tell(s.client_fd, "abcd", 4);
		assert_int_equal(error_of_reply(s.client_fd), 0);
		expect(&s, SERVE_FIRST_WRITE, 0);
		expect(&s, SERVE_WROTE, 66);
		request(s.client_fd, DISC, 0, 0);
		v = expect(&s, SERVE_CLOSED, 0);
		assert_int_equal(v.written_bytes, 4);
		assert_int_equal(next_event(&s, &v, &e), -ERR_ABSENT);
		assert_int_equal(serve_next(&s, &v, &e), -ERR_ABSENT);
		serve_stop(&s);
		serve_stop(&s);
	}
	assert_int_equal(open_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* What the kernel's client is handed: after it, requests. */
static void test_a_client_chooses_the_disk(void **state)
{
	struct serve_options o = options();
	struct served s = SERVED_NONE;
	struct nbd_offer offer;
	struct err e = ERR_INIT;
	int ends[2];

	(void)state;
	o.export_name = "";
	start(&s, &o);
	if (nbd_choose(s.client_fd, "", &offer, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(offer.size, DISK);
	assert_true(offer.flags & 1);
	check_read(s.client_fd, 512, 512);
	serve_stop(&s);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	tell(ends[1], "NBDMAGICIHAVEIPT\0\3", 18);
	assert_int_equal(nbd_choose(ends[0], "", &offer, &e), -ERR_CORRUPT);
	tell(ends[1], "NBDMAGICIHAVEOPT\0\1", 18);
	assert_int_equal(nbd_choose(ends[0], "", &offer, &e), -ERR_CORRUPT);
	tell(ends[1], "NBDMAGIC", 8);
	close(ends[1]);
	assert_int_equal(nbd_choose(ends[0], "", &offer, &e), -ERR_IO);
	close(ends[0]);
}

static void test_machine_gone(void **state)
{
	struct serve_options o = options();
	struct served s = SERVED_NONE;
	struct serve_event v;
	struct err e = ERR_INIT;

	(void)state;
	start(&s, &o);
	shake_hands(s.client_fd);
	close(s.client_fd);
	s.client_fd = -1;
	expect(&s, SERVE_CONNECTED, 0);
	expect(&s, SERVE_CLOSED, 0);
	assert_int_equal(next_event(&s, &v, &e), -ERR_ABSENT);
	serve_stop(&s);
}

static void test_not_nbd(void **state)
{
	struct serve_options o = options();
	struct served s = SERVED_NONE;
	struct serve_event v;
	struct err e = ERR_INIT;

	(void)state;
	start(&s, &o);
	tell(s.client_fd, "GET / HTTP/1.0\r\n\r\n", 18);
	assert_int_equal(next_event(&s, &v, &e), -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "the client"));
	serve_stop(&s);
}

/* The limit is told to both sides. */
static void test_limit(void **state)
{
	struct serve_options o = options();
	struct served s = SERVED_NONE;
	static uint8_t bytes[128 * 1024];
	struct serve_event v;

	(void)state;
	start(&s, &o);
	shake_hands(s.client_fd);
	request(s.client_fd, WRITE, 0, 64 * 1024);
	tell(s.client_fd, bytes, 64 * 1024);
	assert_int_equal(error_of_reply(s.client_fd), 0);
	request(s.client_fd, WRITE, 128 * 1024, 1);
	tell(s.client_fd, bytes, 1);
	assert_int_equal(error_of_reply(s.client_fd), 28);
	expect(&s, SERVE_CONNECTED, 0);
	expect(&s, SERVE_FIRST_WRITE, 0);
	expect(&s, SERVE_WROTE, 55);
	v = expect(&s, SERVE_FAILED, 0);
	assert_int_equal(v.code, ERR_LIMIT);
	assert_non_null(strstr(v.why, "the limit"));
	serve_stop(&s);
}

static void test_killed(void **state)
{
	struct serve_options o = options();
	struct served s = SERVED_NONE;
	struct serve_event v;
	struct err e = ERR_INIT;

	(void)state;
	start(&s, &o);
	assert_int_equal(kill(s.child.pid, SIGKILL), 0);
	assert_int_equal(next_event(&s, &v, &e), -ERR_NOMEM);
	assert_int_equal(serve_next(&s, &v, &e), -ERR_ABSENT);
	serve_stop(&s);
}

/* One descriptor, sent over a socket or received from it. */
static int pass_fd(int sock, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.room = {0}};
	char c = 'x';
	struct iovec iov = {&c, 1};
	struct msghdr h = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.room,
			   .msg_controllen = sizeof(control.room)};
	struct cmsghdr *m = CMSG_FIRSTHDR(&h);

	if (fd < 0) {
		assert_int_equal(recvmsg(sock, &h, 0), 1);
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(fd));
		return fd;
	}
	m->cmsg_level = SOL_SOCKET;
	m->cmsg_type = SCM_RIGHTS;
	m->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(m), &fd, sizeof(fd));
	assert_int_equal(sendmsg(sock, &h, 0), 1);
	return fd;
}

static _Noreturn void start_and_wait(int sock, enum sandbox_mode mode)
{
	struct serve_options o = options();
	struct served s = SERVED_NONE;

	o.sandbox = mode;
	start(&s, &o);
	pass_fd(sock, s.client_fd);
	for (;;)
		pause();
}

/* A process that starts a server and is killed: the server goes, and with it the other
 * end of the machine's socket. */
static void check_orphan(enum sandbox_mode mode)
{
	struct pollfd p = {.events = 0};
	int ends[2], status;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = fork();
	if (pid == 0)
		start_and_wait(ends[1], mode);
	p.fd = pass_fd(ends[0], -1);
	shake_hands(p.fd);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_true(p.revents & POLLHUP);
	close(p.fd);
	close(ends[0]);
	close(ends[1]);
}

static void test_orphan(void **state)
{
	(void)state;
	check_orphan(SANDBOX_AUTO);
	check_orphan(SANDBOX_OFF);
}

static void test_refusals(void **state)
{
	struct serve_range endless = {.off = UINT64_MAX, .len = 2};
	struct serve_options o = options();
	struct served s = SERVED_NONE;
	struct err e = ERR_INIT;
	int image = make_image();
	size_t before = open_fds();

	(void)state;
	assert_int_equal(serve_start(image, "raw", NULL, &endless, 1, &o, &s, &e),
			 -ERR_USAGE);
	assert_int_equal(serve_start(image, "qcow2", NULL, NULL, 0, &o, &s, &e),
			 -ERR_CORRUPT);
	o.written_limit = UINT64_MAX;
	assert_int_equal(serve_start(image, "raw", NULL, NULL, 0, &o, &s, &e),
			 -ERR_USAGE);
	o.written_limit = 0;
	o.temporary_dir = "/nowhere";
	assert_int_equal(serve_start(image, "raw", NULL, NULL, 0, &o, &s, &e), -ERR_IO);
	assert_int_equal(open_fds(), before);
	assert_int_equal(s.client_fd, -1);
	serve_stop(&s);
	close(image);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_machine_gone),
		cmocka_unit_test(test_a_client_chooses_the_disk),
		cmocka_unit_test(test_not_nbd),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_orphan),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
