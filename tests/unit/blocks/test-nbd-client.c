/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk behind a socket: what a server may answer, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nbd_client.h"
#include "nbd_proto.h"
#include "put.h"

enum {
	SIZE = 4096,
	LARGE = 4 * 1024 * 1024,
	ROW = 64 * 1024, /* a long read */
};

/* All that the server will ever say, put into the socket before it is read. */
struct answers {
	uint8_t bytes[3 * ROW];
	size_t n;
	int ends[2]; /* the client's, the server's */
};

static void say(struct answers *a, size_t n, uint64_t v)
{
	put_be(a->bytes + a->n, n, v);
	a->n += n;
}

static void greet(struct answers *a, uint64_t size)
{
	memcpy(a->bytes, NBD_GREETING, 8);
	a->n = 8;
	say(a, 8, NBD_OPTION_MAGIC);
	say(a, 2, NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
	say(a, 8, size);
	say(a, 2, 3);
}

static void reply(struct answers *a, uint32_t error, uint64_t cookie)
{
	say(a, 4, NBD_REPLY_MAGIC);
	say(a, 4, error);
	say(a, 8, cookie);
}

/* The server says all of it at once, and is gone when `gone`. */
static void deliver(struct answers *a, bool gone)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a->ends), 0);
	assert_int_equal(write(a->ends[1], a->bytes, a->n), (ssize_t)a->n);
	if (gone)
		shutdown(a->ends[1], SHUT_WR);
}

static struct blocks *open_disk(struct answers *a, uint64_t size)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;

	if (blocks_nbd(a->ends[0], "", "vmdk", &b, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(b->size, size);
	assert_string_equal(b->format, "vmdk");
	return b;
}

static int open_fails(struct answers *a)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int r = blocks_nbd(a->ends[0], "", "vmdk", &b, &e);

	assert_null(b);
	close(a->ends[0]);
	close(a->ends[1]);
	return r;
}

static void test_a_read_is_asked_for_and_answered(void **state)
{
	struct answers a = {.n = 0};
	uint8_t buf[4], asked[4 + 16 + NBD_REQUEST_BYTES];
	struct err e = ERR_INIT;
	struct reader rd = reader_of(slice_of(asked, sizeof(asked)));
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 0, 1);
	say(&a, 4, 0x01020304);
	deliver(&a, false);
	b = open_disk(&a, SIZE);
	assert_int_equal(blocks_read(b, 512, buf, 4, &e), 0);
	assert_memory_equal(buf, "\1\2\3\4", 4);
	assert_int_equal(read(a.ends[1], asked, sizeof(asked)), sizeof(asked));
	rd_skip(&rd, 4 + 16);
	assert_int_equal(rd_u32be(&rd), NBD_REQUEST_MAGIC);
	assert_int_equal(rd_u32be(&rd), NBD_CMD_READ);
	assert_int_equal(rd_u64be(&rd), 1);
	assert_int_equal(rd_u64be(&rd), 512);
	assert_int_equal(rd_u32be(&rd), 4);
	blocks_free(b);
	assert_int_equal(read(a.ends[1], asked, sizeof(asked)), NBD_REQUEST_BYTES);
	assert_int_equal(asked[7], NBD_CMD_DISC);
	close(a.ends[1]);
}

static void test_an_error_of_one_read_is_not_the_end(void **state)
{
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	uint8_t buf[1];
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 5, 1);
	reply(&a, 0, 2);
	say(&a, 1, 'x');
	deliver(&a, false);
	b = open_disk(&a, SIZE);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), -ERR_IO);
	assert_non_null(strstr(e.text, "Input/output error"));
	err_clear(&e);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), 0);
	assert_int_equal(buf[0], 'x');
	blocks_free(b);
	close(a.ends[1]);
}

static void test_nothing_is_believed_after_nonsense(void **state)
{
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	uint8_t buf[1];
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 0, 77); /* of a request that was never made */
	say(&a, 1, 'x');
	reply(&a, 0, 2);
	say(&a, 1, 'y');
	deliver(&a, false);
	b = open_disk(&a, SIZE);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), -ERR_CORRUPT);
	err_clear(&e);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), -ERR_IO);
	blocks_free(b);
	close(a.ends[1]);
}

static void test_a_server_that_ends_is_an_error(void **state)
{
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	uint8_t buf[8];
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 0, 1);
	say(&a, 4, 0);
	deliver(&a, true);
	b = open_disk(&a, SIZE);
	assert_int_equal(blocks_read(b, 0, buf, sizeof(buf), &e), -ERR_IO);
	blocks_free(b);
	close(a.ends[1]);
}

/* Bytes of a disk on which no two places are alike. */
static void fill(uint8_t *to, uint64_t off, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)((off + i) * 31 + ((off + i) >> 8) * 7 +
				  ((off + i) >> 16));
}

static void say_bytes(struct answers *a, uint64_t off, size_t n)
{
	fill(a->bytes + a->n, off, n);
	a->n += n;
}

static void assert_bytes(const uint8_t *bytes, uint64_t off, size_t n)
{
	uint8_t *expected = malloc(n);

	assert_non_null(expected);
	fill(expected, off, n);
	assert_memory_equal(bytes, expected, n);
	free(expected);
}

struct asked {
	uint64_t cookie, off;
	uint32_t len;
};

/* 0: the client has gone, or takes leave. */
static int next_request(int sock, struct asked *ret)
{
	uint8_t bytes[NBD_REQUEST_BYTES];
	struct reader rd = reader_of(slice_of(bytes, sizeof(bytes)));

	if (recv(sock, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
		return 0;
	rd_skip(&rd, 4);
	if (rd_u32be(&rd) != NBD_CMD_READ)
		return 0;
	ret->cookie = rd_u64be(&rd);
	ret->off = rd_u64be(&rd);
	ret->len = rd_u32be(&rd);
	return 1;
}

static void skip_handshake(int sock)
{
	uint8_t bytes[4 + 16];

	assert_int_equal(read(sock, bytes, sizeof(bytes)), sizeof(bytes));
}

static void assert_asked(int sock, uint64_t off, uint32_t len)
{
	struct asked asked;

	assert_int_equal(next_request(sock, &asked), 1);
	assert_int_equal(asked.off, off);
	assert_int_equal(asked.len, len);
}

static void test_long_reads_in_a_row_are_asked_for_ahead(void **state)
{
	static uint8_t buf[ROW];
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	struct blocks *b;

	(void)state;
	greet(&a, 4 * ROW - 512);
	reply(&a, 0, 1);
	say_bytes(&a, 0, ROW);
	reply(&a, 0, 2);
	say_bytes(&a, ROW, ROW);
	deliver(&a, false);
	b = open_disk(&a, 4 * ROW - 512);
	skip_handshake(a.ends[1]);
	assert_int_equal(blocks_read(b, 0, buf, ROW, &e), 0);
	assert_bytes(buf, 0, ROW);
	assert_int_equal(blocks_read(b, ROW, buf, ROW, &e), 0);
	assert_bytes(buf, ROW, ROW);
	assert_asked(a.ends[1], 0, ROW);
	assert_asked(a.ends[1], ROW, ROW);
	assert_asked(a.ends[1], 2 * ROW, ROW);
	assert_asked(a.ends[1], 3 * ROW, ROW - 512);
	blocks_free(b);
	close(a.ends[1]);
}

/* The third is asked for ahead: its answer comes before that of a short read elsewhere,
 * and is kept; the fourth cannot be read, which only matters once it is wanted. */
static void test_what_was_asked_for_ahead_is_kept(void **state)
{
	static uint8_t buf[ROW];
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	struct blocks *b;

	(void)state;
	greet(&a, LARGE);
	for (uint64_t i = 0; i < 2; i++) {
		reply(&a, 0, i + 1);
		say_bytes(&a, i * ROW, ROW);
	}
	deliver(&a, false);
	b = open_disk(&a, LARGE);
	assert_int_equal(blocks_read(b, 0, buf, ROW, &e), 0);
	assert_int_equal(blocks_read(b, ROW, buf, ROW, &e), 0);
	a.n = 0;
	reply(&a, 5, 4);
	reply(&a, 0, 3);
	say_bytes(&a, 2 * ROW, ROW);
	reply(&a, 0, 5);
	say_bytes(&a, LARGE - 512, 512);
	reply(&a, 5, 6);
	assert_int_equal(write(a.ends[1], a.bytes, a.n), (ssize_t)a.n);
	assert_int_equal(blocks_read(b, LARGE - 512, buf, 512, &e), 0);
	assert_bytes(buf, LARGE - 512, 512);
	assert_int_equal(blocks_read(b, 2 * ROW + 100, buf, 1000, &e), 0);
	assert_bytes(buf, 2 * ROW + 100, 1000);
	assert_int_equal(blocks_read(b, 3 * ROW, buf, 512, &e), -ERR_IO);
	blocks_free(b);
	close(a.ends[1]);
}

static void test_an_answer_comes_once(void **state)
{
	static uint8_t buf[ROW];
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	for (unsigned i = 0; i < 2; i++) {
		reply(&a, 0, 1);
		say(&a, 1, 'x');
	}
	deliver(&a, false);
	b = open_disk(&a, SIZE);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), 0);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), -ERR_CORRUPT);
	blocks_free(b);
	close(a.ends[1]);
}

/* All that is asked for within a while, the last first. */
static void answer_backwards(int sock)
{
	static uint8_t bytes[LARGE];
	struct asked asked[16];
	size_t n = 0;

	while (next_request(sock, &asked[n])) {
		struct pollfd more = {.fd = sock, .events = POLLIN};

		n++;
		if (n < 16 && poll(&more, 1, 20) > 0)
			continue;
		while (n--) {
			struct answers head = {.n = 0};

			reply(&head, 0, asked[n].cookie);
			fill(bytes, asked[n].off, asked[n].len);
			if (send(sock, head.bytes, head.n, MSG_NOSIGNAL) < 0 ||
			    send(sock, bytes, asked[n].len, MSG_NOSIGNAL) < 0)
				return;
		}
		n = 0;
	}
}

static void test_answers_come_in_any_order(void **state)
{
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	uint8_t *buf = malloc(LARGE);
	struct blocks *b;
	pid_t server;

	(void)state;
	assert_non_null(buf);
	greet(&a, LARGE);
	deliver(&a, false);
	server = fork();
	if (server == 0) {
		uint8_t handshake[4 + 16];

		close(a.ends[0]);
		if (read(a.ends[1], handshake, sizeof(handshake)) > 0)
			answer_backwards(a.ends[1]);
		_exit(0);
	}
	close(a.ends[1]);
	b = open_disk(&a, LARGE);
	assert_int_equal(blocks_read(b, 1000, buf, LARGE - 2000, &e), 0);
	assert_bytes(buf, 1000, LARGE - 2000);
	for (uint64_t off = 0; off + 3 * ROW < LARGE; off += 3 * ROW) {
		assert_int_equal(blocks_read(b, off, buf, 3 * ROW, &e), 0);
		assert_bytes(buf, off, 3 * ROW);
		assert_int_equal(blocks_read(b, LARGE - off - 99, buf, 99, &e), 0);
		assert_bytes(buf, LARGE - off - 99, 99);
	}
	blocks_free(b);
	waitpid(server, NULL, 0);
	free(buf);
}

/* Nothing is ever written, so nothing has to keep us from it. */
static void test_a_disk_may_be_writable(void **state)
{
	static const uint16_t flags[] = {0, 1, 1 | 1 << 2};

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		struct answers a = {.n = 0};

		greet(&a, SIZE);
		a.n -= 2;
		say(&a, 2, flags[i]);
		deliver(&a, false);
		blocks_free(open_disk(&a, SIZE));
		close(a.ends[1]);
	}
}

static void test_what_is_no_server_is_refused(void **state)
{
	struct answers none = {.n = 0}, other = {.n = 0}, huge = {.n = 0};

	(void)state;
	deliver(&none, true);
	assert_int_equal(open_fails(&none), -ERR_IO);
	greet(&other, SIZE);
	other.bytes[0] = 'X';
	deliver(&other, true);
	assert_int_equal(open_fails(&other), -ERR_CORRUPT);
	greet(&huge, UINT64_MAX);
	deliver(&huge, true);
	assert_int_equal(open_fails(&huge), -ERR_CORRUPT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_read_is_asked_for_and_answered),
		cmocka_unit_test(test_an_error_of_one_read_is_not_the_end),
		cmocka_unit_test(test_nothing_is_believed_after_nonsense),
		cmocka_unit_test(test_a_server_that_ends_is_an_error),
		cmocka_unit_test(test_long_reads_in_a_row_are_asked_for_ahead),
		cmocka_unit_test(test_what_was_asked_for_ahead_is_kept),
		cmocka_unit_test(test_an_answer_comes_once),
		cmocka_unit_test(test_answers_come_in_any_order),
		cmocka_unit_test(test_a_disk_may_be_writable),
		cmocka_unit_test(test_what_is_no_server_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
